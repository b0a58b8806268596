#pragma once

/*
 * Slurp: a whole file in memory.
 */

#include <stddef.h>

/*
 * Read all of @path (-: standard input), of @max bytes at most, into @ret, which the caller frees.
 *
 * Returns 0 or -errno; -EFBIG when there is more.
 */
int slurp(const char *path, size_t max, char **ret, size_t *ret_len);

#pragma once

/*
 * Slurp: a whole file in memory.
 */

#include <stdbool.h>
#include <stddef.h>

/* Wait until @fd can be read. Returns false when nothing is to be read any more. */
typedef bool (*slurp_wait_fn)(void *arg, int fd);

/*
 * Read all of @path (-: standard input), of @max bytes at most, into @ret, which the caller frees. Whoever
 * writes the other end of a pipe may take his time: @wait is called before each read.
 *
 * Returns 0 or -errno; -EFBIG when there is more, -ECANCELED after @wait has returned false.
 */
int slurp(const char *path, size_t max, slurp_wait_fn wait, void *arg, char **ret, size_t *ret_len);

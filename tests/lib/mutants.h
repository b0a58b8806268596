#pragma once

/*
 * Mutants: what a message becomes by one mistake: cut short anywhere, one bit turned, a byte lost, or a
 * byte too many.
 */

#include <stddef.h>

/* @bytes is @len long and not a byte more; it is gone when this returns. */
typedef void (*mutant_fn)(void *arg, const char *bytes, size_t len);

/* Call @fn with each mutant of @bytes, always in the same order. Returns how many there are. */
size_t mutants_each(const void *bytes, size_t len, mutant_fn fn, void *arg);

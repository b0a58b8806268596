#pragma once

/*
 * Memory: one allocation of what is tested fails when a test says so.
 *
 * A program that links this has malloc(), calloc(), realloc() and strdup() of its own.
 */

#include <stdbool.h>

/* Of the allocations from here on the @n-th fails, counted from 1. */
void memory_fail(int n);

/* From here on none fails any more. Returns whether one has since memory_fail(). */
bool memory_recover(void);

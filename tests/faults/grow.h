#pragma once

/*
 * Grow: arrays of the judge, whose elements are where their numbers say and begin as zeros.
 */

#include <stddef.h>

/*
 * Make room for the element @i of @array, which has @n elements of @size bytes. Returns the array; ends the
 * program when there is no memory.
 */
void *grow(void *array, size_t *n, size_t i, size_t size);

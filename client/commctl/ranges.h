#pragma once

/*
 * Ranges: a set of numbers as runs of consecutive ones, such as 3-1000, 1500. They may come in any
 * order, though most come in rising order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs held at once: 64 KiB, and what does not come in order is mostly near. */
#define RANGES_MAX 4096

struct range {
	uint64_t first, last;
};

struct ranges {
	struct range items[RANGES_MAX]; /* sorted, with a number missing between any two */
	size_t n;
};

void ranges_init(struct ranges *r);

/* Add @number. False: it begins a run, and there is no room for one. */
bool ranges_add(struct ranges *r, uint64_t number);

/*
 * Write the first runs to @ret, with commas: as many as fit into @size bytes, but at most @max.
 * Returns how many.
 */
size_t ranges_format(const struct ranges *r, size_t max, char *ret, size_t size);

/* How many numbers are in the first @n runs. */
uint64_t ranges_count(const struct ranges *r, size_t n);

/* Forget the first @n runs. */
void ranges_drop(struct ranges *r, size_t n);

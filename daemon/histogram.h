#pragma once

/*
 * Histogram: how often something took how long, in fixed steps from a tenth of a millisecond to half a
 * minute; what it costs to add to it is a few comparisons.
 */

#include <stdint.h>

enum { HISTOGRAM_N_BOUNDS = 17 };

/* In microseconds; what took longer than the last is above all of them. */
extern const uint32_t histogram_bounds_us[HISTOGRAM_N_BOUNDS];

struct histogram {
	int64_t counts[HISTOGRAM_N_BOUNDS + 1]; /* of each step alone; the last has no bound */
	uint64_t sum_ns;
};

void histogram_add(struct histogram *h, uint64_t ns);

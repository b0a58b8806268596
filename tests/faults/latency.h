#pragma once

/*
 * Latency: many times, of which percentiles are wanted to within a few per cent.
 */

#include <stdint.h>

#define LATENCY_N_BUCKETS (64 * 32)

struct latency {
	uint64_t n;
	uint64_t buckets[LATENCY_N_BUCKETS];
};

void latency_add(struct latency *l, int64_t us);

/* The time that @percent of them did not exceed, in microseconds, or up to 3 % more; 0 if there are none. */
int64_t latency_percentile(const struct latency *l, double percent);

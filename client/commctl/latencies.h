#pragma once

/*
 * Latencies: a histogram of microseconds, exact up to 127 and to one in 64 beyond.
 *
 * It has no pointers, so that it can be in memory that processes share, and as it has a fixed size
 * it does not matter how many are counted.
 */

#include <stdint.h>

#define LATENCIES_EXACT  128
#define LATENCIES_PARTS  64
#define LATENCIES_POWERS 33 /* up to 2^40, twelve days */
#define LATENCIES_N      (LATENCIES_EXACT + LATENCIES_POWERS * LATENCIES_PARTS)

/* All zero: none. */
struct latencies {
	uint64_t n;
	int64_t max_us;
	uint64_t counts[LATENCIES_N];
};

void latencies_add(struct latencies *l, int64_t us);

/* Add all of @other. */
void latencies_merge(struct latencies *l, const struct latencies *other);

/* The latency that @share of them, from 0 to 1, have at most; -1 if there are none. */
int64_t latencies_percentile(const struct latencies *l, double share);

#include "client/commctl/latencies.h"

#include <stddef.h>

#include "proto/util.h"

/* 2^7 is the first number that is not counted for itself; each power of two has as many parts. */
#define FIRST_POWER 7
#define PART_BITS   6

static size_t bucket_of(uint64_t us)
{
	unsigned int power;

	if (us < LATENCIES_EXACT)
		return us;
	power = 63 - (unsigned int)__builtin_clzll(us);
	if (power >= FIRST_POWER + LATENCIES_POWERS)
		return LATENCIES_N - 1;
	return LATENCIES_EXACT + (power - FIRST_POWER) * LATENCIES_PARTS +
	       (size_t)((us >> (power - PART_BITS)) & (LATENCIES_PARTS - 1));
}

/* The largest that is counted there. */
static int64_t bucket_end(size_t bucket)
{
	size_t power, part;

	if (bucket < LATENCIES_EXACT)
		return (int64_t)bucket;
	power = (bucket - LATENCIES_EXACT) / LATENCIES_PARTS + FIRST_POWER;
	part = (bucket - LATENCIES_EXACT) % LATENCIES_PARTS;
	return (int64_t)(((LATENCIES_PARTS + part + 1) << (power - PART_BITS)) - 1);
}

void latencies_add(struct latencies *l, int64_t us)
{
	us = MAX(us, 0);
	l->n++;
	l->max_us = MAX(l->max_us, us);
	l->counts[bucket_of((uint64_t)us)]++;
}

void latencies_merge(struct latencies *l, const struct latencies *other)
{
	l->n += other->n;
	l->max_us = MAX(l->max_us, other->max_us);
	for (size_t i = 0; i < LATENCIES_N; i++)
		l->counts[i] += other->counts[i];
}

int64_t latencies_percentile(const struct latencies *l, double share)
{
	double wanted = share * (double)l->n;
	uint64_t n = 0;

	if (!l->n)
		return -1;
	for (size_t i = 0; i < LATENCIES_N; i++) {
		n += l->counts[i];
		if (n < l->n && n && (double)n >= wanted)
			return MIN(bucket_end(i), l->max_us);
	}
	return l->max_us;
}

#include "tests/faults/latency.h"

/* Buckets are as wide as a 32nd of the power of two that they are in. */
#define BITS 5

static unsigned int bucket_of(uint64_t us)
{
	unsigned int power = us ? 63 - (unsigned int)__builtin_clzll(us) : 0;

	if (power < BITS)
		return (unsigned int)us;
	return (power << BITS) + (unsigned int)(us >> (power - BITS) & ((1 << BITS) - 1));
}

/* The largest time in a bucket. */
static int64_t end_of(unsigned int bucket)
{
	unsigned int power = bucket >> BITS;

	if (power < BITS)
		return bucket;
	return (int64_t)((((1ULL << BITS) + (bucket & ((1 << BITS) - 1)) + 1) << (power - BITS)) -
			 1);
}

void latency_add(struct latency *l, int64_t us)
{
	l->buckets[bucket_of(us < 0 ? 0 : (uint64_t)us)]++;
	l->n++;
}

int64_t latency_percentile(const struct latency *l, double percent)
{
	double wanted = (double)l->n * percent / 100;
	uint64_t n = 0;

	for (unsigned int i = 0; i < LATENCY_N_BUCKETS; i++) {
		n += l->buckets[i];
		if (l->buckets[i] && (double)n >= wanted)
			return end_of(i);
	}
	return 0;
}

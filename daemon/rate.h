#pragma once

/*
 * Rate: what is counted, and how much of it there was in the last second.
 */

#include <stdint.h>

struct rate {
	int64_t total;
	int64_t before; /* what it was at the last tick */
	int64_t per_second;
};

/* Once a second. */
static inline void rate_tick(struct rate *r)
{
	r->per_second = r->total - r->before;
	r->before = r->total;
}

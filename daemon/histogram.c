#include "daemon/histogram.h"

const uint32_t histogram_bounds_us[HISTOGRAM_N_BOUNDS] = HISTOGRAM_BOUNDS_US;

void histogram_add(struct histogram *h, uint64_t ns)
{
	uint64_t us = ns / 1000;
	unsigned int i = 0;

	while (i < HISTOGRAM_N_BOUNDS && us > histogram_bounds_us[i])
		i++;
	h->counts[i]++;
	h->sum_ns += ns;
}

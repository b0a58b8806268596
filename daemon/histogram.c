#include "daemon/histogram.h"

const uint32_t histogram_bounds_us[HISTOGRAM_N_BOUNDS] = {
	100,    250,    500,    1000,    2500,    5000,    10000,    25000,   50000,
	100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000
};

void histogram_add(struct histogram *h, uint64_t ns)
{
	uint64_t us = ns / 1000;
	unsigned int i = 0;

	while (i < HISTOGRAM_N_BOUNDS && us > histogram_bounds_us[i])
		i++;
	h->counts[i]++;
	h->sum_ns += ns;
}

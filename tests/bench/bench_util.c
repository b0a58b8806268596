#include "tests/bench/bench.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "proto/util.h"

/* Small enough to stay in the cache beside what is measured. */
#define POOL_SIZE (64 * 1024)

void bench_fail(const char *format, ...)
{
	va_list args;

	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

double bench_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static double timeval_us(struct timeval t)
{
	return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

void bench_clock_start(struct bench_clock *ret_clock)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	ret_clock->cpu_us = timeval_us(usage.ru_utime) + timeval_us(usage.ru_stime);
	ret_clock->wall_us = bench_now_us();
}

struct bench_clock bench_clock_since(const struct bench_clock *start)
{
	struct bench_clock now;

	bench_clock_start(&now);
	return (struct bench_clock){
		.wall_us = now.wall_us - start->wall_us,
		.cpu_us = now.cpu_us - start->cpu_us,
	};
}

const void *bench_value(size_t i, size_t len)
{
	static uint64_t pool[POOL_SIZE / sizeof(uint64_t)];
	static bool is_filled;
	uint64_t x = 88172645463325252; /* the customary seed of a xorshift generator */
	size_t n;

	if (!is_filled) {
		for (n = 0; n < ARRAY_SIZE(pool); n++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			pool[n] = x;
		}
		is_filled = true;
	}
	if (len > POOL_SIZE)
		bench_fail("a value of %zu bytes is too long", len);
	return (const char *)pool + i % (POOL_SIZE - len + 1);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_quantile(double *values, size_t n_values, double share)
{
	qsort(values, n_values, sizeof *values, compare_doubles);
	return values[MIN((size_t)((double)n_values * share), n_values - 1)];
}

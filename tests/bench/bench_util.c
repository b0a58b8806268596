#include "tests/bench/bench.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "proto/util.h"

/* Small enough to stay in the cache beside what is measured. */
#define POOL_SIZE (64 * 1024)

/* How often a flood looks whether it shall end. */
#define LOOK_EVERY 1000

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

struct bench_clock bench_clock_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (struct bench_clock){
		.wall_us = bench_now_us(),
		.cpu_us = timeval_us(usage.ru_utime) + timeval_us(usage.ru_stime),
	};
}

/* getrusage() would tell what the parent had at fork(). */
long bench_peak_rss_kib(void)
{
	char line[256];
	long kib = 0;
	FILE *status = fopen("/proc/self/status", "r");

	if (!status)
		return 0;
	while (!kib && fgets(line, sizeof line, status))
		(void)sscanf(line, "VmHWM: %ld", &kib);
	fclose(status);
	return kib;
}

bool bench_sends(const struct bench_run *run)
{
	return run->kind <= BENCH_ONCE || run->kind == BENCH_E2E;
}

bool bench_receives(const struct bench_run *run)
{
	return run->kind >= BENCH_CONSUME;
}

bool bench_is_in_group(const struct bench_run *run)
{
	return run->kind >= BENCH_GROUP;
}

void bench_say_ready(void)
{
	puts("ready");
	fflush(stdout);
}

bool bench_has_input_ended(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) != 0;
}

bool bench_is_done(const struct bench_run *run, size_t n)
{
	if (run->kind != BENCH_FLOOD)
		return n == run->n_records;
	return n && n % LOOK_EVERY == 0 && bench_has_input_ended();
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

void bench_check_value(size_t i, const void *value, size_t len)
{
	if (memcmp(value, bench_value(i, len), len))
		bench_fail("what came is not record %zu", i);
}

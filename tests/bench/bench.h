#pragma once

/*
 * Benchmark: one side (librdkafka linked directly, or commd) of one case, once, in a process of
 * its own, so that nothing is warm that a user's program would not have warmed itself.
 *
 * Everything here ends the process with a sentence when something fails: a benchmark of failing
 * records is worth nothing.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* Longest wait for anything at all; beyond it the measurement has failed. */
#define BENCH_LIMIT_MS 60000

enum bench_kind { BENCH_PRODUCE, BENCH_SYNC, BENCH_CONSUME };

struct bench_case {
	const char *name;
	enum bench_kind kind;
	size_t value_len;
	size_t n_records; /* by default: what takes two seconds or so */
};

/* What to measure. Strings are borrowed from the command line. */
struct bench_run {
	const struct bench_case *of;
	const char *bootstrap; /* HOST:PORT */
	const char *socket;
	const char *topic;
	size_t n_records;
};

struct bench_clock {
	double wall_us;
	double cpu_us; /* of this process, all threads */
};

/* What was measured. */
struct bench_result {
	size_t n_records;         /* those within the time below */
	struct bench_clock spent; /* for all of them */
	double *latencies_us;     /* of each record, by BENCH_SYNC only; owned */
};

/* ---- bench_direct.c, bench_commd.c: the two sides ---- */

void direct_measure(const struct bench_run *run, struct bench_result *ret_result);
void commd_measure(const struct bench_run *run, struct bench_result *ret_result);

/* Produce the records that a BENCH_CONSUME case reads. */
void direct_fill(const struct bench_run *run);

/* ---- bench_topic.c ---- */

/* Create @topic with @n_partitions and wait until each has a leader. */
void topic_create(const char *bootstrap, const char *topic, int n_partitions);
void topic_delete(const char *bootstrap, const char *topic);

/* ---- bench_util.c ---- */

noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Microseconds since some moment in the past. */
double bench_now_us(void);

void bench_clock_start(struct bench_clock *ret_clock);

/* What has passed since @start. */
struct bench_clock bench_clock_since(const struct bench_clock *start);

/*
 * The value of record number @i, @len bytes that a compressor or a deduplicating disk could not
 * profit from. Both sides send the same; it is static memory.
 */
const void *bench_value(size_t i, size_t len);

/* Sort @values and return the one below which the @share (0 to 1) of them lies. */
double bench_quantile(double *values, size_t n_values, double share);

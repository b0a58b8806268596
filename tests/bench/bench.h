#pragma once

/*
 * Benchmark: one client of one side (librdkafka linked directly, or commd), once, in a process of
 * its own, so that nothing is warm that a user's program would not have warmed itself.
 *
 * The sides are link-time twins: bench.c is linked with bench_commd*.c or with bench_direct*.c, and
 * neither program loads the other's library, for that would cost time and memory too.
 *
 * Everything here ends the process with a sentence when something fails: a benchmark of failing
 * records is worth nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* Longest wait for anything at all; beyond it the measurement has failed. */
#define BENCH_LIMIT_MS 60000

/* Those that send, those that receive, and BENCH_E2E does both; those of a group are the last. */
enum bench_kind {
	BENCH_PRODUCE, /* as many at once as the library takes */
	BENCH_FLOOD,   /* the same until standard input ends */
	BENCH_LOOP,    /* a number of records outstanding: each that is done sends the next */
	BENCH_SYNC,    /* one at a time */
	BENCH_ONCE,    /* a single record, and nothing before it */
	BENCH_CONSUME, /* without a group, from the beginning */
	BENCH_E2E,     /* one at a time, each sent and received by the same process */
	BENCH_GROUP,   /* as one of a group, until its partitions are read to their end */
	BENCH_MEMBER,  /* as one of a group, until standard input ends */
	BENCH_JOIN     /* join a group, until the first records are there */
};

/* What to measure. Strings are borrowed from the command line. */
struct bench_run {
	enum bench_kind kind;
	const char *at; /* HOST:PORT of a broker, or commd's socket */
	const char *topic;
	const char *group; /* for BENCH_GROUP, BENCH_MEMBER and BENCH_JOIN; NULL: not told */
	size_t value_len;
	size_t n_records;
	size_t window;       /* records outstanding, for BENCH_LOOP */
	size_t n_partitions; /* of a topic that is created, for bench-prepare */
	bool has_gate;       /* do each step only when standard input says so */
};

struct bench_clock {
	double wall_us; /* since some moment in the past, the same one for all processes */
	double cpu_us;  /* of this process, all threads */
};

/* What was measured. */
struct bench_result {
	size_t n_records; /* those between the two below */
	size_t n_first;   /* those that came at once, before the clock started */
	struct bench_clock start, end;
	double *latencies_us; /* of each record, for BENCH_SYNC and BENCH_E2E only; owned */
};

/* ---- bench_direct*.c, bench_commd*.c: the two sides ---- */

struct side;

/*
 * Connect, and have one record acknowledged, and received for BENCH_E2E: connections, metadata and
 * ids are not what is measured. BENCH_ONCE only connects, and so do those that only receive, but
 * BENCH_CONSUME subscribes as well, and BENCH_MEMBER has its first records.
 */
struct side *side_open(const struct bench_run *run);
void side_measure(struct side *side, struct bench_result *ret_result);
void side_close(struct side *side);

/* ---- bench_options.c ---- */

/*
 * Read the options into @ret_run, where the defaults are. Returns the only argument that is not an
 * option, or ends the process with @help.
 */
const char *bench_read_options(int argc, char *argv[], const char *help, struct bench_run *ret_run);

/* ---- bench_reading.c ---- */

/* What has been read so far, on either side. */
struct reading {
	const struct bench_run *run; /* borrowed */
	struct bench_result *result; /* borrowed; what comes first starts its clock */
	size_t n_read, n_bytes;
	double last_us; /* when the last records came */
};

/* @n_records, not 0, of @n_bytes have come, all at once. */
void reading_note(struct reading *r, size_t n_records, size_t n_bytes);

/* Whether that is enough; not for BENCH_GROUP, where the side knows. */
bool reading_is_done(const struct reading *r);

/* All is read: stop the clock where the last records came, for an end is noticed later. */
void reading_end(struct reading *r);

/* ---- bench_admin.c ---- */

/* Create @topic with @n_partitions and wait until each has a leader. */
void topic_create(const char *bootstrap, const char *topic, int n_partitions);
void topic_delete(const char *bootstrap, const char *topic);

/* Wait until @group has one member, which knows its partitions. */
void group_settle(const char *bootstrap, const char *group);

/* ---- bench_util.c ---- */

noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct bench_clock bench_clock_now(void);
double bench_now_us(void);

/* The most memory this process has had so far. */
long bench_peak_rss_kib(void);

/* Whether records are sent, whether they are received, and whether as a member of a group. */
bool bench_sends(const struct bench_run *run);
bool bench_receives(const struct bench_run *run);
bool bench_is_in_group(const struct bench_run *run);

/* Tell whoever has started this that it may go on. */
void bench_say_ready(void);

bool bench_has_input_ended(void);

/* Whether @n records are enough. */
bool bench_is_done(const struct bench_run *run, size_t n);

/*
 * The value of record number @i, @len bytes that a compressor or a deduplicating disk could not
 * profit from. Both sides send the same; it is static memory, valid for ever.
 */
const void *bench_value(size_t i, size_t len);

/* Fail unless @value is that of record number @i. */
void bench_check_value(size_t i, const void *value, size_t len);

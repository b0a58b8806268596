/*
 * bench-commd, bench-direct: measure one client of one side once, and print one line of JSON with
 * what came out.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

static const char help[] =
	"usage: bench-commd|bench-direct KIND --at WHERE --topic TOPIC [--group GROUP]\n"
	"                                [--size BYTES] [--count N] [--window N] [--gate]\n"
	"\n"
	"Measures one client once. WHERE is commd's socket, or HOST:PORT of a broker. KIND is\n"
	"  produce  N records, as many at once as the library takes\n"
	"  flood    the same until standard input ends\n"
	"  loop     N records, of which --window are outstanding\n"
	"  sync     N records, one at a time\n"
	"  once     a single record, and no word about it: the process as a whole is measured\n"
	"  consume  N records from the beginning of the topic\n"
	"  e2e      N records, one at a time, each sent and received again\n"
	"  group    the topic as one of --group, until its own partitions are read to their end\n"
	"  member   the topic as one of --group, until standard input ends\n"
	"  join     from joining --group until the first records are there\n"
	"\n"
	"--gate prints \"ready\" when the first record has been acknowledged (e2e, member: "
	"received),\n"
	"or there is a connection for those that only receive, waits for a line on standard input\n"
	"before it measures, and for the end of standard input before it closes.\n";

static const char *const kind_names[] = {
	[BENCH_PRODUCE] = "produce", [BENCH_FLOOD] = "flood", [BENCH_LOOP] = "loop",
	[BENCH_SYNC] = "sync",       [BENCH_ONCE] = "once",   [BENCH_CONSUME] = "consume",
	[BENCH_E2E] = "e2e",         [BENCH_GROUP] = "group", [BENCH_MEMBER] = "member",
	[BENCH_JOIN] = "join",
};

static enum bench_kind find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kind_names); i++) {
		if (!strcmp(kind_names[i], name))
			return (enum bench_kind)i;
	}
	bench_fail("%s: no such kind; --help lists them", name);
}

static void gate_wait(void)
{
	int c;

	bench_say_ready();
	do {
		c = getchar();
		/* Whoever has started this is gone, and nobody would read the result. */
		if (c == EOF)
			exit(EXIT_FAILURE);
	} while (c != '\n');
}

static void gate_hold(void)
{
	while (getchar() != EOF)
		;
}

static void print_latencies(const double *latencies_us, size_t n)
{
	size_t i;

	printf(",\"latencies_us\":[");
	for (i = 0; i < n; i++)
		printf("%s%.1f", i ? "," : "", latencies_us[i]);
	putchar(']');
}

static void print_result(const struct bench_result *result)
{
	printf("{\"records\":%zu,\"first\":%zu,\"start_us\":%.1f,\"end_us\":%.1f"
	       ",\"cpu_us\":%.1f,\"peak_rss_kib\":%ld",
	       result->n_records, result->n_first, result->start.wall_us, result->end.wall_us,
	       result->end.cpu_us - result->start.cpu_us, bench_peak_rss_kib());
	if (result->latencies_us)
		print_latencies(result->latencies_us, result->n_records);
	puts("}");
	fflush(stdout);
}

int main(int argc, char *argv[])
{
	struct bench_run run = { .value_len = 100, .n_records = 1, .window = 1 };
	struct bench_result result = { 0 };
	const char *kind = bench_read_options(argc, argv, help, &run);
	struct side *side;

	run.kind = find_kind(kind);
	if (bench_is_in_group(&run) && !run.group)
		bench_fail("%s: --group is missing", kind);
	if (run.kind == BENCH_SYNC || run.kind == BENCH_E2E) {
		result.latencies_us = calloc(run.n_records, sizeof *result.latencies_us);
		if (!result.latencies_us)
			bench_fail("out of memory");
	}
	side = side_open(&run);
	if (run.has_gate)
		gate_wait();
	side_measure(side, &result);
	/* Too few to say anything; all of them may have come at once. */
	if (!result.n_records)
		bench_fail("%zu records are too few to measure", run.n_records);
	if (run.kind != BENCH_ONCE)
		print_result(&result);
	if (run.has_gate)
		gate_hold();
	side_close(side);
	free(result.latencies_us);
	return EXIT_SUCCESS;
}

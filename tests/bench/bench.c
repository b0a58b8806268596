/*
 * bench: measure one side of one case once, and print one line of JSON with what came out.
 */
#include "tests/bench/bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "proto/util.h"

static const char help[] =
	"usage: bench direct|commd CASE --bootstrap HOST:PORT --socket PATH --topic TOPIC\n"
	"             [--count N]\n"
	"       bench fill CASE --bootstrap HOST:PORT --topic TOPIC [--count N]\n"
	"       bench topic create|delete --bootstrap HOST:PORT --topic TOPIC [--count "
	"PARTITIONS]\n"
	"       bench cases\n"
	"\n"
	"Measures one side of one case once. fill produces what a consume case reads; cases lists\n"
	"them: case, kind, default count.\n";

/* The size of "1k" is the thousand that its name says. */
static const struct bench_case cases[] = {
	{ "produce-100", BENCH_PRODUCE, 100, 4000000 },
	{ "produce-1k", BENCH_PRODUCE, 1000, 500000 },
	{ "sync", BENCH_SYNC, 100, 12000 },
	{ "consume-100", BENCH_CONSUME, 100, 5000000 },
	{ "consume-1k", BENCH_CONSUME, 1000, 2000000 },
};

static const char *const kind_names[] = {
	[BENCH_PRODUCE] = "produce",
	[BENCH_SYNC] = "sync",
	[BENCH_CONSUME] = "consume",
};

enum { OPT_BOOTSTRAP = 256, OPT_SOCKET, OPT_TOPIC, OPT_COUNT };

static const struct option options[] = {
	{ "bootstrap", required_argument, NULL, OPT_BOOTSTRAP },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "topic", required_argument, NULL, OPT_TOPIC },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static noreturn void usage(void)
{
	fputs(help, stderr);
	exit(EX_USAGE);
}

static size_t read_count(const char *text)
{
	char *end;
	unsigned long count;

	errno = 0;
	count = strtoul(text, &end, 10);
	if (errno || *end || end == text || !count)
		bench_fail("--count %s: not a number above 0", text);
	return count;
}

static void read_options(int argc, char *argv[], struct bench_run *ret_run)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case OPT_BOOTSTRAP:
			ret_run->bootstrap = optarg;
			break;
		case OPT_SOCKET:
			ret_run->socket = optarg;
			break;
		case OPT_TOPIC:
			ret_run->topic = optarg;
			break;
		case OPT_COUNT:
			ret_run->n_records = read_count(optarg);
			break;
		case 'h':
			fputs(help, stdout);
			exit(EXIT_SUCCESS);
		default:
			usage();
		}
	}
}

static const struct bench_case *find_case(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!strcmp(cases[i].name, name))
			return &cases[i];
	}
	bench_fail("%s: no such case; bench cases lists them", name);
}

static void print_cases(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		printf("%s %s %zu\n", cases[i].name, kind_names[cases[i].kind], cases[i].n_records);
}

/* The most memory this process has had. getrusage() would tell what its parent had at fork(). */
static long peak_rss_kib(void)
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

static void print_result(const struct bench_run *run, const char *side,
			 const struct bench_result *result)
{
	double n = (double)result->n_records;
	const char *name = run->of->name;

	printf("{\"side\":\"%s\"", side);
	if (run->of->kind == BENCH_SYNC)
		printf(",\"%s-p50\":%.1f,\"%s-p99\":%.1f", name,
		       bench_quantile(result->latencies_us, result->n_records, 0.5), name,
		       bench_quantile(result->latencies_us, result->n_records, 0.99));
	else
		printf(",\"%s\":%.0f", name, n * 1e6 / result->spent.wall_us);
	printf(",\"seconds\":%.3f,\"cpu_us_per_record\":%.3f,\"max_rss_kib\":%ld}\n",
	       result->spent.wall_us * 1e-6, result->spent.cpu_us / n, peak_rss_kib());
}

static void measure(const char *side, const struct bench_run *run)
{
	struct bench_result result = { 0 };

	if (run->of->kind == BENCH_SYNC) {
		result.latencies_us = calloc(run->n_records, sizeof *result.latencies_us);
		if (!result.latencies_us)
			bench_fail("out of memory");
	}
	if (!strcmp(side, "commd"))
		commd_measure(run, &result);
	else
		direct_measure(run, &result);
	/* Too few to say anything; all of them may have come at once. */
	if (!result.n_records)
		bench_fail("%zu records are too few to measure", run->n_records);
	print_result(run, side, &result);
	free(result.latencies_us);
}

static void change_topic(const char *verb, const struct bench_run *run)
{
	if (!strcmp(verb, "create"))
		topic_create(run->bootstrap, run->topic, run->n_records ? (int)run->n_records : 4);
	else if (!strcmp(verb, "delete"))
		topic_delete(run->bootstrap, run->topic);
	else
		usage();
}

int main(int argc, char *argv[])
{
	struct bench_run run = { 0 };
	const char *side, *what;
	bool is_measured;

	read_options(argc, argv, &run);
	if (argc - optind == 1 && !strcmp(argv[optind], "cases")) {
		print_cases();
		return EXIT_SUCCESS;
	}
	if (argc - optind != 2 || !run.bootstrap || !run.topic)
		usage();
	side = argv[optind];
	what = argv[optind + 1];
	if (!strcmp(side, "topic")) {
		change_topic(what, &run);
		return EXIT_SUCCESS;
	}
	is_measured = !strcmp(side, "direct") || (!strcmp(side, "commd") && run.socket);
	if (!is_measured && strcmp(side, "fill") != 0)
		usage();
	run.of = find_case(what);
	if (!run.n_records)
		run.n_records = run.of->n_records;
	if (is_measured)
		measure(side, &run);
	else
		direct_fill(&run);
	return EXIT_SUCCESS;
}

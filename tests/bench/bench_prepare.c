/*
 * bench-prepare: what a measurement needs around it. It is no part of what is measured.
 */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: bench-prepare create|delete|fill --at HOST:PORT --topic TOPIC [--size BYTES]\n"
	"                     [--count N]\n"
	"\n"
	"fill produces at least N records, for bench-commd and bench-direct to consume.\n";

static void fill(struct bench_run *run)
{
	struct bench_result result = { 0 };
	struct side *side;

	run->kind = BENCH_PRODUCE;
	side = side_open(run);
	side_measure(side, &result);
	side_close(side);
}

int main(int argc, char *argv[])
{
	struct bench_run run = { .value_len = 100, .n_records = 1 };
	const char *verb = bench_read_options(argc, argv, help, &run);

	if (!strcmp(verb, "create"))
		topic_create(run.at, run.topic, BENCH_PARTITIONS);
	else if (!strcmp(verb, "delete"))
		topic_delete(run.at, run.topic);
	else if (!strcmp(verb, "fill"))
		fill(&run);
	else
		bench_fail("%s: no such verb; --help lists them", verb);
	return EXIT_SUCCESS;
}

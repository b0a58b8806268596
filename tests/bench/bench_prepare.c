/*
 * bench-prepare: what a measurement needs around it. It is no part of what is measured.
 */
#include "tests/bench/bench_direct.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: bench-prepare create|delete|fill|trickle|settle --at HOST:PORT --topic TOPIC\n"
	"                     [--partitions N] [--size BYTES] [--count N] [--group GROUP]\n"
	"\n"
	"  create   the topic, with N partitions (4)\n"
	"  delete   the topic\n"
	"  fill     it with at least N records, for bench-commd and bench-direct to consume\n"
	"  trickle  one record at a time, to each of N partitions in turn, until standard input\n"
	"           ends; prints \"ready\" first\n"
	"  settle   wait until the group has one member, which knows its partitions\n";

static void fill(struct bench_run *run)
{
	struct bench_result result = { 0 };
	struct side *side;

	run->kind = BENCH_PRODUCE;
	side = side_open(run);
	side_measure(side, &result);
	side_close(side);
}

static void trickle(struct bench_run *run)
{
	struct producer p;
	size_t i;

	run->kind = BENCH_FLOOD;
	producer_open(&p, run);
	bench_say_ready();
	for (i = 0; !bench_has_input_ended(); i++) {
		producer_give(&p, (int32_t)(i % run->n_partitions));
		producer_wait(&p);
	}
	producer_close(&p);
}

int main(int argc, char *argv[])
{
	struct bench_run run = { .value_len = 100, .n_records = 1, .n_partitions = 4 };
	const char *verb = bench_read_options(argc, argv, help, &run);

	if (!strcmp(verb, "create"))
		topic_create(run.at, run.topic, (int)run.n_partitions);
	else if (!strcmp(verb, "delete"))
		topic_delete(run.at, run.topic);
	else if (!strcmp(verb, "fill"))
		fill(&run);
	else if (!strcmp(verb, "trickle"))
		trickle(&run);
	else if (!strcmp(verb, "settle") && run.group)
		group_settle(run.at, run.group);
	else
		bench_fail("%s: no such verb, or no group; --help lists them", verb);
	return EXIT_SUCCESS;
}

/*
 * What a program gets that sends and receives through commd.
 */
#include "tests/bench/bench_commd.h"

#include <stdlib.h>

struct side {
	const struct bench_run *run; /* borrowed from the caller of side_open() */
	struct comm *c;
	struct producer producer;
	struct consumer consumer;
};

/*
 * The outcome comes with the record, or after it: nobody waits for it. A receive that waits already
 * when the record is given away made no difference that could be told from noise.
 */
static void go_around(struct side *side)
{
	size_t i = side->producer.n_given;

	producer_give(&side->producer);
	consumer_take(&side->consumer, i);
}

static void e2e_measure(struct side *side, struct bench_result *ret_result)
{
	double start_us;
	size_t i;

	ret_result->start = bench_clock_now();
	for (i = 0; i < side->run->n_records; i++) {
		start_us = bench_now_us();
		go_around(side);
		ret_result->latencies_us[i] = bench_now_us() - start_us;
	}
	ret_result->end = bench_clock_now();
	ret_result->n_records = side->run->n_records;
	producer_wait(&side->producer);
}

struct side *side_open(const struct bench_run *run)
{
	struct side *side = calloc(1, sizeof *side);

	if (!side)
		bench_fail("out of memory");
	side->run = run;
	if (comm_connect(run->at, NULL, NULL, &side->c))
		bench_fail("connect: %s", comm_error_message(side->c));
	if (bench_sends(run))
		producer_open(&side->producer, run, side->c);
	if (bench_receives(run))
		consumer_open(&side->consumer, run, side->c);
	if (run->kind == BENCH_E2E)
		go_around(side);
	return side;
}

void side_measure(struct side *side, struct bench_result *ret_result)
{
	if (side->run->kind == BENCH_E2E)
		e2e_measure(side, ret_result);
	else if (bench_receives(side->run))
		consumer_measure(&side->consumer, ret_result);
	else
		producer_measure(&side->producer, ret_result);
}

void side_close(struct side *side)
{
	size_t n_open;

	if (comm_close(side->c, BENCH_LIMIT_MS, &n_open))
		bench_fail("%zu records have no outcome", n_open);
	free(side);
}

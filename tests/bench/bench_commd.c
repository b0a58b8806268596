/*
 * What a program gets that sends and receives through commd.
 */
#include "tests/bench/bench_commd.h"

#include <stdlib.h>

struct side {
	const struct bench_run *run; /* borrowed from the caller of side_open() */
	struct comm *c;
	union {
		struct producer producer;
		struct consumer consumer;
	};
};

struct side *side_open(const struct bench_run *run)
{
	struct side *side = calloc(1, sizeof *side);

	if (!side)
		bench_fail("out of memory");
	side->run = run;
	if (comm_connect(run->at, NULL, NULL, &side->c))
		bench_fail("connect: %s", comm_error_message(side->c));
	if (run->kind == BENCH_CONSUME)
		consumer_open(&side->consumer, run, side->c);
	else
		producer_open(&side->producer, run, side->c);
	return side;
}

void side_measure(struct side *side, struct bench_result *ret_result)
{
	if (side->run->kind == BENCH_CONSUME)
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

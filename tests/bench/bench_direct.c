/*
 * What a program gets that links librdkafka itself, tuned as well as its author could have done.
 */
#include "tests/bench/bench_direct.h"

#include <stdlib.h>

struct side {
	const struct bench_run *run; /* borrowed from the caller of side_open() */
	union {
		struct producer producer;
		struct consumer consumer;
	};
};

void direct_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char reason[512];

	if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason))
		bench_fail("%s", reason);
}

rd_kafka_t *direct_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct bench_run *run)
{
	char reason[512];
	rd_kafka_t *rk;

	direct_set(conf, "bootstrap.servers", run->at);
	/* As commd does; it became the default with librdkafka 2.10. */
	direct_set(conf, "socket.nagle.disable", "true");
	rk = rd_kafka_new(type, conf, reason, sizeof reason);
	if (!rk)
		bench_fail("%s", reason);
	return rk;
}

struct side *side_open(const struct bench_run *run)
{
	struct side *side = calloc(1, sizeof *side);

	if (!side)
		bench_fail("out of memory");
	side->run = run;
	if (run->kind == BENCH_CONSUME)
		consumer_open(&side->consumer, run);
	else
		producer_open(&side->producer, run);
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
	if (side->run->kind == BENCH_CONSUME)
		consumer_close(&side->consumer);
	else
		producer_close(&side->producer);
	free(side);
}

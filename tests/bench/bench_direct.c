/*
 * What a program gets that links librdkafka itself, tuned as well as its author could have done.
 */
#include "tests/bench/bench_direct.h"

#include <stdlib.h>

struct side {
	const struct bench_run *run; /* borrowed from the caller of side_open() */
	struct producer producer;
	struct consumer consumer;
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

/* The record's acknowledgement comes before it or after it: nobody waits for that. */
static void go_around(struct side *side)
{
	size_t i = side->producer.n_given;

	producer_give(&side->producer, RD_KAFKA_PARTITION_UA);
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
		producer_serve(&side->producer);
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
	if (bench_sends(run))
		producer_open(&side->producer, run);
	if (bench_receives(run))
		consumer_open(&side->consumer, run);
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
	if (bench_receives(side->run))
		consumer_close(&side->consumer);
	if (bench_sends(side->run))
		producer_close(&side->producer);
	free(side);
}

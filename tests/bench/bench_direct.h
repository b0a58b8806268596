#pragma once

/*
 * The producer and the consumer of a program that links librdkafka itself.
 */

#include <librdkafka/rdkafka.h>

#include "tests/bench/bench.h"

struct producer {
	const struct bench_run *run; /* borrowed from the caller of producer_open() */
	rd_kafka_t *rk;
	rd_kafka_topic_t *topic;
	size_t n_given, n_delivered;
	bool is_loop; /* each record that is delivered sends the next */
};

struct consumer {
	const struct bench_run *run; /* borrowed from the caller of consumer_open() */
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	int n_ended; /* partitions that are read to their end, for BENCH_GROUP */
};

/* ---- bench_direct.c ---- */

void direct_set(rd_kafka_conf_t *conf, const char *name, const char *value);
rd_kafka_t *direct_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct bench_run *run);

/* ---- bench_direct_producer.c ---- */

void producer_open(struct producer *p, const struct bench_run *run);
void producer_measure(struct producer *p, struct bench_result *ret_result);
void producer_close(struct producer *p);

/* Give one away, to a partition or to RD_KAFKA_PARTITION_UA. */
void producer_give(struct producer *p, int32_t partition);

/* Be told of what is delivered, without waiting, or until all is. */
void producer_serve(struct producer *p);
void producer_wait(struct producer *p);

/* ---- bench_direct_consumer.c ---- */

void consumer_open(struct consumer *c, const struct bench_run *run);
void consumer_measure(struct consumer *c, struct bench_result *ret_result);
void consumer_close(struct consumer *c);

/* Receive one, which is record number @i. */
void consumer_take(struct consumer *c, size_t i);

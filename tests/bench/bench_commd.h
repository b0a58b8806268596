#pragma once

/*
 * The producer and the consumer of a program that goes through commd: the public library alone, used
 * as its header says.
 */

#include "client/commclient.h"
#include "tests/bench/bench.h"

struct producer {
	const struct bench_run *run; /* borrowed from the caller of producer_open() */
	struct comm *c;              /* borrowed likewise */
	size_t n_given, n_sent;      /* records given away, and those with an outcome */
};

struct consumer {
	const struct bench_run *run; /* borrowed from the caller of consumer_open() */
	struct comm *c;              /* borrowed likewise */
	struct comm_subscription *s; /* c's */
};

/* ---- bench_commd_producer.c ---- */

void producer_open(struct producer *p, const struct bench_run *run, struct comm *c);
void producer_measure(struct producer *p, struct bench_result *ret_result);

/* Give one away, and wait until all have their outcomes. */
void producer_give(struct producer *p);
void producer_wait(struct producer *p);

/* ---- bench_commd_consumer.c ---- */

void consumer_open(struct consumer *c, const struct bench_run *run, struct comm *comm);
void consumer_measure(struct consumer *c, struct bench_result *ret_result);

/* Receive one, which is record number @i. */
void consumer_take(struct consumer *c, size_t i);

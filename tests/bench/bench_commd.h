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

/* ---- bench_commd_consumer.c ---- */

void consumer_open(struct consumer *c, const struct bench_run *run, struct comm *comm);
void consumer_measure(struct consumer *c, struct bench_result *ret_result);

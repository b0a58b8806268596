/*
 * What a program gets that sends and reads through commd: the public library alone, used as its
 * header says.
 */
#include "tests/bench/bench.h"

#include <stdlib.h>

#include "client/commclient.h"

/* A receive of this many records costs the same per record as a larger one. */
#define RECEIVE_RECORDS 10000

struct side {
	const struct bench_run *run; /* borrowed from the caller of side_open() */
	struct comm *c;
	struct comm_subscription *s;
	size_t n_given, n_sent; /* records given away, and those with an outcome */
};

static void send_one(struct side *side)
{
	size_t len = side->run->value_len;

	if (comm_send(side->c, side->run->topic, bench_value(side->n_given++, len), len, NULL, 0))
		bench_fail("send: %s", comm_error_message(side->c));
}

static void wait_some(struct side *side)
{
	if (comm_wait(side->c, BENCH_LIMIT_MS))
		bench_fail("%zu of %zu records are sent, then: %s", side->n_sent, side->n_given,
			   comm_error_message(side->c));
}

/* Returns whether the library has taken it. */
static bool give_one(struct side *side, comm_sent_fn done)
{
	struct comm_record record = COMM_RECORD_INIT;
	int error;

	record.value_len = side->run->value_len;
	record.value = bench_value(side->n_given, record.value_len);
	error = comm_send_async(side->c, side->run->topic, &record, done, side);
	if (error && error != COMM_EAGAIN)
		bench_fail("send: %s", comm_error_message(side->c));
	side->n_given += !error;
	return !error;
}

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct side *side = arg;

	(void)c;
	if (outcome->error)
		bench_fail("a record was not sent: %s", outcome->message);
	side->n_sent++;
}

static void on_sent_next(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct side *side = arg;

	on_sent(c, outcome, arg);
	if (!bench_is_done(side->run, side->n_given) && !give_one(side, on_sent_next))
		bench_fail("%zu records are too many at once", side->run->window);
}

static void send_all(struct side *side)
{
	while (!bench_is_done(side->run, side->n_given)) {
		while (!give_one(side, on_sent))
			wait_some(side);
	}
	while (side->n_sent < side->n_given)
		wait_some(side);
}

static void send_loop(struct side *side)
{
	while (side->n_given < side->run->window && !bench_is_done(side->run, side->n_given)) {
		if (!give_one(side, on_sent_next))
			bench_fail("%zu records are too many at once", side->run->window);
	}
	while (side->n_sent < side->run->n_records)
		wait_some(side);
}

static void send_sync(struct side *side, double *ret_latencies_us)
{
	double start_us;
	size_t i;

	for (i = 0; i < side->run->n_records; i++) {
		start_us = bench_now_us();
		send_one(side);
		ret_latencies_us[i] = bench_now_us() - start_us;
	}
}

static void sender_measure(struct side *side, struct bench_result *ret_result)
{
	side->n_given = 0;
	ret_result->start = bench_clock_now();
	if (side->run->kind == BENCH_SYNC)
		send_sync(side, ret_result->latencies_us);
	else if (side->run->kind == BENCH_ONCE)
		send_one(side);
	else if (side->run->kind == BENCH_LOOP)
		send_loop(side);
	else
		send_all(side);
	ret_result->end = bench_clock_now();
	ret_result->n_records = side->n_given;
}

static void subscribe(struct side *side)
{
	const struct comm_subscribe_options options = {
		.start = COMM_START_EARLIEST,
		.ack = COMM_ACK_NONE,
	};

	if (comm_subscribe(side->c, NULL, &side->run->topic, 1, &options, &side->s))
		bench_fail("subscribe: %s", comm_error_message(side->c));
}

static size_t receive(struct side *side, size_t *n_bytes)
{
	const struct comm_record *records;
	size_t n_records, i;

	if (comm_receive(side->s, RECEIVE_RECORDS, BENCH_LIMIT_MS, &records, &n_records))
		bench_fail("receive: %s", comm_error_message(side->c));
	for (i = 0; i < n_records; i++)
		*n_bytes += records[i].value_len;
	return n_records;
}

static void receiver_measure(struct side *side, struct bench_result *ret_result)
{
	const struct bench_run *run = side->run;
	size_t n_bytes = 0, n_first, n_read, n;

	n_first = n_read = receive(side, &n_bytes);
	ret_result->start = bench_clock_now();
	while (n_read < run->n_records) {
		n = receive(side, &n_bytes);
		if (!n)
			bench_fail("only %zu of %zu records came", n_read, run->n_records);
		n_read += n;
	}
	ret_result->end = bench_clock_now();
	ret_result->n_records = n_read - n_first;
	if (n_bytes != n_read * run->value_len)
		bench_fail("the records in topic %s do not have %zu bytes", run->topic,
			   run->value_len);
}

struct side *side_open(const struct bench_run *run)
{
	struct side *side = calloc(1, sizeof *side);

	if (!side)
		bench_fail("out of memory");
	side->run = run;
	if (comm_connect(run->at, NULL, NULL, &side->c))
		bench_fail("connect: %s", comm_error_message(side->c));
	if (run->kind == BENCH_CONSUME)
		subscribe(side);
	else if (run->kind != BENCH_ONCE)
		send_one(side);
	return side;
}

void side_measure(struct side *side, struct bench_result *ret_result)
{
	if (side->run->kind == BENCH_CONSUME)
		receiver_measure(side, ret_result);
	else
		sender_measure(side, ret_result);
}

void side_close(struct side *side)
{
	size_t n_open;

	if (comm_close(side->c, BENCH_LIMIT_MS, &n_open))
		bench_fail("%zu records have no outcome", n_open);
	free(side);
}

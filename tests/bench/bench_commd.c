/*
 * What a program gets that sends and reads through commd: the public library alone, used as its
 * header says.
 */
#include "tests/bench/bench.h"

#include "client/commclient.h"

/* A receive of this many records costs the same per record as a larger one. */
#define RECEIVE_RECORDS 10000

static struct comm *client_open(const struct bench_run *run)
{
	struct comm *c = NULL;

	if (comm_connect(run->socket, NULL, NULL, &c))
		bench_fail("connect: %s", comm_error_message(c));
	return c;
}

static void client_close(struct comm *c)
{
	size_t n_open;

	if (comm_close(c, BENCH_LIMIT_MS, &n_open))
		bench_fail("%zu records have no outcome", n_open);
}

static void send_one(struct comm *c, const struct bench_run *run, size_t i)
{
	size_t len = run->of->value_len;

	if (comm_send(c, run->topic, bench_value(i, len), len, NULL, 0))
		bench_fail("send: %s", comm_error_message(c));
}

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	size_t *n_sent = arg;

	(void)c;
	if (outcome->error)
		bench_fail("a record was not sent: %s", outcome->message);
	(*n_sent)++;
}

static void send_all(struct comm *c, const struct bench_run *run)
{
	struct comm_record record = COMM_RECORD_INIT;
	size_t n_sent = 0, n_open = 0, i;
	int error;

	record.value_len = run->of->value_len;
	for (i = 0; i < run->n_records; i++) {
		record.value = bench_value(i, record.value_len);
		while ((error = comm_send_async(c, run->topic, &record, on_sent, &n_sent)) ==
		       COMM_EAGAIN) {
			if (comm_wait(c, BENCH_LIMIT_MS))
				bench_fail("wait: %s", comm_error_message(c));
		}
		if (error)
			bench_fail("send: %s", comm_error_message(c));
	}
	if (comm_flush(c, BENCH_LIMIT_MS, &n_open) || n_sent != run->n_records)
		bench_fail("only %zu of %zu records were sent: %s", n_sent, run->n_records,
			   comm_error_message(c));
}

static void send_sync(struct comm *c, const struct bench_run *run, double *ret_latencies_us)
{
	double start_us;
	size_t i;

	for (i = 0; i < run->n_records; i++) {
		start_us = bench_now_us();
		send_one(c, run, i);
		ret_latencies_us[i] = bench_now_us() - start_us;
	}
}

static void sender_measure(const struct bench_run *run, struct bench_result *ret_result)
{
	struct comm *c = client_open(run);
	struct bench_clock start;

	/* As for the other side, the topic's metadata is not what is measured. */
	send_one(c, run, 0);

	bench_clock_start(&start);
	if (run->of->kind == BENCH_SYNC)
		send_sync(c, run, ret_result->latencies_us);
	else
		send_all(c, run);
	ret_result->spent = bench_clock_since(&start);
	ret_result->n_records = run->n_records;
	client_close(c);
}

static size_t receive(struct comm *c, struct comm_subscription *s, size_t *n_bytes)
{
	const struct comm_record *records;
	size_t n_records, i;

	if (comm_receive(s, RECEIVE_RECORDS, BENCH_LIMIT_MS, &records, &n_records))
		bench_fail("receive: %s", comm_error_message(c));
	for (i = 0; i < n_records; i++)
		*n_bytes += records[i].value_len;
	return n_records;
}

static void receiver_measure(const struct bench_run *run, struct bench_result *ret_result)
{
	const struct comm_subscribe_options options = {
		.start = COMM_START_EARLIEST,
		.ack = COMM_ACK_NONE,
	};
	struct comm *c = client_open(run);
	struct comm_subscription *s;
	struct bench_clock start;
	size_t n_bytes = 0, n_first, n_read, n;

	if (comm_subscribe(c, NULL, &run->topic, 1, &options, &s))
		bench_fail("subscribe: %s", comm_error_message(c));
	n_first = n_read = receive(c, s, &n_bytes);
	bench_clock_start(&start);
	while (n_read < run->n_records) {
		n = receive(c, s, &n_bytes);
		if (!n)
			bench_fail("only %zu of %zu records came", n_read, run->n_records);
		n_read += n;
	}
	ret_result->spent = bench_clock_since(&start);
	ret_result->n_records = n_read - n_first;
	if (n_bytes != n_read * run->of->value_len)
		bench_fail("the records in topic %s are not those of %s", run->topic,
			   run->of->name);
	client_close(c);
}

void commd_measure(const struct bench_run *run, struct bench_result *ret_result)
{
	if (run->of->kind == BENCH_CONSUME)
		receiver_measure(run, ret_result);
	else
		sender_measure(run, ret_result);
}

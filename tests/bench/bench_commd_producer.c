#include "tests/bench/bench_commd.h"

static void send_one(struct producer *p)
{
	size_t len = p->run->value_len;

	if (comm_send(p->c, p->run->topic, bench_value(p->n_given++, len), len, NULL, 0))
		bench_fail("send: %s", comm_error_message(p->c));
}

static void wait_some(struct producer *p)
{
	if (comm_wait(p->c, BENCH_LIMIT_MS))
		bench_fail("%zu of %zu records are sent, then: %s", p->n_sent, p->n_given,
			   comm_error_message(p->c));
}

/* Returns whether the library has taken it. */
static bool give_one(struct producer *p, comm_sent_fn done)
{
	struct comm_record record = COMM_RECORD_INIT;
	int error;

	record.value_len = p->run->value_len;
	record.value = bench_value(p->n_given, record.value_len);
	error = comm_send_async(p->c, p->run->topic, &record, done, p);
	if (error && error != COMM_EAGAIN)
		bench_fail("send: %s", comm_error_message(p->c));
	p->n_given += !error;
	return !error;
}

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct producer *p = arg;

	(void)c;
	if (outcome->error)
		bench_fail("a record was not sent: %s", outcome->message);
	p->n_sent++;
}

static void on_sent_next(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct producer *p = arg;

	on_sent(c, outcome, arg);
	if (!bench_is_done(p->run, p->n_given) && !give_one(p, on_sent_next))
		bench_fail("%zu records are too many at once", p->run->window);
}

void producer_give(struct producer *p)
{
	while (!give_one(p, on_sent))
		wait_some(p);
}

void producer_wait(struct producer *p)
{
	while (p->n_sent < p->n_given)
		wait_some(p);
}

static void send_all(struct producer *p)
{
	while (!bench_is_done(p->run, p->n_given))
		producer_give(p);
	producer_wait(p);
}

static void send_loop(struct producer *p)
{
	while (p->n_given < p->run->window && !bench_is_done(p->run, p->n_given)) {
		if (!give_one(p, on_sent_next))
			bench_fail("%zu records are too many at once", p->run->window);
	}
	while (p->n_sent < p->run->n_records)
		wait_some(p);
}

static void send_sync(struct producer *p, double *ret_latencies_us)
{
	double start_us;
	size_t i;

	for (i = 0; i < p->run->n_records; i++) {
		start_us = bench_now_us();
		send_one(p);
		ret_latencies_us[i] = bench_now_us() - start_us;
	}
}

void producer_open(struct producer *p, const struct bench_run *run, struct comm *c)
{
	*p = (struct producer){ .run = run, .c = c };
	if (run->kind == BENCH_ONCE)
		return;
	send_one(p);
	p->n_given = 0;
}

void producer_measure(struct producer *p, struct bench_result *ret_result)
{
	ret_result->start = bench_clock_now();
	if (p->run->kind == BENCH_SYNC)
		send_sync(p, ret_result->latencies_us);
	else if (p->run->kind == BENCH_ONCE)
		send_one(p);
	else if (p->run->kind == BENCH_LOOP)
		send_loop(p);
	else
		send_all(p);
	ret_result->end = bench_clock_now();
	ret_result->n_records = p->n_given;
}

#include "client/commctl/bench.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "proto/util.h"

/* How long one wait may be, so that the end of the whole is noticed. */
#define LOOK_MS 200

#define RECEIVE_MAX 1000

struct work {
	const struct bench_plan *plan;
	struct bench_client *client;
	const atomic_bool *is_stopped;
	struct comm *c;
	uint64_t n;      /* records, requests of this client */
	uint64_t given;  /* of them */
	double every_us; /* 0: at once */
	char *value;
	struct slot *free; /* those that are not in flight */
};

/* A record in flight. */
struct slot {
	struct work *work;
	int64_t due_us;
	struct slot *next;
};

static bool is_stopped(const struct work *w)
{
	return atomic_load(w->is_stopped);
}

static void fail(struct work *w, int error, const char *message)
{
	struct bench_client *client = w->client;

	if (client->error)
		return;
	client->error = error;
	(void)snprintf(client->message, sizeof client->message, "%s",
		       *message ? message : comm_strerror(error));
}

/* When number @i is due: what comes late for want of answers has waited from then on. */
static int64_t due_us(const struct work *w, uint64_t i)
{
	return w->every_us > 0 ? w->client->begin_us + (int64_t)((double)i * w->every_us)
			       : ctl_now_us();
}

/* Until something happens on the connection, or @us have passed. */
static int wait_us(struct work *w, int64_t us)
{
	int timeout_ms = comm_timeout(w->c);
	struct pollfd p = { .fd = comm_fd(w->c), .events = comm_events(w->c) };
	struct timespec t;

	us = MIN(us, LOOK_MS * 1000);
	if (timeout_ms >= 0)
		us = MIN(us, (int64_t)timeout_ms * 1000);
	t = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	(void)ppoll(&p, 1, &t, NULL);
	return comm_process(w->c);
}

/* ---- sending ---- */

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct slot *slot = arg;
	struct work *w = slot->work;

	(void)c;
	if (outcome->error) {
		fail(w, outcome->error, outcome->message);
		atomic_fetch_add(&w->client->n_failed, 1);
	} else {
		latencies_add(&w->client->latencies, ctl_now_us() - slot->due_us);
		atomic_fetch_add(&w->client->n_done, 1);
	}
	slot->next = w->free;
	w->free = slot;
}

/* Returns whether the next record was given away; the window, or the library, may be full. */
static bool give_one(struct work *w)
{
	struct comm_record record = COMM_RECORD_INIT;
	struct slot *slot = w->free;
	int error;

	if (!slot)
		return false;
	record.value = w->value;
	record.value_len = (size_t)w->plan->size;
	slot->due_us = due_us(w, w->given);
	error = comm_send_async(w->c, w->plan->topic, &record, on_sent, slot);
	if (error == COMM_EAGAIN)
		return false;
	w->given++;
	if (error) {
		fail(w, error, comm_error_message(w->c));
		atomic_fetch_add(&w->client->n_failed, 1);
		return true;
	}
	w->free = slot->next;
	return true;
}

/* Returns in how many microseconds the next is due; 0 if it could not be given away. */
static int64_t give(struct work *w)
{
	while (w->given < w->n && !is_stopped(w)) {
		int64_t left_us = w->every_us > 0 ? due_us(w, w->given) - ctl_now_us() : 0;

		if (left_us > 0)
			return left_us;
		if (!give_one(w))
			break;
	}
	return INT64_MAX;
}

static struct slot *make_slots(struct work *w)
{
	size_t n = (size_t)w->plan->window;
	struct slot *slots = calloc(n, sizeof *slots);

	for (size_t i = 0; slots && i < n; i++)
		slots[i] = (struct slot){ w, 0, i + 1 < n ? &slots[i + 1] : NULL };
	w->free = slots;
	return slots;
}

static void run_send(struct work *w)
{
	_cleanup_free_ struct slot *slots = make_slots(w);
	_cleanup_free_ char *value = malloc((size_t)w->plan->size + 1);

	if (!slots || !value) {
		fail(w, COMM_ENO_MEMORY, "");
		return;
	}
	memset(value, 'x', (size_t)w->plan->size);
	w->value = value;
	while ((w->given < w->n && !is_stopped(w)) || comm_n_open(w->c))
		(void)wait_us(w, give(w));
	/* Nobody is called back any more when the slots are gone. */
	(void)comm_close(w->c, 0, NULL);
	w->c = NULL;
}

/* ---- receiving ---- */

static void run_receive(struct work *w)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST,
							.until_end = 1 };
	struct comm_subscription *s;
	int error = comm_subscribe(w->c, NULL, &w->plan->topic, 1, &options, &s);

	w->client->begin_us = ctl_now_us();
	while (!error && w->given < w->n && !is_stopped(w)) {
		size_t max = (size_t)MIN(w->n - w->given, RECEIVE_MAX), n;
		int64_t begin_us = ctl_now_us();
		const struct comm_record *records;

		error = comm_receive(s, max, -1, &records, &n);
		if (error || (!n && comm_is_at_end(s)))
			break;
		latencies_add(&w->client->latencies, ctl_now_us() - begin_us);
		w->given += n;
		atomic_fetch_add(&w->client->n_done, n);
	}
	if (error)
		fail(w, error, comm_error_message(w->c));
}

/* ---- asking ---- */

static void run_ping(struct work *w)
{
	for (; w->given < w->n && !is_stopped(w); w->given++) {
		int64_t due = due_us(w, w->given), time_ms;
		int error = 0;

		while (!error && ctl_now_us() < due && !is_stopped(w))
			error = wait_us(w, due - ctl_now_us());
		error = comm_ping(w->c, &time_ms);
		if (error) {
			fail(w, error, comm_error_message(w->c));
			atomic_fetch_add(&w->client->n_failed, 1);
			return;
		}
		latencies_add(&w->client->latencies, ctl_now_us() - due);
		atomic_fetch_add(&w->client->n_done, 1);
	}
}

/* ---- all of them ---- */

static int connect_client(const struct ctl *ctl, struct work *w)
{
	const struct comm_options options = {
		.client = "commctl bench",
		.timeout_ms = ctl->timeout_ms,
		.window_records = (size_t)w->plan->window,
		.window_bytes = (size_t)MAX(w->plan->window * (w->plan->size + 1), 8 << 20),
	};
	int error = comm_connect(ctl->socket, ctl->profile, &options, &w->c);

	/* What the first record of a topic has to wait for is not what is measured. */
	if (!error && w->plan->kind == BENCH_SEND)
		error = comm_send(w->c, w->plan->topic, "", 0, NULL, 0);
	if (error)
		fail(w, error, comm_error_message(w->c));
	return error;
}

/* All begin together. Nobody writes: the pipe ends when the parent says so, or is gone. */
static void wait_for_go(int go)
{
	char byte;

	while (read(go, &byte, 1) > 0)
		continue;
}

/* Its part of what all have to do. */
static uint64_t share_of(const struct bench_plan *p, size_t i)
{
	uint64_t n = (uint64_t)p->n_records, of = (uint64_t)p->n_clients;

	return p->kind == BENCH_RECEIVE ? n : n / of + (i < n % of);
}

void bench_client_run(const struct ctl *ctl, const struct bench_plan *plan,
		      struct bench_shared *shared, size_t i, int go)
{
	static void (*const runs[])(struct work * w) = {
		[BENCH_SEND] = run_send, [BENCH_RECEIVE] = run_receive, [BENCH_PING] = run_ping
	};
	struct work w = {
		.plan = plan,
		.client = &shared->clients[i],
		.is_stopped = &shared->is_stopped,
		.n = share_of(plan, i),
		.every_us = plan->rate ? 1e6 * (double)plan->n_clients / (double)plan->rate : 0,
	};
	int error = connect_client(ctl, &w);

	atomic_store(&w.client->is_ready, true);
	wait_for_go(go);
	w.client->begin_us = ctl_now_us();
	if (!error)
		runs[plan->kind](&w);
	w.client->end_us = ctl_now_us();
	(void)comm_close(w.c, 0, NULL);
}

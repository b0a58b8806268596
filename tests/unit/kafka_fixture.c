#include "tests/unit/kafka_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/util.h"

/* Joining a group takes the mock cluster 3 s; a loaded machine with sanitizers some times more. */
#define LATE_MS 60000

#define TIMEOUT_MS 30000

static void on_alarm(uv_timer_t *t)
{
	container_of(t, struct fixture, alarm)->is_late = true;
}

void fixture_run(struct fixture *f, bool (*is_true)(void *arg), void *arg)
{
	f->is_late = false;
	(void)uv_timer_start(&f->alarm, on_alarm, LATE_MS, 0);
	while (!is_true(arg)) {
		(void)uv_run(&f->loop, UV_RUN_ONCE);
		ck_assert_msg(!f->is_late, "waited in vain");
	}
	(void)uv_timer_stop(&f->alarm);
}

void fixture_turn(struct fixture *f)
{
	(void)uv_run(&f->loop, UV_RUN_NOWAIT);
}

void fixture_init(struct fixture *f, size_t max_consumers)
{
	struct kafka_options o = { .loop = &f->loop,
				   .dev = true,
				   .max_consumers = max_consumers,
				   .max_inflight_records = 20000,
				   .max_inflight_bytes = 64 * 1024 * 1024 };

	memset(f, 0, sizeof *f);
	ck_assert_int_eq(uv_loop_init(&f->loop), 0);
	ck_assert_int_eq(uv_timer_init(&f->loop, &f->alarm), 0);
	ck_assert_int_eq(kafka_new(&o, &f->kafka), 0);
	f->client = fixture_client(f, "default", &f->profile);
}

struct kafka_client *fixture_client(struct fixture *f, const char *name, struct profile **ret)
{
	struct kafka_client *c;
	struct kafka_failure why;

	ck_assert_int_eq(profile_new(name, ret), 0);
	ck_assert_int_eq(kafka_client_get(f->kafka, *ret, &c, &why), 0);
	return c;
}

static void set_true(void *arg)
{
	*(bool *)arg = true;
}

static bool is_set(void *arg)
{
	return *(bool *)arg;
}

void fixture_fini(struct fixture *f)
{
	bool is_closed = false;

	kafka_close(f->kafka, TIMEOUT_MS, set_true, &is_closed);
	fixture_run(f, is_set, &is_closed);
	uv_close((uv_handle_t *)&f->alarm, NULL);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&f->loop), 0);
	profile_free(f->profile);
}

static void on_created(void *arg, const struct kafka_failure *why)
{
	ck_assert_msg(!why, "%s", why ? why->message : "");
	set_true(arg);
}

void fixture_create(struct fixture *f, const char *topic, int n_partitions)
{
	struct comm_create_topic_params p = { .topic = comm_bytes_of(topic),
					      .partitions = n_partitions,
					      .replication = COMM_NONE,
					      .timeout_ms = COMM_NONE };
	struct kafka_failure why;
	bool is_created = false;

	ck_assert_int_eq(
		kafka_create_topic(f->client, &p, TIMEOUT_MS, on_created, &is_created, &why), 0);
	fixture_run(f, is_set, &is_created);
}

/* ---- sending ---- */

struct sending {
	struct fixture *fixture;
	const char *topic;
	const struct comm_wire_record *records;
	size_t n;
	struct kafka_batch *batch;
	struct kafka_waiter waiter;
	bool is_done;
};

static void on_sent(struct kafka_batch *b)
{
	struct sending *s = b->arg;

	for (size_t i = 0; i < b->n; i++)
		ck_assert_int_eq(b->outcomes[i].reason, 0);
	s->is_done = true;
	free(b);
}

static void try_send(struct sending *s)
{
	struct kafka_failure why;
	int error = kafka_produce(s->fixture->client, comm_bytes_of(s->topic), s->records, s->n,
				  s->batch, &s->waiter, &why);

	ck_assert(error == 0 || error == COMM_EAGAIN);
}

static void on_wake(struct kafka_waiter *w)
{
	try_send(container_of(w, struct sending, waiter));
}

static bool is_sent(void *arg)
{
	return ((struct sending *)arg)->is_done;
}

void fixture_send(struct fixture *f, const char *topic, const struct comm_wire_record *records,
		  size_t n)
{
	struct sending s = { .fixture = f, .topic = topic, .records = records, .n = n };

	s.waiter.wake = on_wake;
	s.batch = kafka_batch_new(n, on_sent, &s);
	ck_assert_ptr_nonnull(s.batch);
	try_send(&s);
	fixture_run(f, is_sent, &s);
}

void fixture_fill(struct fixture *f, const char *topic, int partition, int first, int n)
{
	struct comm_wire_record *records = calloc((size_t)n, sizeof *records);
	char(*values)[16] = calloc((size_t)n, sizeof *values);

	for (int i = 0; i < n; i++) {
		(void)snprintf(values[i], sizeof values[i], "%d", first + i);
		records[i] = (struct comm_wire_record){ .value = comm_bytes_of(values[i]),
							.partition = partition,
							.timestamp_ms = COMM_NONE };
	}
	fixture_send(f, topic, records, (size_t)n);
	free(records);
	free(values);
}

/* ---- receiving ---- */

static void on_ready(struct kafka_reader *r, void *arg)
{
	struct receiver *w = arg;

	ck_assert_ptr_eq(w->reader, r);
	w->n_ready++;
}

static void on_subscribed(void *arg, const struct kafka_failure *why, struct kafka_reader *r)
{
	struct receiver *w = arg;

	if (why)
		w->why = *why;
	w->reader = r;
	w->is_done = true;
}

struct kafka_reader_options fixture_options(const char *group,
					    const struct comm_wire_topic_ref *refs, size_t n_refs)
{
	return (struct kafka_reader_options){ .group = comm_bytes_of(group),
					      .topics = refs,
					      .n_topics = n_refs,
					      .start = KAFKA_EARLIEST,
					      .at = COMM_NONE,
					      .ack = KAFKA_ACK_MANUAL,
					      .timeout_ms = TIMEOUT_MS,
					      .ready = on_ready };
}

void receiver_open(struct receiver *w, struct fixture *f, struct kafka_client *c,
		   struct kafka_reader_options o)
{
	int error;

	*w = (struct receiver){ .fixture = f };
	o.arg = w;
	error = kafka_subscribe(c, &o, on_subscribed, w, &w->why);
	if (!error)
		fixture_run(f, is_set, &w->is_done);
	else
		ck_assert_int_eq(error, w->why.code);
	ck_assert(!w->reader == (w->why.code != 0));
}

static void keep(struct receiver *w, const struct comm_wire_batch *b)
{
	const struct comm_wire_received *records = b->records.items;

	w->got = reallocarray(w->got, w->n_got + b->records.n, sizeof *w->got);
	ck_assert_ptr_nonnull(w->got);
	for (size_t i = 0; i < b->records.n; i++) {
		struct got *g = &w->got[w->n_got++];

		(void)snprintf(g->topic, sizeof g->topic, "%.*s", (int)b->topic.len, b->topic.data);
		(void)snprintf(g->value, sizeof g->value, "%.*s", (int)records[i].value.len,
			       records[i].value.data);
		g->partition = records[i].partition;
		g->offset = records[i].offset;
	}
}

size_t receiver_fetch(struct receiver *w, size_t max_records, size_t max_bytes)
{
	struct kafka_haul haul;
	const struct comm_wire_batch *batches;
	size_t n_before = w->n_got;

	w->why.code = kafka_reader_fetch(w->reader, max_records, max_bytes, &haul, &w->why);
	if (w->why.code)
		return 0;
	batches = haul.topics.items;
	for (size_t i = 0; i < haul.topics.n; i++) {
		for (size_t j = 0; j < i; j++)
			ck_assert(batches[i].topic.len != batches[j].topic.len ||
				  memcmp(batches[i].topic.data, batches[j].topic.data,
					 batches[i].topic.len) != 0);
		keep(w, &batches[i]);
	}
	w->is_at_end = haul.at_end;
	ck_assert_uint_eq(w->n_got - n_before, haul.n_records);
	ck_assert_uint_le(haul.n_records, max_records);
	kafka_reader_release(w->reader);
	return haul.n_records;
}

static bool is_ready(void *arg)
{
	struct receiver *w = arg;

	return w->n_ready;
}

void receiver_await_ready(struct receiver *w)
{
	fixture_run(w->fixture, is_ready, w);
	w->n_ready = 0;
}

/* As a server does: when there is nothing, the next fetch follows ready(). */
void receiver_await(struct receiver *w, size_t n)
{
	while (w->n_got < n) {
		w->n_ready = 0;
		if (!receiver_fetch(w, 1000, 1024 * 1024) && !w->why.code)
			receiver_await_ready(w);
		ck_assert_msg(!w->why.code, "%s", w->why.message);
	}
}

void receiver_await_just(struct receiver *w, size_t n)
{
	receiver_await(w, n);
	ck_assert_uint_eq(w->n_got, n);
}

void receiver_await_end(struct receiver *w)
{
	for (;;) {
		size_t n;

		w->n_ready = 0;
		n = receiver_fetch(w, 1000, 1024 * 1024);
		ck_assert_msg(!w->why.code, "%s", w->why.message);
		if (w->is_at_end)
			return;
		if (!n)
			receiver_await_ready(w);
	}
}

void receiver_forget(struct receiver *w)
{
	free(w->got);
	w->got = NULL;
	w->n_got = 0;
}

void receiver_close(struct receiver *w)
{
	if (w->reader)
		kafka_reader_close(w->reader);
	receiver_forget(w);
}

const struct got *receiver_find(const struct receiver *w, int64_t partition, size_t i)
{
	for (size_t j = 0; j < w->n_got; j++)
		if (w->got[j].partition == partition && !i--)
			return &w->got[j];
	return NULL;
}

size_t receiver_count(const struct receiver *w, int64_t partition)
{
	size_t n = 0;

	while (receiver_find(w, partition, n))
		n++;
	return n;
}

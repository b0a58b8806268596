#include "tests/unit/kafka_receiver.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

#define TIMEOUT_MS 30000

void receiver_world(struct world *world, size_t max_consumers)
{
	world_init(world, 20000, "");
	world->kafka->options.max_consumers = max_consumers;
}

void receiver_send(struct world *world, const char *topic, const struct comm_wire_record *records,
		   size_t n)
{
	struct sending s;

	sending_start(&s, world, topic, records, n);
	sending_await(&s);
	ck_assert_msg(!s.error, "%s", s.why.message);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(s.batch->outcomes[i].reason, 0);
	sending_fini(&s);
}

void receiver_fill(struct world *world, const char *topic, int partition, int first, int n)
{
	struct comm_wire_record *records = calloc((size_t)n, sizeof *records);
	char(*values)[16] = calloc((size_t)n, sizeof *values);

	ck_assert(records && values);
	records_fill(records, values, (size_t)n, (size_t)first);
	for (int i = 0; i < n; i++)
		records[i].partition = partition;
	receiver_send(world, topic, records, (size_t)n);
	free(records);
	free(values);
}

static void on_ready(struct kafka_reader *r, void *arg)
{
	struct receiver *w = arg;

	ck_assert_ptr_eq(w->reader, r);
	w->n_ready++;
}

static void on_subscribed(void *arg, const struct kafka_failure *why, struct kafka_reader *r,
			  struct comm_list begins)
{
	const struct comm_wire_position *p = begins.items;
	struct receiver *w = arg;

	w->n_begins = begins.n;
	for (size_t i = 0; i < begins.n; i++)
		if (p[i].partition < (int64_t)ARRAY_SIZE(w->begins))
			w->begins[p[i].partition] = p[i].offset;

	if (why)
		w->why = *why;
	w->reader = r;
	w->is_done = true;
}

struct kafka_reader_options receiver_options(const char *group,
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

static bool is_subscribed(void *arg)
{
	return ((struct receiver *)arg)->is_done;
}

void receiver_open(struct receiver *w, struct world *world, struct kafka_client *c,
		   struct kafka_reader_options o)
{
	int error;

	*w = (struct receiver){ .world = world };
	o.arg = w;
	error = kafka_subscribe(c, &o, on_subscribed, w, &w->why);
	if (!error)
		world_run(world, is_subscribed, w);
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
	world_run(w->world, is_ready, w);
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

void receiver_check_run(const struct receiver *w, int64_t partition, int64_t first, size_t n)
{
	ck_assert_uint_eq(receiver_count(w, partition), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(receiver_find(w, partition, i)->offset, first + (int64_t)i);
}

#include "tests/unit/kafka_sender.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/text.h"
#include "proto/util.h"

/* Something is wrong, also on a slow machine with sanitizers. */
#define LATE_MS 60000

#define TIMEOUT_MS 10000

/* ---- the world ---- */

static void on_alarm(uv_timer_t *t)
{
	container_of(t, struct world, alarm)->is_late = true;
}

void world_run(struct world *w, bool (*is_true)(void *arg), void *arg)
{
	w->is_late = false;
	(void)uv_timer_start(&w->alarm, on_alarm, LATE_MS, 0);
	while (!is_true(arg)) {
		(void)uv_run(&w->loop, UV_RUN_ONCE);
		ck_assert_msg(!w->is_late, "waited in vain");
	}
	(void)uv_timer_stop(&w->alarm);
}

struct profile *profile_of(const char *properties)
{
	struct config_problem why;
	struct profile *p;
	struct text text;

	ck_assert_int_eq(text_init(&text, properties, strlen(properties)), 0);
	ck_assert_msg(!profile_parse("test.conf", "default", &text, &p, &why), "%s", why.text);
	text_fini(&text);
	return p;
}

static void init(struct world *w, const struct kafka_options *o, const char *properties)
{
	struct kafka_failure why;

	ck_assert_int_eq(uv_timer_init(&w->loop, &w->alarm), 0);
	ck_assert_int_eq(kafka_new(o, &w->kafka), 0);
	if (*properties)
		w->profile = profile_of(properties);
	else
		ck_assert_int_eq(profile_new("default", &w->profile), 0);
	ck_assert_int_eq(kafka_client_get(w->kafka, w->profile, &w->client, &why), 0);
}

void world_init(struct world *w, size_t max_records, const char *properties)
{
	struct kafka_options o = { .loop = &w->loop,
				   .dev = true,
				   .max_consumers = 1,
				   .max_inflight_records = max_records,
				   .max_inflight_bytes = 64 * 1024 * 1024 };

	memset(w, 0, sizeof *w);
	ck_assert_int_eq(uv_loop_init(&w->loop), 0);
	init(w, &o, properties);
}

void world_init_real(struct world *w, const char *properties)
{
	struct kafka_options o = { .loop = &w->loop,
				   .max_consumers = 1,
				   .max_inflight_records = 1000,
				   .max_inflight_bytes = 1024 * 1024 };

	memset(w, 0, sizeof *w);
	ck_assert_int_eq(uv_loop_init(&w->loop), 0);
	init(w, &o, properties);
}

static void on_closed(void *arg)
{
	((struct world *)arg)->kafka = NULL;
}

void world_close(struct world *w, int timeout_ms)
{
	kafka_close(w->kafka, timeout_ms, on_closed, w);
}

static bool is_closed(void *arg)
{
	return !((struct world *)arg)->kafka;
}

/*
 * The threads of libuv's pool end before OpenSSL does, which otherwise does not free what it has for each of
 * them. It may have begun with this world: what is registered last is run first, and does nothing twice.
 */
static void end_threads_at_exit(void)
{
	ck_assert_int_eq(atexit(uv_library_shutdown), 0);
}

void world_fini(struct world *w)
{
	end_threads_at_exit();
	if (w->kafka && !w->kafka->is_closing)
		world_close(w, TIMEOUT_MS);
	world_run(w, is_closed, w);
	uv_close((uv_handle_t *)&w->alarm, NULL);
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&w->loop), 0);
	profile_free(w->profile);
}

/* ---- topics ---- */

void answer_set(void *arg, const struct kafka_failure *why)
{
	struct answer *a = arg;

	ck_assert(!a->is_there);
	a->is_there = true;
	a->has_failed = why;
	if (why)
		a->why = *why;
}

static bool is_answered(void *arg)
{
	return ((struct answer *)arg)->is_there;
}

void answer_await(struct world *w, struct answer *a)
{
	world_run(w, is_answered, a);
}

void world_create(struct world *w, const char *topic, int n_partitions)
{
	struct comm_create_topic_params p = { .topic = comm_bytes_of(topic),
					      .partitions = n_partitions,
					      .replication = COMM_NONE };
	struct answer a = { 0 };

	ck_assert_int_eq(kafka_create_topic(w->client, &p, TIMEOUT_MS, answer_set, &a, &a.why), 0);
	ck_assert(!a.is_there);
	answer_await(w, &a);
	ck_assert_msg(!a.has_failed, "%s", a.why.message);
}

void world_delete(struct world *w, const char *topic)
{
	struct answer a = { 0 };

	ck_assert_int_eq(kafka_delete_topic(w->client, comm_bytes_of(topic), TIMEOUT_MS, answer_set,
					    &a, &a.why),
			 0);
	answer_await(w, &a);
	ck_assert_msg(!a.has_failed, "%s", a.why.message);
}

/* ---- sending ---- */

struct comm_wire_record record_of(const char *value)
{
	return (struct comm_wire_record){ .value = comm_bytes_of(value),
					  .partition = COMM_NONE,
					  .timestamp_ms = COMM_NONE };
}

static void on_done(struct kafka_batch *b)
{
	struct sending *s = b->arg;

	ck_assert_uint_eq(b->n_open, 0);
	s->is_done = true;
}

static void try_again(struct sending *s)
{
	static unsigned place;

	s->error = kafka_produce(s->world->client, comm_bytes_of(s->topic), s->records, s->n,
				 s->batch, &s->waiter, &s->why);
	s->is_waiting = s->error == COMM_EAGAIN;
	if (!s->is_waiting)
		s->place = ++place;
}

static void on_wake(struct kafka_waiter *w)
{
	try_again(container_of(w, struct sending, waiter));
}

void sending_start_as(struct sending *s, struct sender *sender, struct world *w, const char *topic,
		      const struct comm_wire_record *records, size_t n)
{
	*s = (struct sending){ .world = w, .topic = topic, .records = records, .n = n };
	s->waiter.wake = on_wake;
	s->batch = kafka_batch_new(n, on_done, s);
	ck_assert_ptr_nonnull(s->batch);
	if (sender)
		charge_init(&s->batch->charge, sender, n);
	try_again(s);
	ck_assert(!s->is_done);
}

void sending_start(struct sending *s, struct world *w, const char *topic,
		   const struct comm_wire_record *records, size_t n)
{
	sending_start_as(s, NULL, w, topic, records, n);
}

static bool is_over(void *arg)
{
	struct sending *s = arg;

	return s->is_done || (s->error && !s->is_waiting);
}

void sending_await(struct sending *s)
{
	world_run(s->world, is_over, s);
}

void sending_fini(struct sending *s)
{
	kafka_batch_free(s->batch);
	s->batch = NULL;
}

int world_send(struct world *w, const char *topic, const struct comm_wire_record *r,
	       struct kafka_failure *ret_why)
{
	struct sending s;
	int reason = 0;

	sending_start(&s, w, topic, r, 1);
	sending_await(&s);
	if (s.error) {
		*ret_why = s.why;
		reason = s.error;
	} else if (s.batch->outcomes[0].reason) {
		kafka_explain(w->client, &s.batch->outcomes[0], ret_why);
		reason = ret_why->code;
	}
	sending_fini(&s);
	return reason;
}

void records_fill(struct comm_wire_record *records, char (*values)[16], size_t n, size_t first)
{
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(values[i], sizeof values[i], "%zu", first + i);
		records[i] = record_of(values[i]);
	}
}

/* ---- reading back ---- */

static rd_kafka_t *open_consumer(struct world *w, const char *topic, int partition)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	const char *dev = kafka_dev_bootstrap(w->kafka);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;
	char why[256];

	kafka_conf_set(conf, "bootstrap.servers", dev ? dev : w->profile->properties[0].value);
	kafka_conf_set(conf, "group.id", "reader");
	kafka_conf_set(conf, "enable.auto.commit", "false");
	kafka_conf_set(conf, "fetch.wait.max.ms", "5");
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
	ck_assert_ptr_nonnull(rk);
	(void)rd_kafka_poll_set_consumer(rk);
	rd_kafka_topic_partition_list_add(list, topic, partition)->offset =
		RD_KAFKA_OFFSET_BEGINNING;
	ck_assert_int_eq(rd_kafka_assign(rk, list), 0);
	rd_kafka_topic_partition_list_destroy(list);
	return rk;
}

void world_read(struct world *w, const char *topic, int partition, size_t n,
		void (*look)(void *arg, size_t i, const rd_kafka_message_t *m), void *arg)
{
	rd_kafka_t *rk = open_consumer(w, topic, partition);

	for (size_t i = 0; i < n; i++) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, LATE_MS);

		ck_assert_ptr_nonnull(m);
		ck_assert_msg(!m->err, "%s", rd_kafka_err2str(m->err));
		look(arg, i, m);
		rd_kafka_message_destroy(m);
	}
	(void)rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
}

void look_for_order(void *arg, size_t i, const rd_kafka_message_t *m)
{
	char expected[16];

	(void)arg;
	(void)snprintf(expected, sizeof expected, "%zu", i);
	ck_assert_uint_eq(m->len, strlen(expected));
	ck_assert_mem_eq(m->payload, expected, m->len);
}

/* ---- counters ---- */

void world_assert_balanced(const struct world *w, int64_t persisted, int64_t failed)
{
	struct comm_wire_profile status;

	kafka_profile_status(w->kafka, w->profile, &status);
	ck_assert_int_eq(status.accepted, persisted + failed);
	ck_assert_int_eq(status.persisted, persisted);
	ck_assert_int_eq(status.failed, failed);
	ck_assert_int_eq(status.in_flight, 0);
	ck_assert_int_eq(status.in_flight_bytes, 0);
}

/*
 * librdkafka's statistics
 *
 * Every few seconds each producer's librdkafka reports on itself in JSON, some kilobytes of it for each
 * broker and each partition. A thread takes out of it what is worth to be told of the brokers; of the
 * partitions, which come behind them, not even a value is made. The last report replaces the one
 * before. One that comes while the thread is not done with the one before is dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "daemon/kafka_producer.h"
#include "daemon/profile.h"
#include "proto/util.h"

#define BROKERS_KEY "\"brokers\":"

struct broker {
	char name[128];
	char state[24];
	struct comm_wire_broker_seen seen; /* its strings are NULL */
};

struct kafka_stats {
	uint64_t taken_ms; /* on the clock of threads */
	size_t n;
	struct broker brokers[];
};

struct reading {
	uv_work_t work;
	struct kafka_handle *handle; /* a reference */
	rd_kafka_event_t *event;     /* owned */
	struct kafka_stats *stats;   /* owned; what came of it, NULL: nothing */
};

/* ---- in a thread ---- */

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* @what of the window @name; COMM_NONE if nothing was in it. */
static int64_t window(const json_t *broker, const char *name, const char *what)
{
	const json_t *w = json_object_get(broker, name);

	return number(w, "cnt") ? number(w, what) : COMM_NONE;
}

static void copy_text(char *ret, size_t size, const json_t *broker, const char *key)
{
	const char *text = json_string_value(json_object_get(broker, key));

	(void)snprintf(ret, size, "%s", text ? text : "");
}

/* What librdkafka keeps for itself is no broker: the coordinator's connection has no name of its own. */
static bool is_broker(const json_t *broker)
{
	const char *source = json_string_value(json_object_get(broker, "source"));

	return source && strcmp(source, "internal") && strcmp(source, "logical");
}

static void read_broker(const json_t *broker, struct broker *ret)
{
	int64_t id = number(broker, "nodeid");

	copy_text(ret->name, sizeof ret->name, broker, "nodename");
	copy_text(ret->state, sizeof ret->state, broker, "state");
	ret->seen = (struct comm_wire_broker_seen){
		.id = id < 0 ? COMM_NONE : id,
		.state_ms = number(broker, "stateage") / 1000,
		.rtt_us = window(broker, "rtt", "avg"),
		.rtt_p99_us = window(broker, "rtt", "p99"),
		.queued_us = window(broker, "int_latency", "avg"),
		.queued_p99_us = window(broker, "int_latency", "p99"),
		.outbuf_us = window(broker, "outbuf_latency", "avg"),
		.throttle_ms = window(broker, "throttle", "avg"),
		.outbuf = number(broker, "outbuf_cnt"),
		.in_flight = number(broker, "waitresp_cnt"),
		.requests_total = number(broker, "tx"),
		.errors_total = number(broker, "txerrs") + number(broker, "rxerrs"),
		.retries_total = number(broker, "txretries"),
		.timeouts_total = number(broker, "req_timeouts"),
		.connects_total = number(broker, "connects"),
		.lost_total = number(broker, "disconnects"),
	};
}

static struct kafka_stats *read_brokers(json_t *brokers)
{
	size_t n_all = json_object_size(brokers);
	struct kafka_stats *s = calloc(1, sizeof *s + n_all * sizeof s->brokers[0]);
	const char *key;
	json_t *broker;

	if (!s)
		return NULL;
	s->taken_ms = kafka_thread_ms();
	json_object_foreach(brokers, key, broker)
		if (is_broker(broker))
			read_broker(broker, &s->brokers[s->n++]);
	return s;
}

/* Nothing is read of what comes before the brokers and behind them. */
static struct kafka_stats *read_stats(const char *json)
{
	const char *at = json ? strstr(json, BROKERS_KEY) : NULL;
	json_t *brokers =
		at ? json_loads(at + strlen(BROKERS_KEY), JSON_DISABLE_EOF_CHECK, NULL) : NULL;
	struct kafka_stats *s = brokers ? read_brokers(brokers) : NULL;

	json_decref(brokers);
	return s;
}

static void on_work(uv_work_t *work)
{
	struct reading *r = container_of(work, struct reading, work);

	r->stats = read_stats(rd_kafka_event_stats(r->event));
	rd_kafka_event_destroy(r->event);
}

/* ---- on the loop ---- */

static void on_done(uv_work_t *work, int status)
{
	struct reading *r = container_of(work, struct reading, work);
	struct kafka_client *c = r->handle->producer->client;

	(void)status;
	c->is_reading_stats = false;
	if (r->stats && r->handle == c->producer->handle) {
		free(c->stats);
		c->stats = r->stats;
	} else {
		free(r->stats);
	}
	kafka_handle_unref(r->handle);
	free(r);
}

void kafka_stats_take(struct kafka_handle *h, rd_kafka_event_t *e)
{
	struct kafka_client *c = h->producer->client;
	struct reading *r = NULL;

	/* What a handle says that has failed is not about the one there is. */
	if (!c->is_reading_stats && h == h->producer->handle)
		r = calloc(1, sizeof *r);
	if (!r) {
		rd_kafka_event_destroy(e);
		return;
	}
	r->handle = kafka_handle_ref(h);
	r->event = e;
	c->is_reading_stats = true;
	(void)uv_queue_work(c->kafka->options.loop, &r->work, on_work, on_done);
}

/* ---- what is told ---- */

static struct comm_wire_broker_seen describe(const struct kafka_client *c, const struct broker *b)
{
	struct comm_wire_broker_seen row = b->seen;

	row.profile = comm_bytes_of(c->profile->name);
	row.broker = comm_bytes_of(b->name);
	row.state = comm_bytes_of(b->state);
	row.age_ms = (int64_t)(kafka_thread_ms() - c->stats->taken_ms);
	return row;
}

size_t kafka_brokers(const struct kafka *k, struct comm_wire_broker_seen *ret, size_t max)
{
	const struct kafka_client *c;
	size_t n = 0;

	LIST_FOREACH(c, &k->clients, entry) {
		size_t n_brokers = c->stats && !kafka_client_has_ended(c) ? c->stats->n : 0;

		for (size_t i = 0; i < n_brokers; i++, n++)
			if (n < max)
				ret[n] = describe(c, &c->stats->brokers[i]);
	}
	return n;
}

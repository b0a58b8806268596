/*
 * The life of a producer
 *
 * It is opened with its client and ends with it. In between, what librdkafka reports comes out of
 * the handle's queue: outcomes go to their batches, a fatal error leads to a new handle, and then
 * those are woken who wait for what has changed: a topic that is known now, or room in the window
 * (kafka_window.c).
 *
 * Closing: those who wait are told; what is in flight has the time that kafka_close() gives it, and
 * is purged after that. A producer that is quiet lets go of its handle, which ends in a thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/kafka_errand.h"
#include "daemon/kafka_kept.h"
#include "daemon/kafka_producer.h"
#include "daemon/log.h"
#include "proto/util.h"

/* Records reported in one turn of the loop, a millisecond or so; what is left waits for the next. */
#define DRAIN_MAX 5000

/* A little less than what drives it. */
#define TICK_MS 900

void kafka_producer_set_limits(struct kafka_producer *p)
{
	const struct kafka_options *o = &p->client->kafka->options;
	const rd_kafka_conf_t *conf = rd_kafka_conf(p->handle->rk);
	size_t n = (size_t)kafka_conf_number(conf, "queue.buffering.max.messages");

	p->max_queued_records = n ? n : SIZE_MAX;
	p->max_queued_bytes = 1024 * (size_t)kafka_conf_number(conf, "queue.buffering.max.kbytes");
	p->max_records = MIN(o->max_inflight_records, p->max_queued_records);
	p->max_bytes = MIN(o->max_inflight_bytes, p->max_queued_bytes);
	p->max_message_bytes = (size_t)kafka_conf_number(conf, "message.max.bytes");
	p->message_timeout_ms = kafka_conf_number(conf, "message.timeout.ms");
}

static int open_first(struct kafka_producer *p, struct kafka_failure *ret_why)
{
	const struct kafka_client *c = p->client;
	rd_kafka_conf_t *conf;
	int error = kafka_conf_new(c->kafka, c->profile, RD_KAFKA_PRODUCER, &conf, ret_why);

	return error ? error : kafka_handle_new(p, conf, &p->handle, ret_why);
}

int kafka_producer_new(struct kafka_client *c, struct kafka_failure *ret_why)
{
	struct kafka_producer *p = calloc(1, sizeof *p);
	int error;

	if (!p)
		return -ENOMEM;
	p->client = c;
	STAILQ_INIT(&p->finished);
	LIST_INIT(&p->calls);
	LIST_INIT(&p->done_calls);
	LIST_INIT(&p->retired);
	kafka_line_init(&p->room, p);
	kafka_topics_init(&p->topics, p);
	error = open_first(p, ret_why);
	if (error) {
		free(p);
		return error;
	}
	kafka_producer_set_limits(p);
	c->producer = p;
	return 0;
}

void kafka_producer_poke(struct kafka_producer *p)
{
	if (p->handle)
		kafka_source_again(&p->handle->source);
}

/* ---- events ---- */

static void pump(struct kafka_producer *p)
{
	if (p->client->kafka->is_closing) {
		kafka_admin_close(p);
		kafka_jobs_skip(p->client);
		kafka_errands_skip(p->client);
		kafka_line_dissolve(&p->room);
		kafka_topics_dissolve(&p->topics);
		return;
	}
	kafka_window_release_some(p);
	kafka_topics_pump(&p->topics);
	kafka_window_pump(p);
}

/* What happens to the brokers of a handle that another has replaced is no news: they may be others. */
static void on_error(struct kafka_handle *h, rd_kafka_event_t *e)
{
	bool is_fatal = rd_kafka_event_error_is_fatal(e);

	if (h->is_retired) {
		if (is_fatal)
			kafka_retire_fail(h);
	} else if (!is_fatal) {
		kafka_client_note_error(h->producer->client, rd_kafka_event_error(e),
					rd_kafka_event_error_string(e));
	} else if (h == h->producer->handle) {
		kafka_replace_begin(h->producer);
	}
}

/* Returns how many records it was about. */
static size_t on_event(struct kafka_handle *h, rd_kafka_event_t *e)
{
	size_t n = 1;

	switch (rd_kafka_event_type(e)) {
	case RD_KAFKA_EVENT_DR:
		n = rd_kafka_event_message_count(e);
		kafka_batch_report(h, e);
		break;
	case RD_KAFKA_EVENT_ERROR:
		on_error(h, e);
		break;
	case RD_KAFKA_EVENT_LOG:
		kafka_log_event(h->producer->client, e);
		break;
	case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
	case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
		kafka_admin_answer(h->producer, e);
		break;
	default:
		break;
	}
	return n;
}

/* Take what is there. An event is destroyed before those who wait go on: it holds room until then. */
static void drain_events(struct kafka_handle *h)
{
	rd_kafka_event_t *e;
	size_t n = 0;

	while (n < DRAIN_MAX && (e = rd_kafka_queue_poll(h->queue, 0))) {
		if (rd_kafka_event_type(e) == RD_KAFKA_EVENT_STATS) {
			kafka_stats_take(h, e);
			continue;
		}
		n += on_event(h, e);
		rd_kafka_event_destroy(e);
		kafka_batch_finish(h->producer);
	}
	if (rd_kafka_queue_length(h->queue))
		kafka_source_again(&h->source);
}

static void tick(struct kafka_producer *p)
{
	uint64_t now_ms = kafka_now_ms(p->client->kafka);

	if (now_ms - p->ticked_ms < TICK_MS)
		return;
	p->ticked_ms = now_ms;
	kafka_replace_tick(p);
	kafka_retire_tick(p);
	if (p->client->kafka->is_closing) {
		if (p->is_purging)
			kafka_producer_purge(p);
		return;
	}
	kafka_topics_tick(&p->topics);
	kafka_window_tick(p);
	kafka_client_check(p->client);
	kafka_watch_tick(p->client);
}

void kafka_producer_drain(struct kafka_source *s)
{
	struct kafka_handle *h = container_of(s, struct kafka_handle, source);
	struct kafka_producer *p = h->producer;

	kafka_handle_ref(h);
	drain_events(h);
	kafka_batch_finish(p);
	if (h == p->handle) {
		kafka_replace_step(p);
		tick(p);
		pump(p);
		kafka_batch_finish(p);
	} else if (h->is_listed) {
		kafka_retire_step(h);
		kafka_producer_poke(p);
	}
	kafka_closed_one(p->client->kafka);
	kafka_handle_unref(h);
}

/* ---- closing ---- */

void kafka_producer_close(struct kafka_producer *p)
{
	/* Only to send at once what lingers: it does not wait. */
	if (p->handle)
		(void)rd_kafka_flush(p->handle->rk, 0);
	kafka_kept_drop_all(p, RD_KAFKA_RESP_ERR__PURGE_QUEUE);
	kafka_producer_poke(p);
}

static void purge(struct kafka_handle *h)
{
	(void)rd_kafka_purge(h->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
					    RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void kafka_producer_purge(struct kafka_producer *p)
{
	struct kafka_handle *h;

	p->is_purging = true;
	if (!p->handle)
		return;
	purge(p->handle);
	LIST_FOREACH(h, &p->retired, entry)
		purge(h);
	kafka_producer_poke(p);
}

bool kafka_producer_is_quiet(const struct kafka_producer *p)
{
	return !p->is_opening && !kafka_window_n_records(p) && STAILQ_EMPTY(&p->finished) &&
	       LIST_EMPTY(&p->calls) && kafka_line_is_empty(&p->room) &&
	       kafka_topics_are_quiet(&p->topics);
}

void kafka_producer_end(struct kafka_producer *p)
{
	struct kafka_handle *h = p->handle;

	if (!h)
		return;
	kafka_topics_fini(&p->topics);
	p->handle = NULL;
	kafka_handle_unref(h);
}

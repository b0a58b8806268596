#include "daemon/kafka_event.h"
#include "daemon/kafka_member.h"
#include "daemon/kafka_rebuild.h"
#include "daemon/kafka_reset.h"
#include "daemon/kafka_sleep.h"
#include "daemon/kafka_stall.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/log.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * The life of a consumer
 *
 * It is opened for the first reader of its group and takes the others of that group in. Kafka's answer
 * is an assignment; its partitions are spread over the readers, and each is routed to the lane of the
 * reader that owns it. Readers come and go without Kafka taking notice, unless they change the set of
 * topics. What they acknowledge is stored in librdkafka, which commits it every second and whenever
 * partitions are taken away.
 *
 * When the last reader has gone the consumer lingers, then closes: its partitions are given back, it
 * leaves the group, which needs the brokers and some time, and a thread waits for librdkafka's threads.
 * Only then it is freed. A reader that comes while it closes gets another one.
 *
 * Kafka may take partitions away at any time: kafka_drain.c. A fatal error ends the consumer, and
 * its readers get another one: kafka_rebuild.c.
 *
 * A tail is a consumer with one reader and partitions of its own choice: nothing is stored. It ends in
 * the same way although it has no group to leave, for otherwise librdkafka 2.0 leaks the partitions of
 * one that ends as soon as it has begun.
 */

/* Events in one turn of the loop; what is left waits for the next. */
#define DRAIN_MAX 500

/* To see whether it has ended, for which librdkafka gives no sign. */
#define CLOSE_POLL_MS 50

/* The longest that a static member takes to leave before it is closed all the same. */
#define LEAVE_MAX_MS 5000

/*
 * One that has failed cannot be closed, but librdkafka still tells the group that its member leaves,
 * and lets go of partitions. It gives no sign of either: how long they may take.
 */
#define FAILED_MS 500

/* A tail has no group, but librdkafka wants one. Nothing is ever committed to it. */
#define TAIL_GROUP "commd-tail"

void kafka_consumer_configure(rd_kafka_conf_t *conf, const char *group, enum kafka_start start)
{
	/*
	 * A tail begins at offsets of its own; that records are gone before it has read them is the
	 * only reason for a reset.
	 */
	bool from_end = group && start == KAFKA_LATEST;

	kafka_conf_set(conf, "group.id", group ? group : TAIL_GROUP);
	if (!group)
		kafka_conf_set(conf, "group.instance.id", NULL);
	kafka_conf_set(conf, "enable.auto.commit", group ? "true" : "false");
	kafka_conf_set(conf, "enable.auto.offset.store", "false");
	kafka_conf_set(conf, "auto.offset.reset", from_end ? "latest" : "earliest");
	kafka_conf_set(conf, "enable.partition.eof", "true");
	/* The producer's are enough: with some thousand partitions these are megabytes. */
	kafka_conf_set(conf, "statistics.interval.ms", "0");
	/* Not for what is polled as an event. */
	rd_kafka_conf_set_error_cb(conf, kafka_lane_on_callback);
	rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE |
					       RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR |
					       RD_KAFKA_EVENT_LOG);
}

struct kafka_consumer *kafka_consumer_find(const struct kafka_client *client,
					   struct comm_bytes group)
{
	struct kafka_consumer *c;

	LIST_FOREACH(c, &client->consumers, entry)
		if (c->is_open && c->group && comm_bytes_is(group, c->group))
			return c;
	return NULL;
}

/* ---- what librdkafka tells ---- */

static void handle(struct kafka_consumer *c, rd_kafka_event_t *e)
{
	switch (rd_kafka_event_type(e)) {
	case RD_KAFKA_EVENT_REBALANCE:
		kafka_assignment_on_event(c, e);
		break;
	case RD_KAFKA_EVENT_OFFSET_COMMIT:
		kafka_assignment_on_commit(c, e);
		break;
	case RD_KAFKA_EVENT_ERROR:
		kafka_consumer_on_error(c, NULL, rd_kafka_event_error(e),
					rd_kafka_event_error_string(e),
					rd_kafka_event_error_is_fatal(e));
		break;
	case RD_KAFKA_EVENT_LOG:
		if (!kafka_reset_on_log(c, e))
			kafka_log_event(c->client, e);
		break;
	default:
		break;
	}
}

static void look_after_end(struct kafka_consumer *c);

static void on_drain(struct kafka_source *s)
{
	struct kafka_consumer *c = container_of(s, struct kafka_consumer, source);
	rd_kafka_event_t *e;

	/* Handling one may be the end of it. */
	for (int n = 0; n < DRAIN_MAX && c->queue && (e = rd_kafka_queue_poll(c->queue, 0)); n++) {
		handle(c, e);
		rd_kafka_event_destroy(e);
	}
	if (!c->queue)
		return;
	if (rd_kafka_queue_length(c->queue))
		kafka_source_again(&c->source);
	if (!c->is_open) {
		look_after_end(c);
		return;
	}
	if (c->has_failed) {
		kafka_rebuild_begin(c, &c->failure);
		return;
	}
	if (c->is_outdated && kafka_drain_is_over(c)) {
		kafka_rebuild_again(c);
		return;
	}
	if (c->must_spread)
		kafka_share_out(c);
	kafka_drain_step(c);
	kafka_share_take_due(c);
	kafka_assignment_store(c);
	kafka_sleep_step(c);
	kafka_stall_step(c);
	kafka_group_tell(c);
}

/* ---- from its beginning to its end ---- */

/* What @rk has for @key. Returns whether this librdkafka knows it. */
static bool get_number(rd_kafka_t *rk, const char *key, size_t *ret)
{
	char text[32];
	size_t size = sizeof text;

	if (rd_kafka_conf_get(rd_kafka_conf(rk), key, text, &size))
		return false;
	*ret = (size_t)strtoull(text, NULL, 10);
	return true;
}

/* When librdkafka stops to fetch, whether it looks again in time, and how long a group waits. */
static void get_thresholds(struct kafka_consumer *c)
{
	size_t n_kilobytes = 0, session_ms = 0, poll_ms = 0, backoff_ms;

	(void)get_number(c->rk, "queued.min.messages", &c->full_records);
	(void)get_number(c->rk, "queued.max.messages.kbytes", &n_kilobytes);
	(void)get_number(c->rk, "session.timeout.ms", &session_ms);
	(void)get_number(c->rk, "max.poll.interval.ms", &poll_ms);
	c->full_bytes = n_kilobytes * 1024;
	c->patience_ms = MIN(session_ms, poll_ms);
	c->looks_once_a_second = !get_number(c->rk, "fetch.queue.backoff.ms", &backoff_ms);
}

struct kafka_consumer *kafka_consumer_new(struct kafka_client *client, const char *group,
					  enum kafka_start start, rd_kafka_t *rk)
{
	struct kafka_consumer *c = calloc(1, sizeof *c);

	if (c) {
		c->client = client;
		c->rk = rk;
		c->group = group ? strdup(group) : NULL;
	}
	if (!c || (group && !c->group) || kafka_lane_open(&c->parking, c, NULL)) {
		if (c)
			free(c->group);
		free(c);
		rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
		return NULL;
	}
	c->start = start;
	c->opened_ms = c->looked_ms = kafka_now_ms(client->kafka);
	c->is_open = true;
	TAILQ_INIT(&c->readers);
	TAILQ_INIT(&c->graves);
	get_thresholds(c);
	(void)uv_timer_init(client->kafka->options.loop, &c->timer);
	LIST_INSERT_HEAD(&client->consumers, c, entry);
	client->n_consumers++;
	client->kafka->n_consumers++;
	(void)rd_kafka_poll_set_consumer(rk);
	(void)rd_kafka_set_log_queue(rk, NULL);
	c->queue = rd_kafka_queue_get_consumer(rk);
	kafka_source_start(&c->source, client->kafka->wake, c->queue, on_drain);
	return c;
}

static void on_timer_closed(uv_handle_t *h)
{
	struct kafka_consumer *c = container_of((uv_timer_t *)h, struct kafka_consumer, timer);
	struct kafka *k = c->client->kafka;

	if (c->successor)
		kafka_rebuild_go(c->successor);
	kafka_stall_forget(c);
	LIST_REMOVE(c, entry);
	c->client->n_consumers--;
	k->n_consumers--;
	for (size_t i = 0; i < c->n_topics; i++)
		free(c->topics[i]);
	free(c->topics);
	free(c->partitions);
	free(c->group);
	free(c);
	kafka_closed_one(k);
}

static void on_work(uv_work_t *work)
{
	struct kafka_consumer *c = container_of(work, struct kafka_consumer, work);

	rd_kafka_destroy_flags(c->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void on_worked(uv_work_t *work, int status)
{
	struct kafka_consumer *c = container_of(work, struct kafka_consumer, work);

	(void)status;
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}

static void end_threads(struct kafka_consumer *c)
{
	(void)uv_timer_stop(&c->timer);
	kafka_source_stop(&c->source);
	rd_kafka_queue_destroy(c->queue);
	c->queue = NULL;
	kafka_grave_empty(c);
	(void)uv_queue_work(c->client->kafka->options.loop, &c->work, on_work, on_worked);
}

static void close_handle(struct kafka_consumer *c);

static void look_after_end(struct kafka_consumer *c)
{
	const struct log_about about = kafka_about(c->client, c->group);
	uint64_t now_ms = kafka_now_ms(c->client->kafka);

	if (c->is_leaving) {
		if (kafka_member_has_left(c) || now_ms - c->closing_ms > LEAVE_MAX_MS)
			close_handle(c);
	} else if (rd_kafka_consumer_closed(c->rk)) {
		end_threads(c);
	} else if (c->has_failed) {
		if (now_ms - c->closing_ms > FAILED_MS)
			end_threads(c);
	} else if (now_ms - c->closing_ms > KAFKA_CLOSE_MAX_MS) {
		log_event(LOG_WARNING, LOG_EVENT_NONE, &about,
			  "group \"%s\": it could not be left in order; its partitions "
			  "are free when the session has timed out",
			  c->group ? c->group : "");
		end_threads(c);
	}
}

static void on_poll(uv_timer_t *timer)
{
	on_drain(&container_of(timer, struct kafka_consumer, timer)->source);
}

/* A static member's place is kept for the next commd, but not when nobody here needs it any more. */
static void leave(struct kafka_consumer *c)
{
	c->closing_ms = kafka_now_ms(c->client->kafka);
	(void)uv_timer_start(&c->timer, on_poll, CLOSE_POLL_MS, CLOSE_POLL_MS);
	c->is_leaving = c->group && !c->has_failed && !c->client->kafka->is_closing &&
			!c->successor && kafka_member_is_static(c) && !rd_kafka_unsubscribe(c->rk);
	if (!c->is_leaving)
		close_handle(c);
}

static void close_handle(struct kafka_consumer *c)
{
	rd_kafka_error_t *error = rd_kafka_consumer_close_queue(c->rk, c->queue);

	c->is_leaving = false;
	if (error) {
		rd_kafka_error_destroy(error);
		(void)rd_kafka_unsubscribe(c->rk);
		(void)rd_kafka_assign(c->rk, NULL);
		c->has_failed = true;
	}
	c->closing_ms = kafka_now_ms(c->client->kafka);
}

void kafka_consumer_close(struct kafka_consumer *c, const struct kafka_failure *why)
{
	struct kafka_reader *r;

	if (!c->is_open)
		return;
	kafka_drain_end(c);
	c->is_open = false;
	kafka_assignment_store(c);
	kafka_assignment_drop(c, NULL);
	kafka_lane_close(&c->parking);
	while ((r = TAILQ_FIRST(&c->readers))) {
		TAILQ_REMOVE(&c->readers, r, entry);
		c->n_readers--;
		kafka_reader_end(r, why);
		(void)kafka_reader_tell(r);
	}
	leave(c);
}

void kafka_consumers_close(struct kafka_client *client)
{
	struct kafka_consumer *c;
	struct kafka_failure why;

	(void)kafka_failure_refuse(&why, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	LIST_FOREACH(c, &client->consumers, entry)
		kafka_consumer_close(c, &why);
	kafka_rebuilds_close(client, &why);
}

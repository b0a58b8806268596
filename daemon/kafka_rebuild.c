/*
 * After a fatal error
 *
 * librdkafka gives a consumer up for good when its member of the group has been fenced off, and in
 * newer versions for some more reasons. Its readers stay: they wait here, told once what has happened,
 * while the consumer ends as any other does. After a pause a new one is opened, which they join; what
 * they had not acknowledged comes again. Each failure that follows soon makes the next pause twice
 * as long, so that two daemons that fence each other off do so less and less often.
 *
 * A tail has no group to tell where it was: it goes on behind what it has handed out.
 */
#include "daemon/kafka_rebuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_event.h"
#include "daemon/profile.h"
#include "proto/errors.h"
#include "proto/util.h"

/* Before the first attempt, and the longest before any other. */
#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 60000

/* A consumer that has lived for so long has not failed for the reason of the one before. */
#define CALM_MS 300000

/* ---- its end ---- */

static void on_timer_closed(uv_handle_t *h)
{
	struct kafka_rebuild *b = container_of((uv_timer_t *)h, struct kafka_rebuild, timer);
	struct kafka *k = b->client->kafka;

	LIST_REMOVE(b, entry);
	k->n_planned--;
	if (b->positions)
		rd_kafka_topic_partition_list_destroy(b->positions);
	free(b->group);
	free(b);
	kafka_closed_one(k);
}

/* Nobody waits any more, or all have a consumer. */
static void end(struct kafka_rebuild *b)
{
	b->is_over = true;
	if (!b->is_opening && !uv_is_closing((uv_handle_t *)&b->timer))
		uv_close((uv_handle_t *)&b->timer, on_timer_closed);
}

static void take_out(struct kafka_rebuild *b, struct kafka_reader *r)
{
	TAILQ_REMOVE(&b->readers, r, entry);
	r->rebuild = NULL;
}

static void end_reader(struct kafka_rebuild *b, struct kafka_reader *r,
		       const struct kafka_failure *why)
{
	take_out(b, r);
	kafka_reader_end(r, why);
	(void)kafka_reader_tell(r);
}

void kafka_rebuild_leave(struct kafka_reader *r)
{
	struct kafka_rebuild *b = r->rebuild;

	take_out(b, r);
	if (TAILQ_EMPTY(&b->readers))
		end(b);
}

/* ready() may close other readers, and so end @b. */
void kafka_rebuilds_close(struct kafka_client *c, const struct kafka_failure *why)
{
	struct kafka_rebuild *b;
	struct kafka_reader *r;

	LIST_FOREACH(b, &c->rebuilds, entry) {
		while ((r = TAILQ_FIRST(&b->readers)))
			end_reader(b, r, why);
		end(b);
	}
}

/* ---- a consumer again ---- */

static void join(struct kafka_rebuild *b, struct kafka_consumer *c)
{
	char sentence[128];
	struct kafka_reader *r;
	int n = 0, error = 0;

	while ((r = TAILQ_FIRST(&b->readers))) {
		take_out(b, r);
		if (!error)
			error = kafka_group_join(c, r);
		if (!error && b->positions)
			error = kafka_assignment_take(c, b->positions);
		if (error) {
			(void)kafka_failure_refuse(&b->why, COMM_ENO_MEMORY, NULL, "out of memory");
			if (r->consumer)
				kafka_group_leave(c, r);
			kafka_reader_end(r, &b->why);
			(void)kafka_reader_tell(r);
		}
		n++;
	}
	(void)snprintf(sentence, sizeof sentence, "a new consumer goes on, for %d readers", n);
	kafka_event_note(b->client, EVENT_REBUILT, b->group, 1, sentence);
	end(b);
}

void kafka_rebuild_join(struct kafka_consumer *c)
{
	struct kafka_rebuild *b;

	LIST_FOREACH(b, &c->client->rebuilds, entry) {
		if (b->is_over || !b->group || !c->group || strcmp(b->group, c->group) != 0)
			continue;
		c->pause_ms = b->pause_ms;
		join(b, c);
		return;
	}
}

/* Telling one may close any. */
static void tell_readers(struct kafka_rebuild *b)
{
	struct kafka_reader *r = TAILQ_FIRST(&b->readers);

	while (r)
		r = kafka_reader_tell(r) ? TAILQ_FIRST(&b->readers) : TAILQ_NEXT(r, entry);
}

static void on_pause_over(uv_timer_t *timer);

static void wait_a_while(struct kafka_rebuild *b)
{
	(void)uv_timer_start(&b->timer, on_pause_over, b->pause_ms, 0);
}

/* No consumer can be opened now: readers hear of it once, and it is tried again. */
static void try_later(struct kafka_rebuild *b)
{
	struct kafka_reader *r;

	b->pause_ms = MIN(2 * b->pause_ms, (uint64_t)PAUSE_MAX_MS);
	kafka_event_note(b->client, EVENT_FAILED, b->group, 1, b->why.message);
	wait_a_while(b);
	if (b->is_told)
		return;
	b->is_told = true;
	TAILQ_FOREACH(r, &b->readers, entry)
		kafka_reader_fail(r, &b->why);
	tell_readers(b);
}

static void on_run(struct kafka_job *job)
{
	struct kafka_rebuild *b = container_of(job, struct kafka_rebuild, job);
	rd_kafka_conf_t *conf = b->conf;

	b->conf = NULL;
	(void)kafka_open(b->client->profile, RD_KAFKA_CONSUMER, conf, &b->rk, &b->why);
}

/* The consumer that was opened, or one that another reader has opened in the meantime. */
static struct kafka_consumer *take_consumer(struct kafka_rebuild *b)
{
	struct kafka_consumer *c = b->group ? kafka_consumer_find(b->client, b->group) : NULL;
	struct kafka_consumer *new;

	if (!b->rk)
		return c;
	new = kafka_consumer_new(b->client, c ? NULL : b->group, b->start, b->rk);
	b->rk = NULL;
	if (!new)
		(void)kafka_failure_refuse(&b->why, COMM_ENO_MEMORY, NULL, "out of memory");
	if (new && (c || b->is_over)) {
		kafka_consumer_close(new, NULL);
		return c;
	}
	return new;
}

static void on_done(struct kafka_job *job)
{
	struct kafka_rebuild *b = container_of(job, struct kafka_rebuild, job);
	struct kafka_consumer *c = take_consumer(b);

	b->is_opening = false;
	if (b->is_over) {
		end(b);
	} else if (!c) {
		try_later(b);
	} else {
		c->pause_ms = b->pause_ms;
		join(b, c);
	}
}

static void on_skip(struct kafka_job *job)
{
	struct kafka_rebuild *b = container_of(job, struct kafka_rebuild, job);

	rd_kafka_conf_destroy(b->conf);
	b->is_opening = false;
	if (b->is_over)
		end(b);
}

static void on_pause_over(uv_timer_t *timer)
{
	struct kafka_rebuild *b = container_of(timer, struct kafka_rebuild, timer);
	struct kafka_client *client = b->client;
	int error;

	error = kafka_conf_new(client->kafka, client->profile, RD_KAFKA_CONSUMER, &b->conf,
			       &b->why);
	if (error) {
		try_later(b);
		return;
	}
	kafka_consumer_configure(b->conf, b->group, b->start);
	b->job = (struct kafka_job){ .run = on_run, .done = on_done, .skip = on_skip };
	b->is_opening = !kafka_job_start(client, &b->job);
	if (b->is_opening)
		return;
	/* The brokers are asked too much already. */
	rd_kafka_conf_destroy(b->conf);
	b->conf = NULL;
	wait_a_while(b);
}

/* ---- the beginning ---- */

/*
 * Where a tail goes on: behind what was handed out, or where it began. What librdkafka lists holds on
 * to the failed consumer's own partitions, so it is written anew.
 */
static rd_kafka_topic_partition_list_t *list_positions(const struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *assigned, *list;

	if (rd_kafka_assignment(c->rk, &assigned))
		return NULL;
	list = rd_kafka_topic_partition_list_new(assigned->cnt);
	for (int i = 0; i < assigned->cnt; i++) {
		const rd_kafka_topic_partition_t *part = &assigned->elems[i];
		const struct kafka_partition *p =
			kafka_partition_find(c->partitions, c->n_partitions,
					     comm_bytes_of(part->topic), part->partition);

		rd_kafka_topic_partition_list_add(list, part->topic, part->partition)->offset =
			p && p->next != KAFKA_NO_POSITION ? p->next : part->offset;
	}
	rd_kafka_topic_partition_list_destroy(assigned);
	return list;
}

static struct kafka_rebuild *rebuild_new(const struct kafka_consumer *c)
{
	struct kafka_rebuild *b = calloc(1, sizeof *b);

	if (b && c->group)
		b->group = strdup(c->group);
	if (b && !c->group)
		b->positions = list_positions(c);
	if (!b || (!b->group && !b->positions)) {
		free(b);
		return NULL;
	}
	b->client = c->client;
	b->start = c->start;
	b->pause_ms = PAUSE_MIN_MS;
	if (c->pause_ms && kafka_now_ms(c->client->kafka) - c->opened_ms < CALM_MS)
		b->pause_ms = MIN(2 * c->pause_ms, (uint64_t)PAUSE_MAX_MS);
	TAILQ_INIT(&b->readers);
	return b;
}

/* Readers have nothing of @c from here on, and wait. */
static void move_readers(struct kafka_consumer *c, struct kafka_rebuild *b,
			 const struct kafka_failure *why)
{
	struct kafka_reader *r;

	while ((r = TAILQ_FIRST(&c->readers))) {
		TAILQ_REMOVE(&c->readers, r, entry);
		c->n_readers--;
		kafka_reader_detach(r);
		r->rebuild = b;
		TAILQ_INSERT_TAIL(&b->readers, r, entry);
		kafka_reader_fail(r, why);
	}
}

void kafka_rebuild_begin(struct kafka_consumer *c, const struct kafka_failure *why)
{
	struct kafka_rebuild *b = c->n_readers ? rebuild_new(c) : NULL;
	struct kafka_failure no_memory;

	if (!b) {
		(void)kafka_failure_refuse(&no_memory, COMM_ENO_MEMORY, NULL, "out of memory");
		kafka_consumer_close(c, &no_memory);
		return;
	}
	(void)uv_timer_init(c->client->kafka->options.loop, &b->timer);
	LIST_INSERT_HEAD(&b->client->rebuilds, b, entry);
	b->client->kafka->n_planned++;
	wait_a_while(b);
	kafka_drain_end(c);
	move_readers(c, b, why);
	kafka_consumer_close(c, NULL);
	tell_readers(b);
}

/*
 * Another consumer
 *
 * librdkafka gives a consumer up for good when its member of the group has been fenced off, and in
 * newer versions for some more reasons. Its readers stay: they wait here, told once what has happened,
 * while the consumer ends as any other does. After a pause a new one is opened, which they join; what
 * they had not acknowledged comes again. Each failure that follows soon makes the next pause twice
 * as long, so that two daemons that fence each other off do so less and less often.
 *
 * One whose profile has changed is replaced in the same way, without a failure and without a pause.
 *
 * A tail has no group to tell where it was: it goes on behind what it has handed out.
 */
#include "daemon/kafka_rebuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/kafka_event.h"
#include "daemon/log.h"
#include "daemon/profile.h"
#include "proto/errors.h"
#include "proto/util.h"

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

static void part(struct kafka_rebuild *b)
{
	if (b->predecessor)
		b->predecessor->successor = NULL;
	b->predecessor = NULL;
}

/* Nobody waits any more, or all have a consumer. */
static void end(struct kafka_rebuild *b)
{
	part(b);
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

static void note(const struct kafka_rebuild *b, int n_readers)
{
	const struct log_about about = kafka_about(b->client, b->group);
	char sentence[128];

	(void)snprintf(sentence, sizeof sentence, "a new consumer goes on, for %d readers",
		       n_readers);
	if (b->has_failed)
		kafka_event_note(b->client, EVENT_REBUILT, b->group, 1, sentence);
	else
		log_event(LOG_NOTICE, LOG_EVENT_NONE, &about, "profile %s: group \"%s\": %s",
			  b->client->profile->name, b->group ? b->group : "", sentence);
}

static void join(struct kafka_rebuild *b, struct kafka_consumer *c)
{
	struct kafka_reader *r;
	int n = 0, error = 0;

	c->pause_ms = b->has_failed ? b->pause_ms : 0;
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
	note(b, n);
	end(b);
}

void kafka_rebuild_join(struct kafka_consumer *c)
{
	struct kafka_rebuild *b;

	LIST_FOREACH(b, &c->client->rebuilds, entry) {
		if (b->is_over || !b->group || !c->group || strcmp(b->group, c->group) != 0)
			continue;
		join(b, c);
		return;
	}
}

/* Telling one may close any. */
void kafka_rebuild_tell(struct kafka_rebuild *b)
{
	struct kafka_reader *r = TAILQ_FIRST(&b->readers);

	while (r)
		r = kafka_reader_tell(r) ? TAILQ_FIRST(&b->readers) : TAILQ_NEXT(r, entry);
}

static void on_pause_over(uv_timer_t *timer);

void kafka_rebuild_wait(struct kafka_rebuild *b, uint64_t pause_ms)
{
	(void)uv_timer_start(&b->timer, on_pause_over, pause_ms, 0);
}

/* No consumer can be opened now: readers hear of it once, and it is tried again. */
static void try_later(struct kafka_rebuild *b)
{
	struct kafka_reader *r;

	b->pause_ms = MIN(2 * b->pause_ms, (uint64_t)KAFKA_PAUSE_MAX_MS);
	kafka_event_note(b->client, EVENT_FAILED, b->group, 1, b->why.message);
	kafka_rebuild_wait(b, b->pause_ms);
	if (b->is_told)
		return;
	b->is_told = true;
	TAILQ_FOREACH(r, &b->readers, entry)
		kafka_reader_fail(r, &b->why);
	kafka_rebuild_tell(b);
}

static void on_run(struct kafka_job *job)
{
	struct kafka_rebuild *b = container_of(job, struct kafka_rebuild, job);
	rd_kafka_conf_t *conf = b->conf;

	b->conf = NULL;
	(void)kafka_open(job->profile, RD_KAFKA_CONSUMER, conf, &b->rk, &b->why);
}

/* The consumer that was opened, or one that another reader has opened in the meantime. */
static struct kafka_consumer *take_consumer(struct kafka_rebuild *b)
{
	struct kafka_consumer *c =
		b->group ? kafka_consumer_find(b->client, comm_bytes_of(b->group)) : NULL;
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
	/* The profile has changed once more. */
	if (new && b->job.serial != b->client->serial)
		kafka_drain_all(new, KAFKA_PROFILE_CHANGED);
	return new;
}

static void on_done(struct kafka_job *job)
{
	struct kafka_rebuild *b = container_of(job, struct kafka_rebuild, job);
	struct kafka_consumer *c = take_consumer(b);

	b->is_opening = false;
	if (b->is_over)
		end(b);
	else if (!c)
		try_later(b);
	else
		join(b, c);
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
	kafka_rebuild_wait(b, b->pause_ms);
}

void kafka_rebuild_go(struct kafka_rebuild *b)
{
	part(b);
	kafka_rebuild_wait(b, 0);
}

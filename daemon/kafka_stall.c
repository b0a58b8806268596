#include "daemon/kafka_stall.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/kafka_event.h"
#include "daemon/kafka_offsets.h"
#include "proto/util.h"

/* How long it may be that nothing is handed out. */
#define LIMIT_MS 60000

/*
 * Between two looks: one request to each broker, for the sake of those alone who get nothing, or of whose
 * partitions nothing is fetched, so that librdkafka does not know where they end.
 */
#define PERIOD_MS 20000

#define ASK_TIMEOUT_MS 5000

struct kafka_look {
	struct kafka_job job;
	struct kafka_consumer *consumer; /* borrowed; NULL: it has gone */
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t err;
};

static bool is_read(const struct kafka_reader *r, const struct kafka_partition *p)
{
	return p->owner == r && !p->next_owner && !p->is_leaving && !p->is_paused;
}

static int64_t progress_of(const struct kafka_reader *r)
{
	return r->n_delivered + r->n_ends;
}

static struct stall_view view_of(const struct kafka_reader *r)
{
	struct stall_view v = {
		.now_ms = kafka_now_ms(r->client->kafka),
		.progress = progress_of(r),
	};

	for (size_t i = 0; i < r->n_partitions; i++) {
		const struct kafka_partition *p = r->partitions[i];

		if (!is_read(r, p) || p->asked_end == KAFKA_NO_POSITION)
			continue;
		v.is_waiting = r->is_waiting;
		v.set += (uint64_t)(uintptr_t)p;
		v.end += p->asked_end;
	}
	return v;
}

static void look_at(struct kafka_reader *r)
{
	struct stall_view v = view_of(r);
	int64_t behind = v.end - r->stall.base.end;
	char sentence[256];

	if (!stall_look(&r->stall, &v, LIMIT_MS))
		return;
	(void)snprintf(sentence, sizeof sentence,
		       "a subscription with %zu partitions waits for records and has been handed "
		       "none for %d s, while %lld were written",
		       r->n_partitions, LIMIT_MS / 1000, (long long)behind);
	kafka_event_note(r->client, EVENT_STALLED, r->group, 1, sentence);
}

bool kafka_stall_is(const struct kafka_reader *r)
{
	return r->stall.is_stalled && r->stall.base.progress == progress_of(r);
}

/* ---- asking ---- */

static void look_free(struct kafka_look *l)
{
	if (l->consumer)
		l->consumer->look = NULL;
	rd_kafka_topic_partition_list_destroy(l->list);
	free(l);
}

static void on_run(struct kafka_job *job)
{
	struct kafka_look *l = container_of(job, struct kafka_look, job);

	l->err = rd_kafka_offsets_for_times(job->rk, l->list, ASK_TIMEOUT_MS);
}

/* What is not answered is as it was. */
static void note_ends(const struct kafka_look *l)
{
	const struct kafka_consumer *c = l->consumer;

	for (int i = 0; i < l->list->cnt; i++) {
		const rd_kafka_topic_partition_t *part = &l->list->elems[i];
		struct kafka_partition *p =
			kafka_partition_find(c->partitions, c->n_partitions,
					     comm_bytes_of(part->topic), part->partition);

		if (p && !part->err && part->offset >= 0)
			p->asked_end = part->offset;
	}
}

static void on_done(struct kafka_job *job)
{
	struct kafka_look *l = container_of(job, struct kafka_look, job);
	struct kafka_reader *r;

	if (l->consumer && !l->err) {
		note_ends(l);
		TAILQ_FOREACH(r, &l->consumer->readers, entry)
			look_at(r);
	}
	look_free(l);
}

static void on_skip(struct kafka_job *job)
{
	look_free(container_of(job, struct kafka_look, job));
}

void kafka_stall_ask(struct kafka_consumer *c)
{
	struct kafka_look *l = c->look ? NULL : calloc(1, sizeof *l);

	c->looked_ms = kafka_now_ms(c->client->kafka);
	if (!l)
		return;
	l->list = rd_kafka_topic_partition_list_new((int)c->n_partitions);
	for (size_t i = 0; i < c->n_partitions; i++) {
		const struct kafka_partition *p = c->partitions[i];

		if (p->is_asleep || (p->owner && p->owner->is_waiting && is_read(p->owner, p)))
			rd_kafka_topic_partition_list_add(l->list, p->topic, p->number)->offset =
				KAFKA_TIME_END;
	}
	l->job = (struct kafka_job){ .run = on_run, .done = on_done, .skip = on_skip };
	l->consumer = c;
	if (l->list->cnt && !kafka_job_start(c->client, &l->job))
		c->look = l;
	else
		look_free(l);
}

void kafka_stall_step(struct kafka_consumer *c)
{
	if (kafka_now_ms(c->client->kafka) - c->looked_ms >= PERIOD_MS)
		kafka_stall_ask(c);
}

void kafka_stall_forget(struct kafka_consumer *c)
{
	if (c->look)
		c->look->consumer = NULL;
}

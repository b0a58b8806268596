/*
 * Lanes that nobody takes from
 *
 * A record of an answer that is not compressed holds on to the whole answer, with what other partitions
 * had in it. librdkafka counts the record alone when it decides whether a queue is full. So the small
 * records of a reader that has stopped to ask, or of a partition that is paused, could keep gigabytes
 * that others have read.
 *
 * A lane that nobody takes from goes to sleep: what is in it is dropped, and its partitions are paused in
 * librdkafka, which fetches nothing more for them. When its reader asks again they go on behind what it
 * was handed last. Nobody asks of the parking: a partition that sleeps there wakes when it has come to
 * the lane of a reader that is awake.
 *
 * To pause, and to resume, makes all worthless that was fetched before: librdkafka drops it unseen. So a
 * lane is emptied first, which tells where its partitions are; those of which that is not known yet, or
 * that go on elsewhere soon, are left alone until it is. And as it is not the same in each librdkafka
 * where a partition goes on that was paused, it is always sought when it wakes.
 *
 * Both wait for one of librdkafka's threads, as an assignment does: once for all that are to sleep or to
 * wake in one turn.
 */
#include "daemon/kafka_sleep.h"

#include <stdlib.h>

#include "proto/util.h"

/*
 * Whoever asks without waiting finds nothing as it wakes, and would do so each time if it asked seldom. What
 * was fetched for it stays until it may have asked again, which no client of Kafka may put off for
 * longer than max.poll.interval.ms, 5 minutes.
 */
#define PATIENCE_MAX_MS 300000

static uint64_t now_ms(const struct kafka_consumer *c)
{
	return kafka_now_ms(c->client->kafka);
}

static void note_use(struct kafka_lane *l)
{
	l->used_ms = now_ms(l->consumer);
	l->used_bytes = l->consumer->taken_bytes;
}

/* ---- waking ---- */

static void wake_all(struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(0);

	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (!p->is_asleep || !p->lane->reader || p->lane->is_asleep)
			continue;
		p->is_asleep = false;
		p->is_at_end = false;
		rd_kafka_topic_partition_list_add(list, p->topic, p->number)->offset = p->next;
	}
	if (list->cnt) {
		(void)rd_kafka_resume_partitions(c->rk, list);
		rd_kafka_error_destroy(rd_kafka_seek_partitions(c->rk, list, 0));
	}
	rd_kafka_topic_partition_list_destroy(list);
}

void kafka_sleep_on_look(struct kafka_lane *l)
{
	uint64_t away_ms = now_ms(l->consumer) - l->used_ms;

	note_use(l);
	if (!l->is_asleep)
		return;
	l->is_asleep = false;
	l->is_owed = true;
	l->patience_ms = MIN(MAX(2 * away_ms, (uint64_t)KAFKA_SLEEP_MS), (uint64_t)PATIENCE_MAX_MS);
	wake_all(l->consumer);
}

void kafka_sleep_on_move(struct kafka_partition *p)
{
	p->consumer->must_wake = true;
	kafka_source_again(&p->consumer->source);
}

void kafka_sleep_end(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_topic_partition_list_t *ours;

	/* One that closes gets no partition back. */
	if (!c->is_open)
		return;
	ours = rd_kafka_topic_partition_list_new(0);
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (!p->is_asleep ||
		    (list && !rd_kafka_topic_partition_list_find(list, p->topic, p->number)))
			continue;
		p->is_asleep = false;
		rd_kafka_topic_partition_list_add(ours, p->topic, p->number);
	}
	if (ours->cnt)
		(void)rd_kafka_resume_partitions(c->rk, ours);
	rd_kafka_topic_partition_list_destroy(ours);
}

/* ---- going to sleep ---- */

/* One that was woken for somebody who did not wait is not put to sleep for what others have taken. */
static bool is_due(const struct kafka_lane *l)
{
	const struct kafka_consumer *c = l->consumer;

	return now_ms(c) - l->used_ms >= l->patience_ms ||
	       (!l->is_owed && c->taken_bytes - l->used_bytes >= KAFKA_SLEEP_BYTES);
}

/* What is in it, and has come since it sleeps, goes. Returns whether anything has. */
static bool look_at(struct kafka_lane *l)
{
	if (l->reader && l->reader->is_waiting)
		note_use(l);
	if (!l->is_asleep && !is_due(l))
		return false;
	if (!kafka_lane_length(l)) {
		if (!l->is_asleep)
			note_use(l);
		return false;
	}
	if (!l->is_asleep)
		l->consumer->client->kafka->n_sleeps++;
	l->is_asleep = true;
	kafka_lane_flush(l);
	return true;
}

/* Whether it is known where it goes on, whatever librdkafka has fetched and dropped. */
static bool may_sleep(const struct kafka_partition *p)
{
	return p->next != KAFKA_NO_POSITION && !p->is_sought && !p->is_reset;
}

static void put_to_sleep(struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(0);

	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (p->is_asleep || !p->lane || !p->lane->is_asleep || !may_sleep(p))
			continue;
		p->is_asleep = true;
		p->asked_end = KAFKA_NO_POSITION;
		rd_kafka_topic_partition_list_add(list, p->topic, p->number);
	}
	if (list->cnt)
		(void)rd_kafka_pause_partitions(c->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
}

void kafka_sleep_step(struct kafka_consumer *c)
{
	bool has_flushed = look_at(&c->parking);
	struct kafka_reader *r;

	TAILQ_FOREACH(r, &c->readers, entry)
		has_flushed |= look_at(&r->lane);
	if (has_flushed)
		put_to_sleep(c);
	if (c->must_wake)
		wake_all(c);
	c->must_wake = false;
}

/* ---- what is told of it ---- */

size_t kafka_n_sleeps(const struct kafka *k)
{
	return k->n_sleeps;
}

size_t kafka_n_asleep(const struct kafka *k)
{
	const struct kafka_client *client;
	const struct kafka_consumer *c;
	size_t n = 0;

	LIST_FOREACH(client, &k->clients, entry)
		LIST_FOREACH(c, &client->consumers, entry)
			for (size_t i = 0; i < c->n_partitions; i++)
				n += c->partitions[i]->is_asleep;
	return n;
}

#include "daemon/kafka_sleep.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/util.h"

struct kafka_partition *kafka_partition_new(struct kafka_consumer *c, const char *topic,
					    int32_t number)
{
	struct kafka_partition *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->topic = strdup(topic);
	if (!p->topic) {
		free(p);
		return NULL;
	}
	p->consumer = c;
	p->is_leaving = c->is_outdated;
	p->number = number;
	p->next = KAFKA_NO_POSITION;
	p->acked = KAFKA_NO_POSITION;
	p->told_end = KAFKA_NO_POSITION;
	p->asked_end = KAFKA_NO_POSITION;
	kafka_grave_open(c, topic, number);
	p->own = rd_kafka_queue_get_partition(c->rk, topic, number);
	/* Nowhere yet; but from here on librdkafka leaves it to us. */
	rd_kafka_queue_forward(p->own, NULL);
	return p;
}

struct kafka_partition *kafka_partition_free(struct kafka_partition *p)
{
	p->consumer->n_dirty -= p->is_dirty;
	if (p->lane)
		kafka_lane_forget(p->lane, p);
	kafka_grave_put(p->consumer, p->topic, p->number, p->own);
	free(p->topic);
	free(p);
	return NULL;
}

int kafka_partition_compare(const char *topic, int32_t number, const struct kafka_partition *p)
{
	int order = strcmp(topic, p->topic);

	return order ? order : (number > p->number) - (number < p->number);
}

bool kafka_partition_has(const struct kafka_partition *p, const rd_kafka_message_t *m)
{
	return m->partition == p->number && !strcmp(rd_kafka_topic_name(m->rkt), p->topic);
}

struct kafka_partition *kafka_partition_find(struct kafka_partition *const *list, size_t n,
					     struct comm_bytes topic, int32_t number)
{
	char name[COMM_TOPIC_NAME_MAX + 1];

	if (topic.len >= sizeof name)
		return NULL;
	memcpy(name, topic.data, topic.len);
	name[topic.len] = '\0';
	while (n) {
		size_t middle = n / 2;
		int order = kafka_partition_compare(name, number, list[middle]);

		if (!order)
			return list[middle];
		if (order > 0) {
			list += middle + 1;
			n -= middle + 1;
		} else {
			n = middle;
		}
	}
	return NULL;
}

void kafka_partition_seek(struct kafka_partition *p)
{
	rd_kafka_topic_partition_list_t *list;

	if (p->next == KAFKA_NO_POSITION)
		return;
	p->is_at_end = false;
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, p->topic, p->number)->offset = p->next;
	rd_kafka_error_destroy(rd_kafka_seek_partitions(p->consumer->rk, list, 0));
	rd_kafka_topic_partition_list_destroy(list);
}

/*
 * Records in the old lane, and those on their way to it, are worth nothing from here on: because of
 * the seek librdkafka drops them, and fetches them again for the new lane.
 */
static void route(struct kafka_partition *p)
{
	struct kafka_lane *old = p->lane, *parking = &p->consumer->parking;
	bool is_read = p->owner && !p->next_owner && !p->is_paused && !p->is_leaving;
	struct kafka_lane *l = is_read ? &p->owner->lane : parking;

	if (l == old)
		return;
	rd_kafka_queue_forward(p->own, l->queue);
	/* Without a position, what has come and was not looked at yet says where to go on. */
	if (old && (old == parking || p->next == KAFKA_NO_POSITION))
		kafka_lane_flush(old);
	p->lane = l;
	/* While it was elsewhere, what it had left there may have been taken out of the queue. */
	kafka_lane_forget(l, p);
	if (!old)
		return;
	kafka_lane_forget(old, p);
	if (l == parking)
		return;
	kafka_partition_seek(p);
	if (p->is_asleep)
		kafka_sleep_on_move(p);
}

/* What is acknowledged has changed. */
static void touch(struct kafka_partition *p)
{
	struct kafka_consumer *c = p->consumer;

	if (p->is_dirty || !c->group)
		return;
	p->is_dirty = true;
	if (!c->n_dirty++)
		kafka_source_again(&c->source);
}

void kafka_partition_give(struct kafka_partition *p, struct kafka_reader *r)
{
	const struct kafka_reader *old = p->owner;

	if (old != r)
		p->told_end = KAFKA_NO_POSITION;
	p->owner = r;
	p->next_owner = NULL;
	p->is_paused = r && kafka_pause_has(r, p);
	/* What one was given that acknowledges nothing is still to be acknowledged, by one that does. */
	if (!old || !p->consumer->group || old->ack != KAFKA_ACK_NONE)
		p->acked = p->next;
	p->n_unacked = 0;
	route(p);
	/* Where it begins is the group's position, also when nobody had it as that became known. */
	if (r && r->ack != KAFKA_ACK_NONE && p->next != KAFKA_NO_POSITION)
		touch(p);
}

void kafka_partition_withdraw(struct kafka_partition *p)
{
	p->next_owner = NULL;
	route(p);
}

void kafka_partition_promise(struct kafka_partition *p, struct kafka_reader *r)
{
	p->next_owner = r;
	route(p);
}

void kafka_partition_pause(struct kafka_partition *p, bool is_paused)
{
	p->is_paused = is_paused;
	route(p);
}

void kafka_partition_begin(struct kafka_partition *p, int64_t offset)
{
	if (p->next != KAFKA_NO_POSITION)
		return;
	p->next = p->acked = offset;
	if (p->owner && p->owner->ack != KAFKA_ACK_NONE)
		touch(p);
}

void kafka_partition_go_back(struct kafka_partition *p, int64_t offset)
{
	p->next = p->acked = offset;
	p->n_unacked = 0;
	p->is_reset = false;
	p->is_gone = false;
	p->is_back = true;
	if (p->owner && p->owner->ack != KAFKA_ACK_NONE)
		touch(p);
}

/*
 * librdkafka refuses, without a word, to seek in a partition that it has not begun to read, as while it
 * asks the brokers for the group's position; that something has come shows that it has.
 */
void kafka_partition_move(struct kafka_partition *p, int64_t offset)
{
	p->is_sought |= p->next == KAFKA_NO_POSITION;
	p->told_end = KAFKA_NO_POSITION;
	kafka_partition_go_back(p, offset);
	/* Nobody takes what a seek leaves in the parking. */
	if (p->lane == &p->consumer->parking)
		kafka_lane_flush(p->lane);
	if (p->lane)
		kafka_lane_forget(p->lane, p);
	kafka_partition_seek(p);
}

void kafka_partition_ack(struct kafka_partition *p, int64_t offset)
{
	/* Behind what was handed out is only what was passed over. */
	if (offset >= p->taken_to)
		offset = p->next;
	if (offset <= p->acked)
		return;
	p->acked = offset;
	/* Exact when nothing or everything is acknowledged; between, offsets may be missing. */
	p->n_unacked = offset < p->taken_to ? MIN(p->n_unacked, (size_t)(p->taken_to - offset)) : 0;
	touch(p);
}

void kafka_partition_rewind(struct kafka_partition *p)
{
	p->next = p->acked;
	p->n_unacked = 0;
}

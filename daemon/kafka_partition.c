#include "daemon/kafka_consumer.h"

#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

/* Something has come: whoever owns the partition takes it, if he waits. Otherwise it stays where it is. */
static void on_drain(struct kafka_source *s)
{
	struct kafka_partition *p = container_of(s, struct kafka_partition, source);

	if (p->owner)
		(void)kafka_reader_tell(p->owner);
}

struct kafka_partition *kafka_partition_new(struct kafka_consumer *c, const char *topic,
					    int32_t number)
{
	struct kafka_partition *p = calloc(1, sizeof *p);
	rd_kafka_queue_t *own;

	if (!p)
		return NULL;
	p->topic = strdup(topic);
	if (!p->topic) {
		free(p);
		return NULL;
	}
	p->consumer = c;
	p->number = number;
	p->next = KAFKA_NO_POSITION;
	p->acked = KAFKA_NO_POSITION;
	p->queue = rd_kafka_queue_new(c->rk);
	own = rd_kafka_queue_get_partition(c->rk, topic, number);
	rd_kafka_queue_forward(own, p->queue);
	rd_kafka_queue_destroy(own);
	kafka_source_start(&p->source, c->client->kafka->wake, p->queue, on_drain);
	return p;
}

static void drop_kept(struct kafka_partition *p)
{
	rd_kafka_event_destroy(p->kept);
	p->kept = NULL;
}

struct kafka_partition *kafka_partition_free(struct kafka_partition *p)
{
	p->consumer->n_dirty -= p->is_dirty;
	kafka_source_stop(&p->source);
	drop_kept(p);
	rd_kafka_queue_destroy(p->queue);
	free(p->topic);
	free(p);
	return NULL;
}

int kafka_partition_compare(const char *topic, int32_t number, const struct kafka_partition *p)
{
	int order = strcmp(topic, p->topic);

	return order ? order : (number > p->number) - (number < p->number);
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

/* Messages from before the seek, in the queue or on their way to it, are dropped by librdkafka. */
static void seek(struct kafka_partition *p, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, p->topic, p->number)->offset = offset;
	rd_kafka_error_destroy(rd_kafka_seek_partitions(p->consumer->rk, list, 0));
	rd_kafka_topic_partition_list_destroy(list);
}

void kafka_partition_give(struct kafka_partition *p, struct kafka_reader *r)
{
	p->owner = r;
	p->next_owner = NULL;
	/* What the last owner was never going to acknowledge. */
	p->acked = p->next;
	p->n_unacked = 0;
	if (r)
		kafka_source_again(&p->source);
}

void kafka_partition_ack(struct kafka_partition *p, int64_t offset)
{
	struct kafka_consumer *c = p->consumer;

	if (offset <= p->acked)
		return;
	p->acked = offset;
	/* Exact when nothing or everything is acknowledged; between, offsets may be missing. */
	p->n_unacked = MIN(p->n_unacked, (size_t)(p->next - offset));
	if (p->is_dirty || !c->group)
		return;
	p->is_dirty = true;
	if (!c->n_dirty++)
		kafka_source_again(&c->source);
}

void kafka_partition_rewind(struct kafka_partition *p)
{
	if (p->next == p->acked)
		return;
	drop_kept(p);
	p->next = p->acked;
	p->n_unacked = 0;
	p->is_at_end = false;
	seek(p, p->acked);
}

static void on_error(struct kafka_partition *p, rd_kafka_event_t *e)
{
	if (rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		p->is_at_end = true;
		kafka_client_note_success(p->consumer->client);
	} else {
		kafka_consumer_on_error(p->consumer, p, e);
	}
}

/*
 * librdkafka before 2.2 stops to fetch a partition whose queue is full, and looks again a second
 * later. Where that may have happened, a seek to where we are makes it look now.
 */
static void on_empty(struct kafka_partition *p)
{
	const struct kafka_consumer *c = p->consumer;

	if (c->looks_once_a_second &&
	    (p->n_records >= c->full_records || p->n_bytes >= c->full_bytes))
		seek(p, p->next);
	p->n_records = 0;
	p->n_bytes = 0;
}

rd_kafka_event_t *kafka_partition_take(struct kafka_partition *p,
				       const rd_kafka_message_t **ret_message)
{
	rd_kafka_event_t *e = p->kept;

	if (e) {
		p->kept = NULL;
		*ret_message = p->message;
		return e;
	}
	while ((e = rd_kafka_queue_poll(p->queue, 0))) {
		const rd_kafka_message_t *m = rd_kafka_event_message_next(e);

		if (m && !m->err) {
			p->n_records++;
			p->n_bytes += m->len + m->key_len;
			p->is_at_end = false;
			*ret_message = m;
			return e;
		}
		if (rd_kafka_event_type(e) == RD_KAFKA_EVENT_ERROR)
			on_error(p, e);
		rd_kafka_event_destroy(e);
	}
	on_empty(p);
	return NULL;
}

void kafka_partition_put_back(struct kafka_partition *p, rd_kafka_event_t *e,
			      const rd_kafka_message_t *m)
{
	p->kept = e;
	p->message = m;
}

size_t kafka_partition_length(const struct kafka_partition *p)
{
	return rd_kafka_queue_length(p->queue) + (p->kept != NULL);
}

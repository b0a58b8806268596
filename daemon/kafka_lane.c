#include "daemon/kafka_consumer.h"

#include "proto/util.h"

/* Something has come: the reader takes it if it waits. Otherwise it stays where it is. */
static void on_drain(struct kafka_source *s)
{
	(void)kafka_reader_tell(container_of(s, struct kafka_lane, source)->reader);
}

void kafka_lane_open(struct kafka_lane *l, struct kafka_consumer *c, struct kafka_reader *r)
{
	*l = (struct kafka_lane){ .consumer = c, .reader = r };
	l->queue = rd_kafka_queue_new(c->rk);
	if (r)
		kafka_source_start(&l->source, c->client->kafka->wake, l->queue, on_drain);
}

static void drop_kept(struct kafka_lane *l)
{
	rd_kafka_event_destroy(l->kept);
	l->kept = NULL;
}

void kafka_lane_close(struct kafka_lane *l)
{
	if (!l->queue)
		return;
	if (l->reader)
		kafka_source_stop(&l->source);
	drop_kept(l);
	rd_kafka_queue_destroy(l->queue);
	l->queue = NULL;
}

void kafka_lane_forget(struct kafka_lane *l, const struct kafka_partition *p)
{
	if (l->kept && kafka_partition_has(p, l->message))
		drop_kept(l);
	l->last = NULL;
}

/* The partition of @m, if its records come this way. */
static struct kafka_partition *partition_of(struct kafka_lane *l, const rd_kafka_message_t *m)
{
	const struct kafka_consumer *c = l->consumer;
	struct kafka_partition *p = l->last;

	if (p && p->number == m->partition && p->rkt == m->rkt)
		return p;
	p = kafka_partition_find(c->partitions, c->n_partitions,
				 comm_bytes_of(rd_kafka_topic_name(m->rkt)), m->partition);
	if (!p || p->lane != l)
		return NULL;
	p->rkt = m->rkt;
	l->last = p;
	return p;
}

/* An end, or something that went wrong. */
static void on_error(struct kafka_lane *l, rd_kafka_event_t *e)
{
	struct kafka_consumer *c = l->consumer;
	rd_kafka_topic_partition_t *part = rd_kafka_event_topic_partition(e);
	struct kafka_partition *p = NULL;
	int64_t offset = -1;

	if (part) {
		p = kafka_partition_find(c->partitions, c->n_partitions, comm_bytes_of(part->topic),
					 part->partition);
		offset = part->offset;
		rd_kafka_topic_partition_destroy(part);
	}
	if (rd_kafka_event_error(e) != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		kafka_consumer_on_error(c, p, e);
	} else if (p) {
		p->is_at_end = true;
		if (offset >= 0)
			kafka_partition_begin(p, offset);
	}
}

/*
 * Whether librdkafka may have stopped to fetch because the queue was full, now or before the last
 * haul, which was as big as this one may become.
 */
static bool is_full(const struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	const struct kafka_consumer *c = l->consumer;
	size_t n = rd_kafka_queue_length(l->queue);

	return n + max_records >= c->full_records ||
	       (l->n_records && n * (l->n_bytes / l->n_records) + max_bytes >= c->full_bytes);
}

void kafka_lane_look(struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	if (l->consumer->looks_once_a_second && !l->was_full)
		l->was_full = is_full(l, max_records, max_bytes);
}

/* librdkafka before 2.2 looks again a second later; a seek to where we are makes it look now. */
static void on_empty(struct kafka_lane *l)
{
	const struct kafka_consumer *c = l->consumer;

	/* One haul may take all of a full queue; before it there was no record to tell their size. */
	if (c->looks_once_a_second && l->n_bytes >= c->full_bytes)
		l->was_full = true;
	l->n_records = 0;
	l->n_bytes = 0;
	if (!l->was_full)
		return;
	l->was_full = false;
	for (size_t i = 0; i < c->n_partitions; i++)
		if (c->partitions[i]->lane == l && !c->partitions[i]->is_at_end)
			kafka_partition_seek(c->partitions[i]);
}

/* The next record, whatever its partition is; NULL: there is none. */
static rd_kafka_event_t *poll(struct kafka_lane *l, const rd_kafka_message_t **ret_message)
{
	rd_kafka_event_t *e;

	while ((e = rd_kafka_queue_poll(l->queue, 0))) {
		*ret_message = rd_kafka_event_message_next(e);
		if (*ret_message && !(*ret_message)->err)
			return e;
		if (rd_kafka_event_type(e) == RD_KAFKA_EVENT_ERROR)
			on_error(l, e);
		rd_kafka_event_destroy(e);
	}
	return NULL;
}

/* With --dev a topic that was created again still has its old records (kafka_dev.c). */
static bool is_of_former_topic(const struct kafka_lane *l, const rd_kafka_message_t *m)
{
	const struct kafka_dev *dev = l->consumer->client->kafka->dev;

	return dev &&
	       m->offset < kafka_dev_first_offset(dev, comm_bytes_of(rd_kafka_topic_name(m->rkt)),
						  m->partition);
}

rd_kafka_event_t *kafka_lane_take(struct kafka_lane *l, const rd_kafka_message_t **ret_message,
				  struct kafka_partition **ret_partition)
{
	rd_kafka_event_t *e = l->kept;
	const rd_kafka_message_t *m = l->message;

	l->kept = NULL;
	while (e || (e = poll(l, &m))) {
		struct kafka_partition *p = partition_of(l, m);

		/* What was on its way when the partition went elsewhere is read again there. */
		if (p && !is_of_former_topic(l, m)) {
			l->n_records++;
			l->n_bytes += m->len + m->key_len;
			p->is_at_end = false;
			*ret_message = m;
			*ret_partition = p;
			return e;
		}
		rd_kafka_event_destroy(e);
		e = NULL;
	}
	on_empty(l);
	return NULL;
}

void kafka_lane_put_back(struct kafka_lane *l, rd_kafka_event_t *e, const rd_kafka_message_t *m)
{
	l->kept = e;
	l->message = m;
}

size_t kafka_lane_length(const struct kafka_lane *l)
{
	return rd_kafka_queue_length(l->queue) + (l->kept != NULL);
}

/* @m is dropped: its partition goes on with it, or with something before it. */
static void miss(struct kafka_lane *l, const rd_kafka_message_t *m)
{
	const struct kafka_consumer *c = l->consumer;
	struct kafka_partition *p =
		kafka_partition_find(c->partitions, c->n_partitions,
				     comm_bytes_of(rd_kafka_topic_name(m->rkt)), m->partition);

	if (!p)
		return;
	p->is_missed = true;
	kafka_partition_begin(p, m->offset);
}

void kafka_lane_flush(struct kafka_lane *l)
{
	const struct kafka_consumer *c = l->consumer;
	const rd_kafka_message_t *m;
	rd_kafka_event_t *e;

	if (l->kept)
		miss(l, l->message);
	drop_kept(l);
	while ((e = poll(l, &m))) {
		miss(l, m);
		rd_kafka_event_destroy(e);
	}
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (p->is_missed && p->lane == l)
			kafka_partition_seek(p);
		p->is_missed = false;
	}
}

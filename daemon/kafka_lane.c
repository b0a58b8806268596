#include "daemon/kafka_sleep.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/util.h"

/* Something has come: the reader takes it if it waits. Otherwise it stays where it is. */
static void on_drain(struct kafka_source *s)
{
	(void)kafka_reader_tell(container_of(s, struct kafka_lane, source)->reader);
}

int kafka_lane_open(struct kafka_lane *l, struct kafka_consumer *c, struct kafka_reader *r)
{
	*l = (struct kafka_lane){
		.consumer = c,
		.reader = r,
		.at_once = KAFKA_LANE_PENDING,
		.used_ms = kafka_now_ms(c->client->kafka),
		.used_bytes = c->taken_bytes,
		.patience_ms = KAFKA_SLEEP_MS,
	};
	l->pending = calloc(KAFKA_LANE_PENDING, sizeof *l->pending);
	if (!l->pending)
		return -ENOMEM;
	l->queue = rd_kafka_queue_new(c->rk);
	if (r)
		kafka_source_start(&l->source, c->client->kafka->wake, l->queue, on_drain);
	return 0;
}

void kafka_lane_close(struct kafka_lane *l)
{
	if (!l->queue)
		return;
	if (l->reader)
		kafka_source_stop(&l->source);
	while (l->first < l->end)
		rd_kafka_message_destroy(l->pending[l->first++].message);
	free(l->pending);
	l->pending = NULL;
	rd_kafka_queue_destroy(l->queue);
	l->queue = NULL;
}

void kafka_lane_forget(struct kafka_lane *l, const struct kafka_partition *p)
{
	size_t end = l->first;

	for (size_t i = end; i < l->end; i++) {
		rd_kafka_message_t *m = l->pending[i].message;

		if (m->rkt && kafka_partition_has(p, m))
			rd_kafka_message_destroy(m);
		else
			l->pending[end++] = l->pending[i];
	}
	l->end = end;
	l->last = NULL;
}

struct kafka_partition *kafka_lane_partition(struct kafka_lane *l, const rd_kafka_message_t *m)
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

/* What a record has on average, of those that were taken since the lane was last empty, or before. */
static size_t average_bytes(const struct kafka_lane *l)
{
	return l->n_records ? l->n_bytes / l->n_records : l->average;
}

/* Whether there are @n_records with @n_bytes, or more. */
static bool has(const struct kafka_lane *l, size_t n_records, size_t n_bytes)
{
	size_t n = kafka_lane_length(l);

	return n >= n_records || n * average_bytes(l) >= n_bytes;
}

static size_t less(size_t n, size_t by)
{
	return n > by ? n - by : 0;
}

/*
 * librdkafka stops to fetch when the queue is full, which it may have been before the last haul, as big
 * as this one may become. Before 2.2 it looks again a second later. Half a queue is time enough to
 * have it look before the reader has to wait.
 */
static void watch_level(struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	struct kafka_consumer *c = l->consumer;

	if (has(l, less(c->full_records, max_records), less(c->full_bytes, max_bytes))) {
		l->was_full = true;
	} else if (l->was_full && !has(l, c->full_records / 2, c->full_bytes / 2)) {
		l->was_full = false;
		kafka_nudge(c);
	}
}

/* No more at once than what is going to be taken: the rest is better off where its bytes are counted. */
static size_t choose_at_once(const struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	size_t n = MAX(MIN(max_records, (size_t)KAFKA_LANE_PENDING), (size_t)1);

	return MIN(n, max_bytes / (average_bytes(l) + 1) + 1);
}

void kafka_lane_look(struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	kafka_sleep_on_look(l);
	l->at_once = choose_at_once(l, max_records, max_bytes);
	if (l->consumer->looks_once_a_second)
		watch_level(l, max_records, max_bytes);
}

/*
 * All that was in the queue has been taken since the lane was last empty, but for what was of no use any
 * more: if that is much less than what fills it, librdkafka has not stopped.
 */
static void on_empty(struct kafka_lane *l)
{
	struct kafka_consumer *c = l->consumer;
	bool may_have_stopped = l->was_full || l->n_records >= c->full_records / 4 * 3 ||
				l->n_bytes >= c->full_bytes / 4 * 3;

	l->average = average_bytes(l);
	l->n_records = 0;
	l->n_bytes = 0;
	l->was_full = false;
	if (c->looks_once_a_second && may_have_stopped)
		kafka_nudge(c);
}

/*
 * Out of the queue come as many at once as are wanted: one by one each would cost a look at the clock
 * and an event of its own.
 */
static bool refill(struct kafka_lane *l)
{
	rd_kafka_message_t *messages[KAFKA_LANE_PENDING];
	size_t n = 0, n_there;

	/*
	 * Some may be of no use any more, and are dropped there. To ask for more than there are would be to
	 * wait, if for no time.
	 */
	while (!n && (n_there = rd_kafka_queue_length(l->queue)))
		n = kafka_lane_poll(l, messages, MIN(l->at_once, n_there));
	l->first = 0;
	l->end = n;
	for (size_t i = 0; i < l->end; i++) {
		struct kafka_pending *p = &l->pending[i];

		p->message = messages[i];
		p->headers = NULL;
		p->is_readable = messages[i]->err || kafka_hold_headers(messages[i], &p->headers);
		p->size = kafka_hold_size(messages[i], p->headers);
	}
	return l->end;
}

/* The next record, whatever its partition is; NULL: there is none. */
static const struct kafka_pending *next(struct kafka_lane *l)
{
	while (l->first < l->end || refill(l)) {
		const struct kafka_pending *p = &l->pending[l->first++];

		if (!p->message->err)
			return p;
		kafka_lane_on_message(l, p->message);
		rd_kafka_message_destroy(p->message);
	}
	return NULL;
}

void kafka_lane_prepare(struct kafka_lane *l)
{
	if (l->first == l->end)
		(void)refill(l);
}

/* With --dev a topic that was created again still has its old records (kafka_dev.c). */
static bool is_of_former_topic(const struct kafka_lane *l, const rd_kafka_message_t *m)
{
	const struct kafka_dev *dev = l->consumer->client->kafka->dev;

	return dev &&
	       m->offset < kafka_dev_first_offset(dev, comm_bytes_of(rd_kafka_topic_name(m->rkt)),
						  m->partition);
}

const struct kafka_pending *kafka_lane_take(struct kafka_lane *l,
					    struct kafka_partition **ret_partition)
{
	const struct kafka_pending *pending;

	while ((pending = next(l))) {
		const rd_kafka_message_t *m = pending->message;
		struct kafka_partition *p = kafka_lane_partition(l, m);

		if (p && kafka_partition_catch_up(p)) {
			kafka_lane_forget(l, p);
			p = NULL;
		}
		/* What was on its way when the partition went elsewhere is read again there. */
		if (p && !is_of_former_topic(l, m)) {
			l->n_records++;
			l->n_bytes += m->len + m->key_len;
			l->consumer->taken_bytes += m->len + m->key_len;
			l->is_owed = false;
			p->is_at_end = false;
			*ret_partition = p;
			return pending;
		}
		rd_kafka_message_destroy(pending->message);
	}
	on_empty(l);
	return NULL;
}

void kafka_lane_put_back(struct kafka_lane *l)
{
	l->first--;
	l->n_records--;
	l->n_bytes -= l->pending[l->first].message->len + l->pending[l->first].message->key_len;
}

size_t kafka_lane_length(const struct kafka_lane *l)
{
	return rd_kafka_queue_length(l->queue) + l->end - l->first;
}

/*
 * @m is dropped: its partition goes on with it, or with something before it. Where it was is no place to
 * go on from when librdkafka has started over: it would do so once more.
 */
static void miss(struct kafka_lane *l, const rd_kafka_message_t *m)
{
	struct kafka_partition *p = kafka_lane_partition(l, m);

	if (!p)
		return;
	p->is_missed = true;
	if (p->is_reset && m->offset < p->next)
		kafka_partition_go_back(p, m->offset);
	/* It is sought now. */
	p->is_sought = false;
	kafka_partition_begin(p, m->offset);
}

void kafka_lane_flush(struct kafka_lane *l)
{
	const struct kafka_consumer *c = l->consumer;
	const struct kafka_pending *p;

	if (!kafka_lane_length(l))
		return;
	l->at_once = KAFKA_LANE_PENDING;
	while ((p = next(l))) {
		miss(l, p->message);
		rd_kafka_message_destroy(p->message);
	}
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *part = c->partitions[i];

		if (part->is_missed && part->lane == l)
			kafka_partition_seek(part);
		part->is_missed = false;
	}
}

#include "daemon/kafka_consumer.h"

#include "proto/util.h"

/* Something has come: the reader takes it if it waits. Otherwise it stays where it is. */
static void on_drain(struct kafka_source *s)
{
	(void)kafka_reader_tell(container_of(s, struct kafka_lane, source)->reader);
}

void kafka_lane_open(struct kafka_lane *l, struct kafka_consumer *c, struct kafka_reader *r)
{
	*l = (struct kafka_lane){ .consumer = c, .reader = r, .at_once = KAFKA_LANE_PENDING };
	l->queue = rd_kafka_queue_new(c->rk);
	if (r)
		kafka_source_start(&l->source, c->client->kafka->wake, l->queue, on_drain);
}

static void drop_pending(struct kafka_lane *l)
{
	while (l->first_pending < l->n_pending)
		rd_kafka_message_destroy(l->pending[l->first_pending++]);
}

void kafka_lane_close(struct kafka_lane *l)
{
	if (!l->queue)
		return;
	if (l->reader)
		kafka_source_stop(&l->source);
	drop_pending(l);
	rd_kafka_queue_destroy(l->queue);
	l->queue = NULL;
}

void kafka_lane_forget(struct kafka_lane *l, const struct kafka_partition *p)
{
	size_t n = l->first_pending;

	for (size_t i = n; i < l->n_pending; i++) {
		rd_kafka_message_t *m = l->pending[i];

		if (m->rkt && kafka_partition_has(p, m))
			rd_kafka_message_destroy(m);
		else
			l->pending[n++] = m;
	}
	l->n_pending = n;
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
static void on_error(struct kafka_lane *l, const rd_kafka_message_t *m)
{
	struct kafka_consumer *c = l->consumer;
	struct kafka_partition *p = NULL;

	if (m->rkt)
		p = kafka_partition_find(c->partitions, c->n_partitions,
					 comm_bytes_of(rd_kafka_topic_name(m->rkt)), m->partition);
	if (m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		kafka_consumer_on_error(c, p, m->err, rd_kafka_message_errstr(m), false);
	} else if (p) {
		p->is_at_end = true;
		if (m->offset >= 0)
			kafka_partition_begin(p, m->offset);
	}
}

/*
 * Whether librdkafka may have stopped to fetch because the queue was full, now or before the last
 * haul, which was as big as this one may become.
 */
static bool is_full(const struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	const struct kafka_consumer *c = l->consumer;
	size_t n = kafka_lane_length(l);

	return n + max_records >= c->full_records ||
	       (l->n_records && n * (l->n_bytes / l->n_records) + max_bytes >= c->full_bytes);
}

/* No more at once than what is going to be taken: the rest is better off where its bytes are counted. */
static size_t choose_at_once(const struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	size_t n = MAX(MIN(max_records, (size_t)KAFKA_LANE_PENDING), (size_t)1);

	return l->n_bytes ? MIN(n, max_bytes / (l->n_bytes / l->n_records + 1) + 1) : n;
}

void kafka_lane_look(struct kafka_lane *l, size_t max_records, size_t max_bytes)
{
	l->at_once = choose_at_once(l, max_records, max_bytes);
	if (l->consumer->looks_once_a_second && !l->was_full)
		l->was_full = is_full(l, max_records, max_bytes);
}

/* librdkafka before 2.2 looks again a second later; a seek to where we are makes it look now. */
static void on_empty(struct kafka_lane *l)
{
	const struct kafka_consumer *c = l->consumer;

	l->n_records = 0;
	l->n_bytes = 0;
	if (!l->was_full)
		return;
	l->was_full = false;
	for (size_t i = 0; i < c->n_partitions; i++)
		if (c->partitions[i]->lane == l && !c->partitions[i]->is_at_end)
			kafka_partition_seek(c->partitions[i]);
}

/*
 * As many as are wanted are taken out of the queue at once: one by one each would cost a look at the
 * clock, and a quarter more time in all.
 */
static bool refill(struct kafka_lane *l)
{
	ssize_t n = 0;

	/* Some may be of no use any more, and are dropped there. */
	while (n <= 0 && rd_kafka_queue_length(l->queue))
		n = rd_kafka_consume_batch_queue(l->queue, 0, l->pending, l->at_once);
	l->first_pending = 0;
	l->n_pending = (size_t)MAX(n, 0);
	return l->n_pending;
}

/* The next record, whatever its partition is; NULL: there is none. */
static rd_kafka_message_t *next(struct kafka_lane *l)
{
	while (l->first_pending < l->n_pending || refill(l)) {
		rd_kafka_message_t *m = l->pending[l->first_pending++];

		if (!m->err)
			return m;
		on_error(l, m);
		rd_kafka_message_destroy(m);
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

rd_kafka_message_t *kafka_lane_take(struct kafka_lane *l, struct kafka_partition **ret_partition)
{
	rd_kafka_message_t *m;

	while ((m = next(l))) {
		struct kafka_partition *p = partition_of(l, m);

		/* What was on its way when the partition went elsewhere is read again there. */
		if (p && !is_of_former_topic(l, m)) {
			l->n_records++;
			l->n_bytes += m->len + m->key_len;
			p->is_at_end = false;
			*ret_partition = p;
			return m;
		}
		rd_kafka_message_destroy(m);
	}
	on_empty(l);
	return NULL;
}

void kafka_lane_put_back(struct kafka_lane *l, rd_kafka_message_t *m)
{
	l->pending[--l->first_pending] = m;
}

size_t kafka_lane_length(const struct kafka_lane *l)
{
	return rd_kafka_queue_length(l->queue) + l->n_pending - l->first_pending;
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
	rd_kafka_message_t *m;

	l->at_once = KAFKA_LANE_PENDING;
	while ((m = next(l))) {
		miss(l, m);
		rd_kafka_message_destroy(m);
	}
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (p->is_missed && p->lane == l)
			kafka_partition_seek(p);
		p->is_missed = false;
	}
}

/*
 * What librdkafka has put into a lane's queue that is about a partition and not a record of it.
 *
 * When records are taken many at once, ends and failed fetches come as messages between them, in order;
 * other errors, such as that the topic is gone, come through the error callback while they are taken.
 * It has no argument for the partition, but its sentence begins with it: "TOPIC [NUMBER]: ".
 */
#include "daemon/kafka_consumer.h"

#include <stdlib.h>
#include <string.h>

/* The lane whose records are being taken; there is one thread, and the callback runs inside of that. */
static struct kafka_lane *taking;

static size_t take_one_by_one(struct kafka_lane *l, rd_kafka_message_t **messages, size_t n)
{
	size_t i = 0;

	while (i < n && (messages[i] = rd_kafka_consume_queue(l->queue, 0)))
		i++;
	return i;
}

/*
 * While partitions are kept over a rebalance, which cooperative members do, librdkafka pauses them: those
 * before 2.1 then drop what a call that takes many has taken so far, and go on behind it; later ones may
 * fetch it again, or skip a record.
 */
size_t kafka_lane_poll(struct kafka_lane *l, rd_kafka_message_t **messages, size_t n)
{
	ssize_t n_taken;

	taking = l;
	if (!l->consumer->is_cooperative)
		n_taken = rd_kafka_consume_batch_queue(l->queue, 0, messages, n);
	else
		n_taken = (ssize_t)take_one_by_one(l, messages, n);
	taking = NULL;
	return n_taken > 0 ? (size_t)n_taken : 0;
}

/* The partition that @words begin with, or NULL. */
static struct kafka_partition *find_partition(const struct kafka_consumer *c, const char *words)
{
	const char *number = strstr(words, " [");
	char *end;
	long n;

	if (!number)
		return NULL;
	n = strtol(number + 2, &end, 10);
	if (end == number + 2 || strncmp(end, "]:", 2) || n < 0 || n > INT32_MAX)
		return NULL;
	return kafka_partition_find(c->partitions, c->n_partitions,
				    (struct comm_bytes){ words, (size_t)(number - words) },
				    (int32_t)n);
}

void kafka_lane_on_callback(rd_kafka_t *rk, int err, const char *words, void *opaque)
{
	struct kafka_partition *p = taking ? find_partition(taking->consumer, words) : NULL;

	(void)rk;
	(void)opaque;
	/* What is left of one that has gone is nobody's. */
	if (p)
		kafka_consumer_on_error(taking->consumer, p, (rd_kafka_resp_err_t)err, words,
					false);
}

/* The end of a partition, or a failed fetch. */
void kafka_lane_on_message(struct kafka_lane *l, const rd_kafka_message_t *m)
{
	struct kafka_partition *p = m->rkt ? kafka_lane_partition(l, m) : NULL;

	/* It has gone elsewhere, or away: what it left here says nothing about where it is now. */
	if (m->rkt && !p)
		return;
	if (m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		kafka_consumer_on_error(l->consumer, p, m->err, rd_kafka_message_errstr(m), false);
	} else if (p && kafka_partition_catch_up(p)) {
		kafka_lane_forget(l, p);
	} else if (p) {
		p->is_at_end = true;
		p->end = m->offset;
		if (p->owner)
			p->owner->n_ends++;
		if (m->offset >= 0)
			kafka_partition_begin(p, m->offset);
	}
}

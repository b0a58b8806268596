/*
 * How far it is to the ends of a reader's partitions, from what librdkafka knows anyway.
 */
#include "daemon/kafka_consumer.h"

#include <stdlib.h>

#include "proto/util.h"

/* Told in one answer, which has room for them beside its records, */
#define ENDS_MAX 512

/* unless these are as large as they may be: each has its topic's name, and numbers. */
#define BYTES_PER_END (COMM_TOPIC_NAME_MAX + 32)

/* An end is told again only when something has been read since. */
static bool is_news(const struct kafka_partition *p)
{
	return p->is_at_end && !p->next_owner && !p->is_paused && p->told_end != p->next;
}

/* Where it goes on: behind its last record there may be what is none, such as a transaction's end. */
static int64_t position_of(const struct kafka_partition *p)
{
	return p->is_at_end ? MAX(p->next, p->end) : p->next;
}

/* How many there is room for beside the records of the last fetch. */
static size_t count_room(const struct kafka_reader *r)
{
	size_t n_left = KAFKA_HOLD_BYTES_MAX - MIN(r->hold.n_bytes, (size_t)KAFKA_HOLD_BYTES_MAX);

	return MIN(n_left / BYTES_PER_END, (size_t)ENDS_MAX);
}

static size_t count_news(const struct kafka_reader *r)
{
	size_t n_max = count_room(r), n = 0;

	for (size_t i = 0; i < r->n_partitions && n < n_max; i++)
		n += is_news(r->partitions[i]);
	return n;
}

void kafka_reader_ends(struct kafka_reader *r, struct comm_list *ret)
{
	size_t n_max = count_news(r), n = 0;

	free(r->ends);
	r->ends = n_max ? calloc(n_max, sizeof *r->ends) : NULL;
	for (size_t i = 0; i < r->n_partitions && r->ends && n < n_max; i++) {
		struct kafka_partition *p = r->partitions[i];

		if (!is_news(p))
			continue;
		p->told_end = p->next;
		r->ends[n++] = (struct comm_wire_position){ comm_bytes_of(p->topic), p->number,
							    position_of(p) };
	}
	*ret = (struct comm_list){ r->ends, n };
}

int64_t kafka_partition_lag(const struct kafka_partition *p)
{
	int64_t low, high, lag;

	if (p->next == KAFKA_NO_POSITION ||
	    rd_kafka_get_watermark_offsets(p->consumer->rk, p->topic, p->number, &low, &high) ||
	    high < 0)
		return COMM_NONE;
	if (p->is_asleep && p->asked_end != KAFKA_NO_POSITION)
		high = p->asked_end;
	lag = high - position_of(p);
	return MAX(lag, 0);
}

int64_t kafka_reader_lag(const struct kafka_reader *r, size_t *lags_left)
{
	bool is_known = r->consumer && kafka_group_is_settled(r->consumer) && !r->n_partitions;
	int64_t sum = 0;

	/* Of some of them only it would be too little. */
	if (r->n_partitions > *lags_left)
		return COMM_NONE;
	*lags_left -= r->n_partitions;
	for (size_t i = 0; i < r->n_partitions; i++) {
		int64_t lag = kafka_partition_lag(r->partitions[i]);

		if (lag == COMM_NONE)
			continue;
		is_known = true;
		sum += lag;
	}
	return is_known ? sum : COMM_NONE;
}

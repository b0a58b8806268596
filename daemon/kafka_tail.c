#include "daemon/kafka_consumer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_offsets.h"
#include "proto/errors.h"
#include "proto/util.h"

int kafka_tail_add_topic(struct kafka_tail *t, const char *name, bool is_whole,
			 int32_t n_partitions, struct kafka_failure *ret_why)
{
	rd_kafka_topic_partition_list_t *list = t->list;
	_cleanup_free_ bool *is_named = calloc((size_t)n_partitions, sizeof *is_named);

	if (!is_named)
		return kafka_failure_refuse(ret_why, COMM_ENO_MEMORY, NULL, "out of memory");
	for (int i = 0; i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *part = &list->elems[i];

		if (strcmp(part->topic, name))
			continue;
		if (part->partition >= n_partitions)
			return kafka_failure_refuse(ret_why, COMM_ETOPIC_UNAVAILABLE, NULL,
						    "topic %s has no partition %d, for it has %d",
						    name, (int)part->partition, (int)n_partitions);
		is_named[part->partition] = true;
	}
	for (int32_t i = 0; i < n_partitions && is_whole; i++)
		if (!is_named[i])
			rd_kafka_topic_partition_list_add(list, name, i);
	if (list->cnt > KAFKA_TAIL_PARTITIONS_MAX)
		return kafka_failure_refuse(ret_why, COMM_ETOO_BIG, "topics",
					    "they have more than %d partitions; name some of them "
					    "only",
					    KAFKA_TAIL_PARTITIONS_MAX);
	return 0;
}

/* Where to begin in one partition that has the offsets from @low to before @high. */
static int choose(const struct kafka_tail *t, const rd_kafka_topic_partition_t *part, int64_t low,
		  int64_t high, int64_t *ret, struct kafka_failure *ret_why)
{
	int64_t offset = t->at;

	if (part->offset != RD_KAFKA_OFFSET_INVALID)
		offset = part->offset;
	else if (t->start == KAFKA_TAIL)
		offset = high - MIN(t->at, high - low);
	else if (t->start != KAFKA_OFFSET)
		offset = t->start == KAFKA_EARLIEST ? low : high;
	if (offset > high)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "at",
					    "topic %s, partition %d has no offset %lld; its next "
					    "record will have %lld",
					    part->topic, (int)part->partition, (long long)offset,
					    (long long)high);
	/* What was there before is gone: the first that is left. */
	*ret = MAX(offset, low);
	return 0;
}

static int choose_all(struct kafka_tail *t, const rd_kafka_topic_partition_list_t *low,
		      const rd_kafka_topic_partition_list_t *high,
		      const rd_kafka_topic_partition_list_t *at_time, struct kafka_failure *ret_why)
{
	int error = 0;

	for (int i = 0; i < t->list->cnt && !error; i++) {
		rd_kafka_topic_partition_t *part = &t->list->elems[i];

		/* No record is that young: the end. */
		if (at_time && part->offset == RD_KAFKA_OFFSET_INVALID &&
		    at_time->elems[i].offset >= 0)
			part->offset = at_time->elems[i].offset;
		error = choose(t, part, low->elems[i].offset, high->elems[i].offset, &part->offset,
			       ret_why);
	}
	return error;
}

static int list_begins(struct kafka_tail *t, struct kafka_failure *ret_why)
{
	t->begins = calloc((size_t)t->list->cnt, sizeof *t->begins);
	if (!t->begins)
		return kafka_failure_refuse(ret_why, COMM_ENO_MEMORY, NULL, "out of memory");
	for (int i = 0; i < t->list->cnt; i++) {
		const rd_kafka_topic_partition_t *part = &t->list->elems[i];

		t->begins[i] = (struct comm_wire_position){ comm_bytes_of(part->topic),
							    part->partition, part->offset };
	}
	return 0;
}

int kafka_tail_resolve(struct kafka_tail *t, const struct kafka_job *j, uint64_t deadline_ms,
		       struct kafka_failure *ret_why)
{
	rd_kafka_topic_partition_list_t *low = NULL, *high = NULL, *at_time = NULL;
	int error;

	error = kafka_offsets_ask(t->list, j, KAFKA_TIME_BEGIN, deadline_ms, &low, ret_why);
	/* Before the ends: what comes in between is not behind them. */
	if (!error && t->start == KAFKA_TIME)
		error = kafka_offsets_ask(t->list, j, t->at, deadline_ms, &at_time, ret_why);
	if (!error)
		error = kafka_offsets_ask(t->list, j, KAFKA_TIME_END, deadline_ms, &high, ret_why);
	if (!error)
		error = choose_all(t, low, high, at_time, ret_why);
	if (!error)
		error = list_begins(t, ret_why);
	if (low)
		rd_kafka_topic_partition_list_destroy(low);
	if (high)
		rd_kafka_topic_partition_list_destroy(high);
	if (at_time)
		rd_kafka_topic_partition_list_destroy(at_time);
	return error;
}

struct comm_list kafka_tail_begins(const struct kafka_tail *t)
{
	return (struct comm_list){ t->begins, t->begins ? (size_t)t->list->cnt : 0 };
}

void kafka_tail_fini(struct kafka_tail *t)
{
	if (t->list)
		rd_kafka_topic_partition_list_destroy(t->list);
	free(t->is_whole);
	free(t->begins);
}

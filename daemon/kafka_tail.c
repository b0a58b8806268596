#include "daemon/kafka_consumer.h"

#include <stdlib.h>

#include "proto/errors.h"
#include "proto/util.h"

/* Between two attempts when a partition has no leader for the moment. */
#define RETRY_MS 100

/* A question is asked in pieces, so that closing does not wait for long; each twice the one before. */
#define SLICE_MS 1000

/* Kafka's names for the ends of a partition when it is asked for the offset of a time. */
#define TIME_END   (-1)
#define TIME_BEGIN (-2)

static int remaining_ms(uint64_t deadline_ms)
{
	uint64_t now_ms = uv_hrtime() / 1000000;

	return now_ms < deadline_ms ? (int)MIN(deadline_ms - now_ms, (uint64_t)INT32_MAX) : 0;
}

/* The first partition that has an error, or NULL. */
static const rd_kafka_topic_partition_t *find_failed(const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; i < list->cnt; i++)
		if (list->elems[i].err)
			return &list->elems[i];
	return NULL;
}

/* One attempt. */
static rd_kafka_resp_err_t look_up(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list,
				   int64_t time, int timeout_ms)
{
	const rd_kafka_topic_partition_t *failed;
	rd_kafka_resp_err_t err;

	for (int i = 0; i < list->cnt; i++) {
		list->elems[i].offset = time;
		list->elems[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
	}
	err = rd_kafka_offsets_for_times(rk, list, timeout_ms);
	if (err)
		return err;
	failed = find_failed(list);
	return failed ? failed->err : RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int refuse(const rd_kafka_topic_partition_list_t *list, rd_kafka_resp_err_t err,
		  struct kafka_failure *ret_why)
{
	const rd_kafka_topic_partition_t *failed = find_failed(list);
	int code = kafka_error_code(err);

	if (!failed)
		failed = &list->elems[0];
	kafka_failure_set(ret_why, code == COMM_EINTERNAL ? COMM_ERECEIVE : code, err,
			  "topic %s, partition %d: no offset to begin at", failed->topic,
			  (int)failed->partition);
	return ret_why->code;
}

/* The offsets of @list's partitions at @time, as a list of its own. */
static int ask(const struct kafka_tail *t, const struct kafka_job *j, int64_t time,
	       uint64_t deadline_ms, rd_kafka_topic_partition_list_t **ret,
	       struct kafka_failure *ret_why)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(t->list);
	int slice_ms = SLICE_MS, left_ms = remaining_ms(deadline_ms), error;
	rd_kafka_resp_err_t err;

	while ((err = look_up(j->rk, list, time, MIN(slice_ms, left_ms)))) {
		left_ms = remaining_ms(deadline_ms);
		if (kafka_error_code(err) != COMM_EBROKER || left_ms <= RETRY_MS ||
		    j->client->kafka->is_closing) {
			error = refuse(list, err, ret_why);
			rd_kafka_topic_partition_list_destroy(list);
			return error;
		}
		uv_sleep(RETRY_MS);
		slice_ms = MIN(2 * slice_ms, INT32_MAX / 2);
	}
	*ret = list;
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

	error = ask(t, j, TIME_BEGIN, deadline_ms, &low, ret_why);
	if (!error)
		error = ask(t, j, TIME_END, deadline_ms, &high, ret_why);
	if (!error && t->start == KAFKA_TIME)
		error = ask(t, j, t->at, deadline_ms, &at_time, ret_why);
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

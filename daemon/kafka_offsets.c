#include "daemon/kafka_offsets.h"

#include <string.h>

#include "proto/util.h"

/* Between two attempts when a partition has no leader for the moment. */
#define RETRY_MS 100

/* A leader that is not there for so long is told: a thread waits meanwhile, of which there are few. */
#define LEADER_MS 10000

/* Metadata has a topic before its leaders have heard of it, and after they have let it go. */
#define NEWS_MS 2000

/* The first partition that has an error, or NULL. */
static const rd_kafka_topic_partition_t *find_failed(const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; i < list->cnt; i++)
		if (list->elems[i].err)
			return &list->elems[i];
	return NULL;
}

/* One attempt; partitions may have errors of their own. */
static rd_kafka_resp_err_t look_up(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list,
				   int64_t time, int timeout_ms)
{
	for (int i = 0; i < list->cnt; i++) {
		list->elems[i].offset = time;
		list->elems[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
	}
	return rd_kafka_offsets_for_times(rk, list, timeout_ms);
}

/* Whether another answer may come in the time that is left, having asked since @since_ms. */
static bool may_change(rd_kafka_resp_err_t err, int left_ms, uint64_t since_ms)
{
	uint64_t took_ms = kafka_thread_ms() - since_ms;

	if (left_ms <= RETRY_MS)
		return false;
	if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return took_ms < NEWS_MS;
	if (err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
		return took_ms < LEADER_MS;
	return kafka_error_code(err) == COMM_EBROKER;
}

/* Ask until all have answered, or those that can if @some are enough. */
static rd_kafka_resp_err_t ask(rd_kafka_topic_partition_list_t *list, const struct kafka_job *j,
			       int64_t time, uint64_t deadline_ms, bool some)
{
	const uint64_t since_ms = kafka_thread_ms();
	int slice_ms = KAFKA_SLICE_MS, left_ms = kafka_left_ms(deadline_ms);
	const rd_kafka_topic_partition_t *failed;
	rd_kafka_resp_err_t err;

	for (;;) {
		err = look_up(j->rk, list, time, MIN(slice_ms, left_ms));
		failed = some ? NULL : find_failed(list);
		/* The whole has this error when no partition has a leader; theirs say so. */
		if (failed && (!err || err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION))
			err = failed->err;
		left_ms = kafka_left_ms(deadline_ms);
		if (!may_change(err, left_ms, since_ms) || j->client->kafka->is_closing)
			return err;
		uv_sleep(RETRY_MS);
		slice_ms = MIN(2 * slice_ms, KAFKA_SLICE_MAX_MS);
	}
}

static bool has_others(const rd_kafka_topic_partition_list_t *list)
{
	return strcmp(list->elems[0].topic, list->elems[list->cnt - 1].topic) != 0;
}

static int refuse(const rd_kafka_topic_partition_list_t *list, rd_kafka_resp_err_t err,
		  struct kafka_failure *ret_why)
{
	const rd_kafka_topic_partition_t *failed = find_failed(list);
	int code = kafka_error_code(err);

	if (code == COMM_EINTERNAL)
		code = COMM_ERECEIVE;
	if (failed)
		kafka_failure_set(ret_why, code, err,
				  "topic %s, partition %d: its offsets are not known",
				  failed->topic, (int)failed->partition);
	else
		kafka_failure_set(ret_why, code, err, "topic %s%s: the offsets are not known",
				  list->elems[0].topic, has_others(list) ? " and others" : "");
	return code;
}

int kafka_offsets_ask(const rd_kafka_topic_partition_list_t *list, const struct kafka_job *j,
		      int64_t time, uint64_t deadline_ms, rd_kafka_topic_partition_list_t **ret,
		      struct kafka_failure *ret_why)
{
	rd_kafka_topic_partition_list_t *own = rd_kafka_topic_partition_list_copy(list);
	rd_kafka_resp_err_t err = ask(own, j, time, deadline_ms, false);
	int error = err ? refuse(own, err, ret_why) : 0;

	if (error)
		rd_kafka_topic_partition_list_destroy(own);
	else
		*ret = own;
	return error;
}

rd_kafka_topic_partition_list_t *kafka_offsets_try(const rd_kafka_topic_partition_list_t *list,
						   const struct kafka_job *j, int64_t time,
						   uint64_t deadline_ms)
{
	rd_kafka_topic_partition_list_t *own = rd_kafka_topic_partition_list_copy(list);
	bool none = own->cnt && ask(own, j, time, deadline_ms, true);

	for (int i = 0; i < own->cnt; i++)
		if (none || own->elems[i].err)
			own->elems[i].offset = -1;
	return own;
}

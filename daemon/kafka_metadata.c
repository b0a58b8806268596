#include "daemon/kafka_metadata.h"

#include "proto/util.h"

/* Between two looks at a topic that is just being created or deleted. */
#define AWAIT_MS 20

/* More brokers than that are not waited for, each by itself. */
#define AGREED_MAX 64

/* Of three brokers to be asked the third is not met in so many once in a hundred times; they take 1 ms each. */
#define AGAIN_MAX 12

static bool is_no_answer(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR__TIMED_OUT || err == RD_KAFKA_RESP_ERR__TRANSPORT;
}

rd_kafka_resp_err_t kafka_metadata_ask(struct kafka_job *j, rd_kafka_topic_t *only, int timeout_ms,
				       const struct rd_kafka_metadata **ret)
{
	uint64_t deadline_ms = kafka_thread_ms() + (uint64_t)MAX(timeout_ms, 1);
	int slice_ms = KAFKA_SLICE_MS, left_ms;
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR__TIMED_OUT;

	while ((left_ms = kafka_left_ms(deadline_ms)) && !j->client->kafka->is_closing) {
		err = rd_kafka_metadata(j->rk, !only, only, ret, MIN(slice_ms, left_ms));
		if (!is_no_answer(err))
			break;
		slice_ms = MIN(2 * slice_ms, KAFKA_SLICE_MAX_MS);
	}
	return err;
}

rd_kafka_resp_err_t kafka_metadata_topic(struct kafka_job *j, rd_kafka_topic_t *rkt, int timeout_ms,
					 int32_t *ret_n_partitions)
{
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t err = kafka_metadata_ask(j, rkt, timeout_ms, &md);

	if (err)
		return err;
	if (md->topic_cnt != 1)
		err = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	else if (md->topics[0].err)
		err = md->topics[0].err;
	else if (md->topics[0].partition_cnt < 1)
		err = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
	else
		*ret_n_partitions = md->topics[0].partition_cnt;
	rd_kafka_metadata_destroy(md);
	return err;
}

/*
 * Whether every leader among @led serves its partitions. A leader that has not heard of its part yet
 * says so when it is asked for an offset.
 */
static rd_kafka_resp_err_t ask_leaders(const struct kafka_job *j,
				       rd_kafka_topic_partition_list_t *led, int timeout_ms)
{
	rd_kafka_resp_err_t err;

	for (int i = 0; i < led->cnt; i++)
		led->elems[i].offset = RD_KAFKA_OFFSET_END;
	err = rd_kafka_offsets_for_times(j->rk, led, timeout_ms);
	for (int i = 0; i < led->cnt && !err; i++)
		err = led->elems[i].err;
	return err;
}

/* The partitions of @name that have a leader. */
static rd_kafka_topic_partition_list_t *list_led(struct kafka_job *j, const char *name,
						 rd_kafka_topic_t *rkt, int timeout_ms)
{
	rd_kafka_topic_partition_list_t *led = rd_kafka_topic_partition_list_new(0);
	const struct rd_kafka_metadata *md;

	if (kafka_metadata_ask(j, rkt, timeout_ms, &md))
		return led;
	for (int i = 0; md->topic_cnt == 1 && i < md->topics[0].partition_cnt; i++)
		if (md->topics[0].partitions[i].leader >= 0)
			rd_kafka_topic_partition_list_add(led, name,
							  md->topics[0].partitions[i].id);
	rd_kafka_metadata_destroy(md);
	return led;
}

void kafka_metadata_await_leaders(struct kafka_job *j, const char *name, rd_kafka_topic_t *rkt,
				  int timeout_ms)
{
	uint64_t deadline_ms = kafka_thread_ms() + (uint64_t)timeout_ms;
	bool are_ready = false;
	int left_ms;

	while (!are_ready && (left_ms = kafka_left_ms(deadline_ms)) &&
	       !j->client->kafka->is_closing) {
		rd_kafka_topic_partition_list_t *led = list_led(j, name, rkt, left_ms);

		are_ready = led->cnt && !ask_leaders(j, led, MIN(left_ms, KAFKA_SLICE_MS));
		rd_kafka_topic_partition_list_destroy(led);
		if (!are_ready)
			uv_sleep(AWAIT_MS);
	}
}

static bool has_leaders(const struct rd_kafka_metadata *md, int n_partitions)
{
	if (md->topic_cnt != 1 || md->topics[0].err || md->topics[0].partition_cnt < n_partitions)
		return false;
	for (int i = 0; i < md->topics[0].partition_cnt; i++)
		if (md->topics[0].partitions[i].leader < 0)
			return false;
	return true;
}

static bool is_gone(const struct rd_kafka_metadata *md)
{
	return md->topic_cnt != 1 || md->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

/* Brokers that have said so, and how often in a row one of them has said it again. */
struct agreed {
	int32_t ids[AGREED_MAX];
	int n, n_again;
};

/*
 * Whether all brokers agree, now that the one of @md does. Which is asked is chance, among those that there is a
 * connection to; after so many answers from the same ones there are no others.
 */
static bool agree(struct agreed *a, const struct rd_kafka_metadata *md)
{
	bool is_new = md->orig_broker_id >= 0 && a->n < AGREED_MAX;

	for (int i = 0; i < a->n; i++)
		is_new = is_new && a->ids[i] != md->orig_broker_id;
	if (is_new) {
		a->ids[a->n++] = md->orig_broker_id;
		a->n_again = 0;
	} else {
		a->n_again++;
	}
	return a->n >= md->broker_cnt || a->n_again >= AGAIN_MAX;
}

void kafka_metadata_await(struct kafka_job *j, const char *name, int n_partitions, int timeout_ms)
{
	uint64_t deadline_ms = kafka_thread_ms() + (uint64_t)MAX(timeout_ms, 0);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(j->rk, name, NULL);
	struct agreed agreed = { .n = 0 };
	bool is_over = !rkt;
	int left_ms;

	while (!is_over && (left_ms = kafka_left_ms(deadline_ms)) &&
	       !j->client->kafka->is_closing) {
		const struct rd_kafka_metadata *md;
		bool is_so;

		if (kafka_metadata_ask(j, rkt, left_ms, &md))
			break;
		is_so = n_partitions ? has_leaders(md, n_partitions) : is_gone(md);
		is_over = is_so && agree(&agreed, md);
		rd_kafka_metadata_destroy(md);
		if (!is_so) {
			agreed.n_again = 0;
			uv_sleep(AWAIT_MS);
		}
	}
	if (rkt)
		rd_kafka_topic_destroy(rkt);
}

/*
 * What an errand's thread does with Kafka: it asks, waits for the answer, and tells why there is none.
 */
#include "daemon/kafka_errand.h"

#include <string.h>

#include "daemon/kafka_metadata.h"

/* How long it does not look whether commd closes. */
#define SLICE_MS 100

/* librdkafka keeps to the time that it is given; this is how late it may be. */
#define GRACE_MS 500

static bool is_closing(const struct kafka_errand *e)
{
	return e->job.client->kafka->is_closing;
}

int kafka_errand_left_ms(const struct kafka_errand *e)
{
	return kafka_left_ms(e->deadline_ms);
}

bool kafka_errand_may_retry(const struct kafka_errand *e)
{
	if (is_closing(e) || kafka_errand_left_ms(e) <= KAFKA_ERRAND_RETRY_MS)
		return false;
	uv_sleep(KAFKA_ERRAND_RETRY_MS);
	return true;
}

rd_kafka_AdminOptions_t *kafka_errand_options(const struct kafka_errand *e, rd_kafka_admin_op_t op)
{
	return kafka_admin_options(e->rk, op, kafka_errand_left_ms(e));
}

/*
 * The loop tells the client what it sees in has_asked when the client's time has passed, which is after
 * the errand's. So it is set before the clock is looked at: what the loop has not seen is never asked.
 */
int kafka_errand_ask_change(struct kafka_errand *e)
{
	e->has_asked = true;
	if (kafka_errand_left_ms(e) > 0)
		return 0;
	e->has_asked = false;
	return kafka_errand_fail(e, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL);
}

int kafka_errand_fail_memory(struct kafka_errand *e)
{
	return kafka_failure_refuse(&e->why, COMM_ENO_MEMORY, NULL, "commd is out of memory");
}

void kafka_errand_set_unknown(const struct kafka_errand *e, const char *reason,
			      struct kafka_failure *ret)
{
	(void)kafka_failure_refuse(ret, COMM_EUNKNOWN_OUTCOME, NULL,
				   "%s: %s; what was asked for may be done all the same",
				   e->subject, reason);
}

int kafka_errand_fail_closing(struct kafka_errand *e)
{
	if (e->has_asked)
		kafka_errand_set_unknown(e, "commd is shutting down and Kafka has not answered",
					 &e->why);
	else
		(void)kafka_failure_refuse(&e->why, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	return e->why.code;
}

int kafka_errand_fail(struct kafka_errand *e, rd_kafka_resp_err_t err, const char *words)
{
	int code = kafka_error_refusal(err, e->kind->code);
	bool is_open = e->has_asked && kafka_error_is_open(err, words);

	if (is_closing(e) && (is_open || !e->has_asked))
		return kafka_errand_fail_closing(e);
	if (is_open) {
		kafka_errand_set_unknown(e, KAFKA_NO_ANSWER, &e->why);
		return e->why.code;
	}
	e->has_asked = false;
	e->is_silent = code == COMM_EBROKER && err < 0;
	kafka_failure_set_words(&e->why, code, err, words, "%s", e->subject);
	return code;
}

/* The next answer within a short time, or NULL; what a handle of its own has to say besides is dropped:
 * the client's says the same about the brokers. */
static rd_kafka_event_t *poll_answer(struct kafka_errand *e)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(e->queue, SLICE_MS);

	if (!event || (rd_kafka_event_type(event) != RD_KAFKA_EVENT_ERROR &&
		       rd_kafka_event_type(event) != RD_KAFKA_EVENT_LOG))
		return event;
	rd_kafka_event_destroy(event);
	return NULL;
}

rd_kafka_event_t *kafka_errand_await(struct kafka_errand *e)
{
	uint64_t end_ms = e->deadline_ms + GRACE_MS;
	rd_kafka_event_t *event = NULL;

	while (!event && !is_closing(e) && kafka_thread_ms() < end_ms)
		event = poll_answer(e);
	if (!event) {
		(void)kafka_errand_fail(e, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL);
		return NULL;
	}
	if (rd_kafka_event_error(event)) {
		(void)kafka_errand_fail(e, rd_kafka_event_error(event),
					rd_kafka_event_error_string(event));
		rd_kafka_event_destroy(event);
		return NULL;
	}
	return event;
}

static rd_kafka_resp_err_t count(struct kafka_errand *e, const char *topic, int32_t *ret)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(e->job.rk, topic, NULL);
	rd_kafka_resp_err_t err;

	if (!rkt)
		return rd_kafka_last_error();
	err = kafka_metadata_topic(&e->job, rkt, kafka_errand_left_ms(e), ret);
	rd_kafka_topic_destroy(rkt);
	return err;
}

int kafka_errand_count(struct kafka_errand *e, const char *topic, int32_t *ret_n_partitions)
{
	rd_kafka_resp_err_t err;
	int code;

	do
		err = count(e, topic, ret_n_partitions);
	while (err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE && kafka_errand_may_retry(e));
	if (!err)
		return 0;
	if (is_closing(e))
		return kafka_errand_fail_closing(e);
	code = kafka_error_refusal(err, COMM_ETOPIC_UNAVAILABLE);
	e->is_silent = code == COMM_EBROKER && err < 0;
	kafka_failure_set(&e->why, code, err, "topic %s", topic);
	return code;
}

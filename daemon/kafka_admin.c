/*
 * Creating and deleting topics
 *
 * A call goes to the brokers' administration, whose answer comes out of the handle's queue. After that
 * a job waits until the brokers have told each other, so that a send right after it works, or fails.
 * The mock cluster has no administration; there daemon/kafka_dev.c does it.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/kafka_call.h"
#include "daemon/kafka_producer.h"
#include "proto/util.h"

/* librdkafka's longest; also ours. */
#define TIMEOUT_MAX_MS (60 * 60 * 1000)

/* Of one client without an answer: each holds its request's settings until its time has passed, also
 * when the connection that asked has gone. */
#define CALLS_MAX 64

static void end_refused(struct kafka_call *call, rd_kafka_resp_err_t err, const char *words)
{
	struct kafka_failure why;

	if (err == RD_KAFKA_RESP_ERR__DESTROY) {
		kafka_call_end_unknown(call);
		return;
	}
	if (kafka_error_is_open(err, words))
		kafka_call_set_unknown(call, KAFKA_NO_ANSWER, &why);
	else if (kafka_error_code(err) == COMM_EBROKER && err < 0)
		kafka_explain_silence(call->client, &why);
	else if (kafka_error_code(err) == COMM_EBROKER)
		kafka_failure_set(&why, COMM_EBROKER, err, "topic %s", call->topic);
	else
		(void)kafka_call_refuse(call, err, words, &why);
	kafka_call_end(call, &why);
}

static const rd_kafka_topic_result_t *result_of(rd_kafka_event_t *e)
{
	const rd_kafka_topic_result_t **results;
	size_t n = 0;

	if (rd_kafka_event_type(e) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
		results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e),
							      &n);
	else
		results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(e),
							      &n);
	return n ? results[0] : NULL;
}

/* No longer waiting for the answer. */
static void take_out(struct kafka_producer *p, struct kafka_call *call)
{
	LIST_REMOVE(call, entry);
	p->n_calls--;
	kafka_handle_unref(call->handle);
}

void kafka_admin_answer(struct kafka_producer *p, rd_kafka_event_t *e)
{
	struct kafka_call *call = rd_kafka_event_opaque(e);
	rd_kafka_resp_err_t err = rd_kafka_event_error(e);
	const char *words = rd_kafka_event_error_string(e);
	const rd_kafka_topic_result_t *result;

	/* Whoever waited has been told already. */
	if (p->client->kafka->is_closing)
		return;
	take_out(p, call);
	if (!err && (result = result_of(e))) {
		kafka_client_note_success(p->client);
		err = rd_kafka_topic_result_error(result);
		words = rd_kafka_topic_result_error_string(result);
	}
	if (err)
		end_refused(call, err, words);
	else
		kafka_call_await(call);
}

void kafka_admin_close(struct kafka_producer *p)
{
	struct kafka_call *call;

	while ((call = LIST_FIRST(&p->calls))) {
		take_out(p, call);
		kafka_call_end_unknown(call);
	}
}

/* The one with @arg in the list that @call begins; NULL: there is none. */
static const struct kafka_call *find(const struct kafka_call *call, const void *arg)
{
	while (call && call->arg != arg)
		call = LIST_NEXT(call, entry);
	return call;
}

bool kafka_admin_explain_late(const struct kafka_producer *p, const void *arg,
			      struct kafka_failure *ret)
{
	const struct kafka_call *call = find(LIST_FIRST(&p->calls), arg);

	if (!call)
		call = find(LIST_FIRST(&p->done_calls), arg);
	if (!call)
		return false;
	if (call->is_done)
		kafka_call_explain_late(call, ret);
	else if (kafka_client_is_down(p->client))
		kafka_explain_silence(p->client, ret);
	else
		kafka_call_set_unknown(call, KAFKA_NO_ANSWER, ret);
	return true;
}

rd_kafka_AdminOptions_t *kafka_admin_options(rd_kafka_t *rk, rd_kafka_admin_op_t op, int timeout_ms)
{
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(rk, op);
	char why[128];

	timeout_ms = MAX(MIN(timeout_ms, TIMEOUT_MAX_MS), 1);
	(void)rd_kafka_AdminOptions_set_request_timeout(o, timeout_ms, why, sizeof why);
	/* The brokers' own wait ends before ours does. */
	(void)rd_kafka_AdminOptions_set_operation_timeout(o, timeout_ms / 4 * 3, why, sizeof why);
	return o;
}

static rd_kafka_AdminOptions_t *options_new(struct kafka_call *call, rd_kafka_admin_op_t op,
					    int timeout_ms)
{
	rd_kafka_AdminOptions_t *o = kafka_admin_options(call->handle->rk, op, timeout_ms);

	rd_kafka_AdminOptions_set_opaque(o, call);
	return o;
}

static void ask(struct kafka_call *call)
{
	struct kafka_producer *p = call->client->producer;

	call->handle = kafka_handle_ref(p->handle);
	LIST_INSERT_HEAD(&p->calls, call, entry);
	p->n_calls++;
}

static int set_settings(rd_kafka_NewTopic_t *topic, const struct comm_list *settings)
{
	const struct comm_wire_setting *items = settings->items;

	for (size_t i = 0; i < settings->n; i++) {
		_cleanup_free_ char *name = comm_bytes_dup(items[i].name);
		_cleanup_free_ char *value = comm_bytes_dup(items[i].value);

		if (!name || !value)
			return -ENOMEM;
		(void)rd_kafka_NewTopic_set_config(topic, name, value);
	}
	return 0;
}

static int start_create(struct kafka_call *call, const struct comm_create_topic_params *params,
			int timeout_ms, struct kafka_failure *ret_why)
{
	int n = params->partitions == COMM_NONE ? -1 : (int)params->partitions;
	int replication = params->replication == COMM_NONE ? -1 : (int)params->replication;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_NewTopic_t *topic;
	char why[256];

	topic = rd_kafka_NewTopic_new(call->topic, n, replication, why, sizeof why);
	if (!topic)
		return kafka_failure_refuse(ret_why, COMM_ETOPIC_CREATE, "topic", "topic %s: %s",
					    call->topic, why);
	if (set_settings(topic, &params->settings)) {
		rd_kafka_NewTopic_destroy(topic);
		return -ENOMEM;
	}
	ask(call);
	options = options_new(call, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
	rd_kafka_CreateTopics(call->handle->rk, &topic, 1, options, call->handle->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy(topic);
	return 0;
}

static void start_delete(struct kafka_call *call, int timeout_ms)
{
	rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(call->topic);
	rd_kafka_AdminOptions_t *options;

	ask(call);
	options = options_new(call, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout_ms);
	rd_kafka_DeleteTopics(call->handle->rk, &topic, 1, options, call->handle->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_DeleteTopic_destroy(topic);
}

/* ---- the port ---- */

static int check_call(const struct kafka_client *c, int code, struct comm_bytes topic,
		      struct kafka_failure *ret_why)
{
	int error = kafka_job_check(c);

	if (!error && c->producer->n_calls >= CALLS_MAX)
		return kafka_failure_refuse(
			ret_why, COMM_EBUSY, NULL,
			"%d topics are being created or deleted already, and Kafka has not "
			"answered yet; try again later",
			CALLS_MAX);
	if (error == COMM_EBUSY)
		return kafka_failure_refuse(ret_why, error, NULL,
					    "too many calls to the brokers wait already");
	if (error)
		return kafka_failure_refuse(ret_why, error, NULL, "commd is shutting down");
	if (kafka_topic_is_name(topic))
		return 0;
	return kafka_failure_refuse(ret_why, code, "topic", "%s",
				    "TOPIC_EXCEPTION: Kafka allows 1 to 249 of A-Z a-z 0-9 . _ - "
				    "for a topic's name, and neither \".\" nor \"..\"");
}

static int check_count(int64_t n, int64_t max, const char *member, struct kafka_failure *ret_why)
{
	if (n == COMM_NONE || (n >= 1 && n <= max))
		return 0;
	return kafka_failure_refuse(ret_why, COMM_ETOPIC_CREATE, member, "%s: must be %s %lld",
				    member, n < 1 ? "at least" : "at most",
				    (long long)(n < 1 ? 1 : max));
}

int kafka_create_topic(struct kafka_client *c, const struct comm_create_topic_params *p,
		       int timeout_ms, kafka_done_fn done, void *arg, struct kafka_failure *ret_why)
{
	struct kafka_call *call;
	int error = check_call(c, COMM_ETOPIC_CREATE, p->topic, ret_why);

	if (!error)
		error = check_count(p->partitions, INT32_MAX, "partitions", ret_why);
	if (!error)
		error = check_count(p->replication, INT16_MAX, "replication", ret_why);
	if (!error)
		error = kafka_call_new(c, true, p->topic, done, arg, &call);
	if (error)
		return error;
	error = c->kafka->dev ? kafka_call_create_dev(call, p, ret_why)
			      : start_create(call, p, timeout_ms, ret_why);
	if (error)
		kafka_call_free(call);
	return error;
}

int kafka_delete_topic(struct kafka_client *c, struct comm_bytes topic, int timeout_ms,
		       kafka_done_fn done, void *arg, struct kafka_failure *ret_why)
{
	struct kafka_call *call;
	int error = check_call(c, COMM_ETOPIC_DELETE, topic, ret_why);

	if (!error)
		error = kafka_call_new(c, false, topic, done, arg, &call);
	if (error)
		return error;
	if (!c->kafka->dev) {
		start_delete(call, timeout_ms);
		return 0;
	}
	error = kafka_call_delete_dev(call, ret_why);
	if (error)
		kafka_call_free(call);
	return error;
}

#include "daemon/kafka_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_metadata.h"
#include "daemon/kafka_producer.h"
#include "proto/util.h"

static int code_of(const struct kafka_call *call)
{
	return call->is_create ? COMM_ETOPIC_CREATE : COMM_ETOPIC_DELETE;
}

void kafka_call_free(struct kafka_call *call)
{
	free(call->ends);
	free(call->topic);
	free(call);
}

/* The caller is told, and the call is over. */
void kafka_call_end(struct kafka_call *call, const struct kafka_failure *why)
{
	if (call->is_done)
		LIST_REMOVE(call, entry);
	call->done(call->arg, why);
	kafka_call_free(call);
}

void kafka_call_set_unknown(const struct kafka_call *call, const char *reason,
			    struct kafka_failure *ret)
{
	(void)kafka_failure_refuse(ret, COMM_EUNKNOWN_OUTCOME, NULL,
				   "%s; the topic may be %s all the same", reason,
				   call->is_create ? "created" : "deleted");
}

void kafka_call_explain_late(const struct kafka_call *call, struct kafka_failure *ret)
{
	(void)kafka_failure_refuse(
		ret, COMM_EUNKNOWN_OUTCOME, NULL,
		"the topic is %s, but not every broker is known to have heard of it",
		call->is_create ? "created" : "deleted");
}

void kafka_call_end_unknown(struct kafka_call *call)
{
	struct kafka_failure why;

	kafka_call_set_unknown(call, "commd is shutting down and Kafka has not answered", &why);
	kafka_call_end(call, &why);
}

void kafka_call_end_unasked(struct kafka_call *call)
{
	struct kafka_failure why;

	(void)kafka_failure_refuse(&why, COMM_ESHUTDOWN, NULL,
				   "commd is shutting down; the topic was not %s",
				   call->is_create ? "created" : "deleted");
	kafka_call_end(call, &why);
}

int kafka_call_new(struct kafka_client *c, bool is_create, struct comm_bytes topic,
		   kafka_done_fn done, void *arg, struct kafka_call **ret)
{
	struct kafka_call *call = calloc(1, sizeof *call);

	if (!call)
		return -ENOMEM;
	call->topic = comm_bytes_dup(topic);
	if (!call->topic) {
		free(call);
		return -ENOMEM;
	}
	call->client = c;
	call->is_create = is_create;
	call->done = done;
	call->arg = arg;
	*ret = call;
	return 0;
}

/* ---- after it has happened ---- */

void kafka_call_forget(struct kafka_call *call)
{
	kafka_forget_topic(call->client->kafka, comm_bytes_of(call->topic));
}

static void run_await(struct kafka_job *j)
{
	struct kafka_call *call = container_of(j, struct kafka_call, job);

	kafka_metadata_await(j, call->topic, call->is_create ? 1 : 0, KAFKA_AWAIT_MAX_MS);
}

static void on_awaited(struct kafka_job *j)
{
	struct kafka_call *call = container_of(j, struct kafka_call, job);

	kafka_call_forget(call);
	kafka_call_end(call, NULL);
}

void kafka_call_await(struct kafka_call *call)
{
	kafka_call_forget(call);
	call->is_done = true;
	LIST_INSERT_HEAD(&call->client->producer->done_calls, call, entry);
	call->job.run = run_await;
	call->job.done = on_awaited;
	call->job.skip = on_awaited;
	if (kafka_job_start(call->client, &call->job))
		kafka_call_end(call, NULL);
}

int kafka_call_refuse(const struct kafka_call *call, rd_kafka_resp_err_t err, const char *words,
		      struct kafka_failure *f)
{
	char own[256];
	const char *next_step = err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
					? kafka_error_next_step(err)
					: NULL;

	/* Some brokers' words are but librdkafka's. */
	if (words && !strcmp(words, rd_kafka_err2str(err)))
		words = NULL;
	return kafka_failure_refuse(f, code_of(call), "topic", "topic %s: %s%s%s%s%s", call->topic,
				    kafka_error_words(err, own, sizeof own), words ? ": " : "",
				    words ? words : "", next_step ? "; " : "",
				    next_step ? next_step : "");
}

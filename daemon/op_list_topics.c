#include "daemon/op.h"

#include "daemon/call.h"

static void on_topics(void *arg, const struct kafka_failure *why,
		      const struct comm_list_topics_result *topics)
{
	struct request *r = call_finish(arg);

	if (!r)
		return;
	if (why)
		request_fail(r, why);
	else
		request_answer_many(r, topics);
}

void op_list_topics(struct request *r, const void *params)
{
	const struct comm_list_topics_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_list_topics(call->client, p->topic, call->timeout_ms, on_topics, call, &why);
	if (error)
		call_fail(call, error, &why);
}

#include "daemon/op.h"

#include "daemon/call.h"

void op_delete_topic(struct request *r, const void *params)
{
	const struct comm_delete_topic_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_delete_topic(call->client, p->topic, call->timeout_ms, call_done, call, &why);
	if (error)
		call_fail(call, error, &why);
}

#include "daemon/op.h"

#include "daemon/call.h"

void op_create_topic(struct request *r, const void *params)
{
	const struct comm_create_topic_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_create_topic(call->client, p, call->timeout_ms, call_done, call, &why);
	if (error)
		call_fail(call, error, &why);
}

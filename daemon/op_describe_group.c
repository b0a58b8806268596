#include "daemon/op.h"

#include "daemon/call.h"

void op_describe_group(struct request *r, const void *params)
{
	const struct comm_describe_group_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_describe_group(call->client, p->group, call->timeout_ms, call_answer, call,
				     &why);
	if (error)
		call_fail(call, error, &why);
}

#include "daemon/op.h"

#include "daemon/call.h"

void op_offsets(struct request *r, const void *params)
{
	const struct comm_offsets_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_offsets(call->client, p, call->timeout_ms, call_answer, call, &why);
	if (error)
		call_fail(call, error, &why);
}

#include "daemon/op.h"

#include "daemon/call.h"

void op_add_partitions(struct request *r, const void *params)
{
	const struct comm_add_partitions_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_add_partitions(call->client, p, call->timeout_ms, call_answer, call, &why);
	if (error)
		call_fail(call, error, &why);
}

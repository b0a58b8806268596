#include "daemon/op.h"

#include "daemon/call.h"
#include "daemon/readers.h"

void op_delete_group(struct request *r, const void *params)
{
	const struct comm_delete_group_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = readers_check_none(r->session, p->group, &why);
	if (!error)
		error = kafka_delete_group(call->client, p->group, call->timeout_ms, call_answer,
					   call, &why);
	if (error)
		call_fail(call, error, &why);
}

#include "daemon/op.h"

#include "daemon/call.h"
#include "daemon/readers.h"
#include "daemon/words.h"

static int start(struct call *call, const struct comm_reset_group_params *p,
		 struct kafka_failure *ret_why)
{
	enum kafka_start start;
	int error = words_find_start(p->start, KAFKA_EARLIEST, &start, ret_why);

	if (!error && !p->dry_run)
		error = readers_check_none(call->request->session, p->group, ret_why);
	if (!error)
		error = kafka_reset_group(call->client, p, start, call->timeout_ms, call_answer,
					  call, ret_why);
	return error;
}

void op_reset_group(struct request *r, const void *params)
{
	const struct comm_reset_group_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = start(call, p, &why);
	if (error)
		call_fail(call, error, &why);
}

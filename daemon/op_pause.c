#include "daemon/op.h"

#include "daemon/subscription.h"

void op_pause(struct request *r, const void *params)
{
	const struct comm_pause_params *p = params;
	struct subscription *sub = subscription_of(r, p->subscription);
	struct comm_none nothing = { 0 };
	struct kafka_failure why;
	int error;

	if (!sub)
		return;
	error = kafka_reader_pause(sub->reader, p->topics.items, p->topics.n, &why);
	if (error)
		request_fail_with(r, error, &why);
	else
		request_answer(r, &nothing);
}

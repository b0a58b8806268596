#include "daemon/op.h"

#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/errors.h"

void op_resume(struct request *r, const void *params)
{
	const struct comm_resume_params *p = params;
	struct subscription *sub = session_find_subscription(r->session, p->subscription);
	struct comm_none nothing = { 0 };
	struct kafka_failure why;
	int error;

	if (!sub) {
		request_refuse(r, COMM_ENO_SUBSCRIPTION, "this connection has no subscription %lld",
			       (long long)p->subscription);
		return;
	}
	error = kafka_reader_resume(sub->reader, p->topics.items, p->topics.n, &why);
	if (error)
		request_fail_with(r, error, &why);
	else
		request_answer(r, &nothing);
}

#include "daemon/op.h"

#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/errors.h"

void op_unsubscribe(struct request *r, const void *params)
{
	const struct comm_unsubscribe_params *p = params;
	struct subscription *sub = session_find_subscription(r->session, p->subscription);
	struct comm_none nothing = { 0 };

	if (!sub) {
		request_refuse(r, COMM_ENO_SUBSCRIPTION, "this connection has no subscription %lld",
			       (long long)p->subscription);
		return;
	}
	subscription_fail_receives(sub, COMM_ENO_SUBSCRIPTION, "the subscription has been ended");
	subscription_close(sub);
	request_answer(r, &nothing);
}

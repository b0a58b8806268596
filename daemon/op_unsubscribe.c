#include "daemon/op.h"

#include "daemon/subscription.h"
#include "proto/errors.h"

void op_unsubscribe(struct request *r, const void *params)
{
	const struct comm_unsubscribe_params *p = params;
	struct subscription *sub = subscription_of(r, p->subscription);
	struct comm_none nothing = { 0 };

	if (!sub)
		return;
	subscription_fail_receives(sub, COMM_ENO_SUBSCRIPTION, "the subscription has been ended");
	subscription_close(sub);
	request_answer(r, &nothing);
}

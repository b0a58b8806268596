#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/call.h"
#include "daemon/permit.h"

/* Answer with those of the groups that the client may know of. */
static void answer(struct request *r, const struct comm_list_groups_result *groups)
{
	const struct comm_wire_group *all = groups->groups.items;
	struct comm_wire_group *seen = calloc(groups->groups.n + 1, sizeof *seen);
	struct comm_list_groups_result result = { { seen, 0 } };

	if (!seen) {
		request_fail_with(r, -ENOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < groups->groups.n; i++)
		if (permit_sees_group(r->session, all[i].group))
			seen[result.groups.n++] = all[i];
	request_answer_many(r, &result);
	free(seen);
}

static void on_groups(void *arg, const struct kafka_failure *why, const void *groups)
{
	struct request *r = call_finish(arg);

	if (!r)
		return;
	if (why)
		request_fail(r, why);
	else
		answer(r, groups);
}

void op_list_groups(struct request *r, const void *params)
{
	const struct comm_list_groups_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_list_groups(call->client, call->timeout_ms, on_groups, call, &why);
	if (error)
		call_fail(call, error, &why);
}

#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/call.h"
#include "daemon/permit.h"

/* Answer with those of the topics that the client may know of. */
static void answer(struct request *r, const struct comm_list_topics_result *topics)
{
	const struct comm_wire_topic *all = topics->topics.items;
	struct comm_wire_topic *seen = calloc(topics->topics.n + 1, sizeof *seen);
	struct comm_list_topics_result result = *topics;
	size_t n = 0;

	if (!seen) {
		request_fail_with(r, -ENOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < topics->topics.n; i++)
		if (permit_sees_topic(r->session, all[i].name))
			seen[n++] = all[i];
	result.topics = (struct comm_list){ seen, n };
	request_answer_many(r, &result);
	free(seen);
}

static void on_topics(void *arg, const struct kafka_failure *why,
		      const struct comm_list_topics_result *topics)
{
	struct request *r = call_finish(arg);

	if (!r)
		return;
	if (why)
		request_fail(r, why);
	else
		answer(r, topics);
}

void op_list_topics(struct request *r, const void *params)
{
	const struct comm_list_topics_params *p = params;
	struct call *call = call_new(r, p->timeout_ms);
	struct kafka_failure why;
	int error;

	if (!call)
		return;
	error = kafka_list_topics(call->client, p->topic, call->timeout_ms, on_topics, call, &why);
	if (error)
		call_fail(call, error, &why);
}

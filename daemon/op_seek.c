#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/session.h"
#include "daemon/subscription.h"
#include "daemon/words.h"
#include "proto/errors.h"

/* A seek that waits for Kafka. */
struct seek {
	struct request *request; /* borrowed; NULL once it has been answered or is gone */
	int64_t subscription;
	struct kafka_client *client; /* borrowed */
};

static void on_positions(void *arg, const struct kafka_failure *why, struct comm_list positions)
{
	struct comm_seek_result result = { .positions = positions };
	struct seek *op = arg;
	struct request *r = op->request;

	free(op);
	if (!r)
		return;
	if (why)
		request_fail(r, why);
	else
		request_answer(r, &result);
}

/* Who is told that it has failed must not find out later that it has not. */
static void on_late(struct request *r)
{
	struct seek *op = r->op;
	struct subscription *sub = session_find_subscription(r->session, op->subscription);
	struct kafka_failure why;

	if (sub)
		kafka_reader_seek_cancel(sub->reader);
	op->request = NULL;
	kafka_explain_silence(op->client, &why);
	request_fail(r, &why);
}

static void on_gone(struct request *r)
{
	struct seek *op = r->op;

	op->request = NULL;
}

static int start(struct request *r, struct subscription *sub, const struct kafka_seek_options *o,
		 struct kafka_failure *ret_why)
{
	struct seek *op = calloc(1, sizeof *op);
	int error;

	if (!op)
		return -ENOMEM;
	*op = (struct seek){ r, sub->id, sub->client };
	r->op = op;
	error = request_keep(r, o->timeout_ms, on_late, on_gone);
	if (!error)
		error = kafka_reader_seek(sub->reader, o, on_positions, op, ret_why);
	if (error)
		free(op);
	return error;
}

void op_seek(struct request *r, const void *params)
{
	const struct comm_seek_params *p = params;
	struct subscription *sub = subscription_of(r, p->subscription);
	struct kafka_seek_options options = { .at = p->at,
					      .topics = p->topics.items,
					      .n_topics = p->topics.n };
	struct kafka_failure why;
	int64_t timeout_ms;
	int error;

	if (!sub)
		return;
	if (request_timeout(r, p->timeout_ms, &timeout_ms))
		return;
	options.timeout_ms = (int)timeout_ms;
	error = words_find_start(p->start, KAFKA_EARLIEST, &options.start, &why);
	if (!error)
		error = start(r, sub, &options, &why);
	if (error)
		request_fail_with(r, error, &why);
}

#include "daemon/call.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/session.h"

static void on_late(struct request *r)
{
	struct call *call = r->op;
	struct kafka_failure why;

	call->request = NULL;
	kafka_explain_late(call->client, call, &why);
	request_fail(r, &why);
}

static void on_gone(struct request *r)
{
	struct call *call = r->op;

	call->request = NULL;
}

static void call_free(struct call *call)
{
	if (call)
		quota_charge_fini(&call->held);
	free(call);
}

struct call *call_new(struct request *r, int64_t asked_ms)
{
	struct kafka_client *client;
	struct kafka_failure why;
	struct call *call;
	int64_t timeout_ms;
	int error;

	if (request_timeout(r, asked_ms, &timeout_ms))
		return NULL;
	error = session_kafka(r->session, &client, &why);
	call = error ? NULL : calloc(1, sizeof *call);
	if (call) {
		*call = (struct call){ r, client, (int)timeout_ms, { 0 } };
		quota_charge_init(&call->held, r->session->quota.account, QUOTA_HELD, r->n_bytes);
		r->op = call;
		error = request_keep(r, timeout_ms, on_late, on_gone);
	} else if (!error) {
		error = -ENOMEM;
	}
	if (error) {
		call_free(call);
		request_fail_with(r, error, &why);
		return NULL;
	}
	return call;
}

void call_fail(struct call *call, int error, const struct kafka_failure *why)
{
	struct request *r = call_finish(call);

	if (r)
		request_fail_with(r, error, why);
}

struct request *call_finish(struct call *call)
{
	struct request *r = call->request;

	call_free(call);
	return r;
}

void call_answer(void *arg, const struct kafka_failure *why, const void *result)
{
	struct request *r = call_finish(arg);
	struct comm_none nothing = { 0 };

	if (!r)
		return;
	if (why)
		request_fail(r, why);
	else
		request_answer_many(r, result ? result : &nothing);
}

void call_done(void *arg, const struct kafka_failure *why)
{
	call_answer(arg, why, NULL);
}

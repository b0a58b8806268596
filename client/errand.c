#include "client/client.h"

#include <stdlib.h>

#include "client/subscription.h"
#include "proto/codec.h"
#include "proto/util.h"

/* An acknowledgement, or the end of a subscription. */
struct errand {
	struct call call;
	struct comm_subscription *s; /* borrowed */
	comm_done_fn done;           /* or NULL */
	void *arg;
};

static void errand_drop(struct call *call)
{
	call_fini(call);
	free(container_of(call, struct errand, call));
}

static struct errand *errand_new(struct comm_subscription *s, const struct call_type *type,
				 comm_done_fn done, void *arg)
{
	struct errand *e = calloc(1, sizeof *e);

	if (!e) {
		client_no_memory(s->c);
		return NULL;
	}
	call_init(&e->call, type, s->c->timeout_ms);
	e->call.bound = true;
	e->s = s;
	e->done = done;
	e->arg = arg;
	return e;
}

static void errand_end(struct comm *c, struct errand *e, int error)
{
	unsigned int entered = client_enter_callback(c);

	if (e->done)
		e->done(c, error, e->arg);
	(void)client_leave_callback(c, entered);
	errand_drop(&e->call);
}

static void on_done(struct comm *c, int error, void *arg)
{
	waiter_end(arg, c, error);
}

/* ---- ack ---- */

static int stale(struct comm *c)
{
	return client_fail(
		c, COMM_ESTALE,
		"the connection to commd was lost since this record was received; it will "
		"be received again");
}

static void ack_done(struct comm *c, struct call *call, const struct reply *reply)
{
	const struct comm_ack_result *result = reply->result;
	int error = reply->error;

	if (error == COMM_EUNKNOWN_OUTCOME && !c->is_dead)
		error = stale(c);
	if (!error && result->refused.n)
		error = client_fail(c, COMM_ESTALE,
				    "the partition has moved to another reader, which will receive "
				    "this record again");
	errand_end(c, container_of(call, struct errand, call), error);
}

static const struct call_type ack_type = {
	.method = COMM_METHOD_ACK,
	.done = ack_done,
	.drop = errand_drop,
};

int comm_ack_async(struct comm_subscription *s, const struct comm_record *record, comm_done_fn done,
		   void *arg)
{
	struct comm *c = s ? s->c : NULL;
	struct comm_wire_position position;
	struct comm_ack_params params;
	struct errand *e;
	int error = client_enter(c);

	if (error)
		return error;
	if (!record || !record->topic || record->offset < 0)
		return client_fail(c, COMM_EINVALID, "comm_ack: the record was not received");
	if (s->state != SUBSCRIPTION_MADE)
		return stale(c);
	e = errand_new(s, &ack_type, done, arg);
	if (!e)
		return COMM_ENO_MEMORY;
	position = (struct comm_wire_position){ comm_bytes_of(record->topic), record->partition,
						record->offset + 1 };
	params = (struct comm_ack_params){ s->id, { &position, 1 } };
	error = call_start(c, &e->call, &params);
	if (error)
		errand_drop(&e->call);
	return error;
}

int comm_ack(struct comm_subscription *s, const struct comm_record *record)
{
	struct comm *c = s ? s->c : NULL;
	struct waiter w = { .done = false };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_ack_async(s, record, on_done, &w);
	return error ? error : waiter_wait(&w, c);
}

/* ---- unsubscribe ---- */

/* Whoever waits for records of @s waits in vain. It is ending: nobody begins to wait meanwhile. */
static void end_receives(struct comm *c, struct comm_subscription *s)
{
	struct call *call;

	while (!client_is_foreign(c) && (call = calls_find_subscription(c, s))) {
		struct reply reply = { .error = COMM_ENO_SUBSCRIPTION };

		client_fail(c, COMM_ENO_SUBSCRIPTION, "the subscription has been ended");
		call_unlink(c, call);
		call->type->done(c, call, &reply);
	}
}

/* A lost connection has ended it too; and any other failure ends it as far as we are concerned. */
static void unsubscribe_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct errand *e = container_of(call, struct errand, call);
	int error = reply->error;

	if (error == COMM_EUNKNOWN_OUTCOME || error == COMM_ENO_SUBSCRIPTION)
		error = 0;
	e->s->state = SUBSCRIPTION_LOST;
	end_receives(c, e->s);
	if (client_is_foreign(c)) {
		errand_drop(call);
		return;
	}
	subscription_free(e->s);
	errand_end(c, e, error);
}

static const struct call_type unsubscribe_type = {
	.method = COMM_METHOD_UNSUBSCRIBE,
	.done = unsubscribe_done,
	.drop = errand_drop,
};

int comm_unsubscribe_async(struct comm_subscription *s, comm_done_fn done, void *arg)
{
	struct comm *c = s ? s->c : NULL;
	struct comm_unsubscribe_params params;
	struct errand *e;
	int error = client_enter(c);

	if (!error)
		error = subscription_check(s);
	if (error)
		return error;
	e = errand_new(s, &unsubscribe_type, done, arg);
	if (!e)
		return COMM_ENO_MEMORY;
	params.subscription = s->id;
	if (s->state != SUBSCRIPTION_MADE)
		call_finish(c, &e->call, 0, false);
	else
		error = call_start(c, &e->call, &params);
	if (error)
		errand_drop(&e->call);
	else
		s->is_ending = true;
	return error;
}

int comm_unsubscribe(struct comm_subscription *s)
{
	struct comm *c = s ? s->c : NULL;
	struct waiter w = { .done = false };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_unsubscribe_async(s, on_done, &w);
	if (error == COMM_ENO_MEMORY) {
		/* The daemon keeps it until the connection ends. */
		s->state = SUBSCRIPTION_LOST;
		s->is_ending = true;
		end_receives(c, s);
		subscription_free(s);
	}
	return error ? error : waiter_wait(&w, c);
}

#include "client/client.h"

#include "client/query.h"
#include "client/subscription.h"

/* ---- ack ---- */

struct acking {
	struct comm_subscription *s;
	const struct comm_record *record;
};

static int stale(struct comm *c)
{
	return client_fail(c, COMM_ESTALE,
			   "the connection was lost since this record came; it will come again");
}

/* A reader of its own goes on behind the record all the same. */
static int lost(struct query *q, const struct comm_subscription *s)
{
	if (s->group)
		return stale(q->c);
	call_finish(q->c, &q->call, 0, false);
	return 0;
}

static int ack_start(struct query *q, void *params)
{
	const struct acking *a = params;
	const struct comm_record *record = a->record;
	struct comm_wire_position position;
	struct comm_ack_params wire = { a->s->id, { &position, 1 } };

	if (!record || !record->topic || record->offset < 0)
		return client_fail(q->c, COMM_EINVALID, "comm_ack: the record was not received");
	if (a->s->state != SUBSCRIPTION_MADE)
		return lost(q, a->s);
	q->is_alone = !a->s->group;
	position = (struct comm_wire_position){ comm_bytes_of(record->topic), record->partition,
						record->offset + 1 };
	return call_start(q->c, &q->call, &wire);
}

static int ack_settle(struct query *q, const struct reply *reply)
{
	const struct comm_ack_result *result = reply->result;
	int error = reply->error;

	if (error == COMM_EUNKNOWN_OUTCOME && !q->c->is_dead)
		error = q->is_alone ? 0 : stale(q->c);
	if (!error && result->refused.n)
		error = client_fail(q->c, COMM_ESTALE,
				    "the partition has moved, and this record comes again");
	return error;
}

static const struct query_steps ack_steps = { ack_start, ack_settle };

static const struct query_kind ack_kind = {
	.method = COMM_METHOD_ACK,
	.bound = true,
	.give = query_give_done,
	.steps = &ack_steps,
};

int comm_ack_async(struct comm_subscription *s, const struct comm_record *record, comm_done_fn done,
		   void *arg)
{
	struct acking params = { s, record };

	return query_run(s ? s->c : NULL, &ack_kind, &params, (query_fn)done, arg);
}

int comm_ack(struct comm_subscription *s, const struct comm_record *record)
{
	return comm_ack_async(s, record, (comm_done_fn)query_wait, NULL);
}

/* ---- unsubscribe ---- */

/* Whoever waits for @s waits in vain. It is ending: nobody begins to wait meanwhile. */
static void end_calls(struct comm *c, struct comm_subscription *s)
{
	struct call *call;

	while (!client_is_foreign(c) && (call = calls_find_subscription(c, s))) {
		struct reply reply = { .error = COMM_ENO_SUBSCRIPTION };

		client_fail(c, COMM_ENO_SUBSCRIPTION, "the subscription has been ended");
		call_unlink(c, call);
		call->type->done(c, call, &reply);
	}
}

static int unsubscribe_start(struct query *q, void *params)
{
	struct comm_subscription *s = params;
	struct comm_unsubscribe_params wire = { .subscription = s->id };
	int error = subscription_check(s);

	if (error)
		return error;
	q->s = s;
	if (s->state != SUBSCRIPTION_MADE)
		call_finish(q->c, &q->call, 0, false);
	else
		error = call_start(q->c, &q->call, &wire);
	s->is_ending = !error;
	return error;
}

/* A lost connection has ended it too; and any other failure ends it as far as we are concerned. */
static int unsubscribe_settle(struct query *q, const struct reply *reply)
{
	int error = reply->error;

	q->s->state = SUBSCRIPTION_LOST;
	/* The daemon has not read it. */
	if (error == COMM_ETIMEOUT && !reply->maybe && !q->c->is_dead)
		subscription_discard(q->c, q->s->id);
	end_calls(q->c, q->s);
	if (!client_is_foreign(q->c))
		subscription_free(q->s);
	/* So has an answer that there was no memory for. */
	if (error == COMM_EUNKNOWN_OUTCOME || error == COMM_ENO_SUBSCRIPTION ||
	    error == COMM_ENO_MEMORY)
		error = 0;
	return error;
}

static const struct query_steps unsubscribe_steps = { unsubscribe_start, unsubscribe_settle };

static const struct query_kind unsubscribe_kind = {
	.method = COMM_METHOD_UNSUBSCRIBE,
	.bound = true,
	.give = query_give_done,
	.steps = &unsubscribe_steps,
};

int comm_unsubscribe_async(struct comm_subscription *s, comm_done_fn done, void *arg)
{
	return query_run(s ? s->c : NULL, &unsubscribe_kind, s, (query_fn)done, arg);
}

int comm_unsubscribe(struct comm_subscription *s)
{
	int error = comm_unsubscribe_async(s, (comm_done_fn)query_wait, NULL);

	if (error == COMM_ENO_MEMORY) {
		/* Nothing was asked. The daemon keeps it until the connection ends. */
		s->state = SUBSCRIPTION_LOST;
		s->is_ending = true;
		end_calls(s->c, s);
		subscription_free(s);
	}
	return error;
}

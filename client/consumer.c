#include "client/client.h"

#include <stdlib.h>

#include "client/shape.h"
#include "client/subscription.h"
#include "proto/codec.h"
#include "proto/util.h"

/* How much later than the records' deadline the answer may be, unless the handle's time is shorter. */
#define MARGIN_MS 5000

struct receive {
	struct call call;
	size_t max_records;
	bool share;       /* nobody needs values of earlier ones, and none is on its way */
	int64_t id;       /* of the subscription it was sent for; 0: not sent yet */
	int64_t until_ms; /* for the first record */
	comm_received_fn done;
	void *arg;
};

/* ---- subscribing ---- */

struct subscribing {
	struct waiter waiter;
	struct comm_subscription *s;
};

static void on_subscribed(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	struct subscribing *subscribing = arg;

	subscribing->s = s;
	waiter_end(&subscribing->waiter, c, error);
}

int comm_subscribe(struct comm *c, const char *group, const char *const *topics, size_t n_topics,
		   const struct comm_subscribe_options *options, struct comm_subscription **ret_s)
{
	struct subscribing subscribing = { .s = NULL };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_subscribe_async(c, group, topics, n_topics, options, on_subscribed,
					     &subscribing);
	if (!error)
		error = waiter_wait(&subscribing.waiter, c);
	if (!error)
		*ret_s = subscribing.s;
	return error;
}

/* ---- receiving ---- */

static int receive_refresh(struct call *call)
{
	struct receive *r = container_of(call, struct receive, call);
	int64_t left = MAX(r->until_ms - client_now_ms(), 0);
	struct comm_receive_params params = {
		.subscription = call->subscription->id,
		.max_records = r->max_records ? (int64_t)r->max_records : COMM_NONE,
		.max_bytes = COMM_NONE,
		.timeout_ms = MIN(left, COMM_TIMEOUT_MAX_MS),
		.until_end = call->subscription->options.until_end != 0,
		.ends = call->subscription->options.ends != 0,
		.share = r->share && call->subscription->c->connection.shares
				 ? call->subscription->shared.inode
				 : 0,
	};

	r->id = params.subscription;
	return comm_encode_request(&call->bytes, call->id, &comm_methods[COMM_METHOD_RECEIVE],
				   &params);
}

static void receive_drop(struct call *call)
{
	call_fini(call);
	free(container_of(call, struct receive, call));
}

bool record_is_neighbour(const struct comm_record *r, const struct comm_record *other)
{
	return r->partition == other->partition && r->topic == other->topic;
}

/*
 * A reader of its own remembers where to go on if the connection is lost. No partition moves on before
 * there is room for all: without, the program gets none of the records.
 */
static int note_positions(struct comm_subscription *s, const struct comm_record *records, size_t n)
{
	const struct comm_record *end = records + n;

	if (s->group)
		return 0;
	for (const struct comm_record *r = records; r < end; r++)
		if ((r == records || !record_is_neighbour(r, r - 1)) &&
		    positions_add(&s->positions, comm_bytes_of(r->topic), r->partition, r->offset))
			return COMM_ENO_MEMORY;
	for (const struct comm_record *r = records; r < end; r++)
		if (r + 1 == end || !record_is_neighbour(r, r + 1))
			positions_set(&s->positions, comm_bytes_of(r->topic), r->partition,
				      r->offset + 1);
	return 0;
}

static int take_records(struct comm_subscription *s, const struct comm_receive_result *result,
			const struct comm_record **ret_records, size_t *ret_n_records)
{
	int error;

	s->ends = NULL;
	arena_clear(&s->arena);
	if (s->options.shared)
		shared_take(&s->shared, &s->c->connection.transport);
	error = records_make(&s->arena, &s->shared, result, ret_records, ret_n_records);
	if (!error && result->ends.n) {
		s->ends = shape_make_in(&s->arena, "--[" POSITION_SHAPE "]",
					&comm_messages[COMM_MESSAGE_receive_result], result);
		error = s->ends ? 0 : COMM_ENO_MEMORY;
	}
	/* Last: the program gets them now. */
	if (!error)
		error = note_positions(s, *ret_records, *ret_n_records);
	if (error)
		return client_fail(s->c, error, "the records that came cannot be taken: %s",
				   comm_strerror(error));
	s->at_end = result->at_end;
	pauses_enforce(s, *ret_records, *ret_n_records);
	return 0;
}

/* Whether it is about what the subscription is now, not about one that was given up meanwhile. */
static bool is_current(const struct receive *r)
{
	const struct comm_subscription *s = r->call.subscription;

	return s->state == SUBSCRIPTION_MADE && r->id == s->id;
}

/*
 * Another receive has failed, and the subscription that this one was sent for was given up. It has
 * no part in that: the subscription that takes its place serves it, records of the old one come again.
 */
static bool is_passed_on(const struct receive *r, int error)
{
	return !is_current(r) && !r->call.subscription->is_ending &&
	       (!error || error == COMM_ENO_SUBSCRIPTION);
}

/*
 * Records that were sent but never reached the program must not be acknowledged by the next
 * receive: the subscription is ended, so that they come again.
 */
static void note_failure(struct comm_subscription *s, int error, bool maybe)
{
	if (error && maybe)
		subscription_abandon(s);
	else if (error == COMM_ENO_SUBSCRIPTION)
		s->state = SUBSCRIPTION_LOST;
}

int subscription_call(struct comm_subscription *s, struct call *call)
{
	struct comm *c = s->c;
	int error = s->state == SUBSCRIPTION_LOST ? subscription_remake(s) : 0;

	if (error)
		return error;
	call_hold(c, call);
	if (s->state == SUBSCRIPTION_MADE) {
		calls_release(c, s);
		calls_write(c);
	}
	return 0;
}

static void receive_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct receive *r = container_of(call, struct receive, call);
	struct comm_subscription *s = call->subscription;
	const struct comm_record *records = NULL;
	unsigned int entered;
	size_t n_records = 0;
	int error = reply->error;
	bool maybe = reply->maybe;

	if (is_passed_on(r, error)) {
		error = subscription_call(s, call);
		if (!error)
			return;
	} else if (!error) {
		error = take_records(s, reply->result, &records, &n_records);
		maybe = error != 0;
	}
	if (error) {
		s->at_end = false;
		s->ends = NULL;
	}
	if (is_current(r))
		note_failure(s, error, maybe);
	s->n_receives--;
	entered = client_enter_callback(c);
	r->done(s, error, error ? NULL : records, error ? 0 : n_records, r->arg);
	(void)client_leave_callback(c, entered);
	receive_drop(call);
}

static const struct call_type receive_type = {
	.method = COMM_METHOD_RECEIVE,
	.keeps_bytes = true,
	.done = receive_done,
	.drop = receive_drop,
	.refresh = receive_refresh,
};

/* @r is consumed. */
static int start_receive(struct comm_subscription *s, struct receive *r)
{
	int error = subscription_call(s, &r->call);

	if (error)
		receive_drop(&r->call);
	else
		s->n_receives++;
	return error;
}

int comm_receive_async(struct comm_subscription *s, size_t max_records, int timeout_ms,
		       comm_received_fn done, void *arg)
{
	struct comm *c = s ? s->c : NULL;
	struct receive *r;
	int error = client_enter_async(c, done != NULL);

	if (!error)
		error = subscription_check(s);
	if (error)
		return error;
	if (s->options.ack == COMM_ACK_AUTO && s->n_receives)
		return client_fail(c, COMM_EBUSY,
				   "a receive is waiting; subscribe with COMM_ACK_MANUAL to have "
				   "several");
	r = calloc(1, sizeof *r);
	if (!r)
		return client_no_memory(c);
	timeout_ms = client_timeout(c, timeout_ms);
	call_init(&r->call, &receive_type, MIN(MARGIN_MS, c->timeout_ms));
	r->until_ms = client_now_ms() + timeout_ms;
	r->call.deadline_ms += timeout_ms;
	r->call.repeat = true;
	r->call.subscription = s;
	r->call.keep = &s->bytes;
	r->max_records = max_records;
	r->share = s->options.shared && !s->n_receives;
	r->done = done;
	r->arg = arg;
	return start_receive(s, r);
}

struct receiving {
	struct waiter waiter;
	const struct comm_record *records;
	size_t n_records;
};

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n_records, void *arg)
{
	struct receiving *receiving = arg;

	receiving->records = records;
	receiving->n_records = n_records;
	waiter_end(&receiving->waiter, s->c, error);
}

int comm_receive(struct comm_subscription *s, size_t max_records, int timeout_ms,
		 const struct comm_record **ret_records, size_t *ret_n_records)
{
	struct comm *c = s ? s->c : NULL;
	struct receiving receiving = { .n_records = 0 };
	int error = client_enter_blocking(c);

	/* Its records would take the place of ours before we return. */
	if (!error && s->n_receives)
		error = client_fail(c, COMM_EBUSY, "an asynchronous receive is waiting");
	if (!error)
		error = comm_receive_async(s, max_records, timeout_ms, on_received, &receiving);
	if (!error)
		error = waiter_wait(&receiving.waiter, c);
	if (error)
		return error;
	*ret_records = receiving.records;
	*ret_n_records = receiving.n_records;
	return 0;
}

const struct comm_position *comm_ends(const struct comm_subscription *s, size_t *ret_n)
{
	const struct comm_positions *ends = s ? s->ends : NULL;

	*ret_n = ends ? ends->n_positions : 0;
	return ends ? ends->positions : NULL;
}

int comm_is_at_end(const struct comm_subscription *s)
{
	return s && s->at_end;
}

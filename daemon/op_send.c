/*
 * The way of a send
 *
 * The records are handed to the port while they still lie in the buffer that was read. If the port
 * cannot take them yet (the topic is looked up, or the producer is full), the message is copied and
 * the send waits in the port's line until it is woken or its time has passed.
 *
 * Taken records are a batch of the port's. The answer is due when each has its outcome; or at the
 * deadline, when those without one are reported as perhaps persisted, for they still may be; or
 * at once for ack=queued. The batch outlives the request in the last two cases, and is charged to its
 * sender until it is done.
 */
#include "daemon/op.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/dispatch.h"
#include "daemon/kafka.h"
#include "daemon/outcomes.h"
#include "daemon/permit.h"
#include "daemon/session.h"
#include "daemon/session_limits.h"
#include "daemon/trace.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "proto/util.h"

struct send {
	struct request *request;     /* borrowed */
	struct stats *stats;         /* borrowed */
	struct kafka_client *client; /* borrowed */
	struct kafka_batch
		*batch; /* owned until the port has taken it, and again when it is done */
	unsigned int rules_number; /* of those that permitted it */
	bool is_taken;
	bool is_queued; /* ack=queued: answer when taken */
	struct kafka_waiter waiter;
	char *bytes; /* owned copy of the message while it waits */
	size_t n_bytes;
	size_t held_bytes; /* the message and its batch, which may be the larger of the two */
};

static void drop_copy(struct send *op)
{
	struct session *s = op->request->session;

	if (!op->bytes)
		return;
	op->stats->waiting_bytes -= (int64_t)op->held_bytes;
	s->waiting_bytes -= op->held_bytes;
	session_touch(s);
	free(op->bytes);
	op->bytes = NULL;
}

/* The batch lives on by itself if the port has it. */
static void send_free(struct send *op)
{
	kafka_waiter_cancel(&op->waiter);
	drop_copy(op);
	if (op->batch && op->is_taken)
		kafka_batch_abandon(op->batch);
	else
		kafka_batch_free(op->batch);
	free(op);
}

static void fail(struct send *op, int error, const struct kafka_failure *why)
{
	struct request *r = op->request;

	if (error > 0 && why && !op->is_taken)
		traces_refused(op->batch, why);
	send_free(op);
	request_fail_with(r, error, why);
}

static void answer(struct send *op)
{
	struct request *r = op->request;
	struct comm_send_result result;
	struct outcomes outcomes;
	int error;

	error = outcomes_init(&outcomes, op->client, op->batch, op->is_queued);
	result.outcomes = outcomes.list;
	send_free(op);
	if (error)
		request_refuse(
			r, COMM_EUNKNOWN_OUTCOME,
			"commd was out of memory when the records had been taken; they may be "
			"persisted");
	else
		request_answer(r, &result);
	outcomes_fini(&outcomes);
}

static void on_done(struct kafka_batch *b)
{
	struct send *op = b->arg;

	op->is_taken = false;
	answer(op);
}

/* Not taken: certainly not sent. Taken: tell what is known of each record. */
static void on_late(struct request *r)
{
	struct send *op = r->op;
	struct kafka_failure why;

	if (op->is_taken) {
		answer(op);
		return;
	}
	kafka_explain_silence(op->client, &why);
	fail(op, why.code, &why);
}

static void on_gone(struct request *r)
{
	send_free(r->op);
}

/*
 * Keep the records until the port can take them. Sessions stop being read when all together have too
 * much waiting; twice that much is what their last messages can come to, and more is refused.
 */
static int copy_message(struct send *op, struct kafka_failure *ret_why)
{
	const struct request *r = op->request;
	uint64_t max_bytes = 2 * r->session->daemon->config->limits_inflight_bytes;

	if ((uint64_t)op->stats->waiting_bytes + op->held_bytes > max_bytes) {
		*ret_why = (struct kafka_failure){ .code = COMM_EBUSY };
		(void)snprintf(
			ret_why->message, sizeof ret_why->message,
			"%lld bytes of records wait for Kafka already; try again later, or raise "
			"inflight-bytes in commd.conf",
			(long long)op->stats->waiting_bytes);
		return COMM_EBUSY;
	}
	op->bytes = malloc(r->n_bytes);
	if (!op->bytes)
		return -ENOMEM;
	memcpy(op->bytes, r->bytes, r->n_bytes);
	op->n_bytes = r->n_bytes;
	op->stats->waiting_bytes += (int64_t)op->held_bytes;
	r->session->waiting_bytes += op->held_bytes;
	return 0;
}

/* Hand the records to the port; the send may have been answered and freed on return. */
static void produce(struct send *op, const struct comm_send_params *p)
{
	struct kafka_failure why;
	int error;

	error = kafka_produce(op->client, p->topic, p->records.items, p->records.n, op->batch,
			      &op->waiter, &why);
	if (error == COMM_EAGAIN) {
		error = op->bytes ? 0 : copy_message(op, &why);
		if (error)
			fail(op, error, &why);
		return;
	}
	if (error) {
		fail(op, error, &why);
		return;
	}
	op->is_taken = true;
	if (!SLIST_EMPTY(&op->batch->watches))
		traces_handed(op->batch);
	op->request->session->sent.total += (int64_t)p->records.n;
	drop_copy(op);
	if (op->is_queued)
		answer(op);
}

/* What was permitted when it came may not be any more. */
static void on_wake(struct kafka_waiter *w)
{
	struct send *op = container_of(w, struct send, waiter);
	unsigned int rules_number = op->request->session->daemon->rules_number;
	struct comm_send_params params;
	struct kafka_failure why;
	int error = dispatch_decode_again(op->request, op->bytes, op->n_bytes, &params);

	if (!error && op->rules_number != rules_number)
		error = permit_check(op->request, &params, &why);
	op->rules_number = rules_number;
	if (error)
		fail(op, error, &why);
	else
		produce(op, &params);
}

static int check_ack(struct comm_bytes ack, struct kafka_failure *ret_why)
{
	if (!ack.data || comm_bytes_is(ack, "broker") || comm_bytes_is(ack, "queued"))
		return 0;
	*ret_why = (struct kafka_failure){ .code = COMM_EBAD_VALUE, .detail = "ack" };
	(void)snprintf(ret_why->message, sizeof ret_why->message,
		       "ack: \"%.*s\" is neither broker nor queued", (int)MIN(ack.len, 32),
		       ack.data);
	return COMM_EBAD_VALUE;
}

/*
 * What is left of the time after the request has lain in the socket: who has written it must not be told that it is
 * too late, and the records be sent after that. A time beyond all bounds is that of another clock, as in a time
 * namespace.
 */
static int64_t left_ms(const struct session *s, const struct comm_send_params *p,
		       int64_t timeout_ms)
{
	int64_t waited_ms = 0;

	if (p->written_ms > 0)
		waited_ms = (int64_t)session_now_ms(s) - p->written_ms;
	return waited_ms < 0 || waited_ms > COMM_TIMEOUT_MAX_MS ? timeout_ms
								: timeout_ms - waited_ms;
}

/* Its time was over before it was read, for commd reads no more than it can hold: nothing was sent. */
static int refuse_late(const struct kafka_client *client, struct kafka_failure *ret_why)
{
	if (kafka_client_is_down(client)) {
		kafka_explain_silence(client, ret_why);
	} else {
		*ret_why = (struct kafka_failure){ .code = COMM_EBUSY };
		(void)snprintf(
			ret_why->message, sizeof ret_why->message,
			"commd had too much to do to read this in the time allowed; try again");
	}
	return ret_why->code;
}

static struct send *send_new(struct request *r, struct kafka_client *client,
			     const struct comm_send_params *p)
{
	struct sender *sender = session_sender(r->session);
	struct send *op = sender ? calloc(1, sizeof *op) : NULL;

	if (!op)
		return NULL;
	op->request = r;
	op->stats = &r->session->daemon->stats;
	op->client = client;
	op->rules_number = r->session->daemon->rules_number;
	op->is_queued = comm_bytes_is(p->ack, "queued");
	op->waiter.wake = on_wake;
	op->batch = kafka_batch_new(p->records.n, on_done, op);
	if (!op->batch) {
		free(op);
		return NULL;
	}
	traces_begin(&r->session->daemon->traces, r->session, p, op->batch);
	session_limits_note_send(r->session, r->n_bytes, p->records.n);
	op->held_bytes = r->n_bytes + kafka_batch_size(p->records.n);
	charge_init(&op->batch->charge, sender, op->held_bytes);
	quota_take(r->session->quota.account, p->records.n, session_now_ms(r->session));
	r->op = op;
	return op;
}

void op_send(struct request *r, const void *params)
{
	const struct comm_send_params *p = params;
	const struct comm_send_result nothing = { 0 };
	struct kafka_client *client;
	struct kafka_failure why;
	int64_t timeout_ms;
	struct send *op;
	int error;

	if (request_timeout(r, p->timeout_ms, &timeout_ms))
		return;
	error = check_ack(p->ack, &why);
	if (!error)
		error = session_kafka(r->session, &client, &why);
	timeout_ms = left_ms(r->session, p, timeout_ms);
	if (!error && timeout_ms < 0)
		error = refuse_late(client, &why);
	if (error) {
		if (error > 0)
			traces_refuse(&r->session->daemon->traces, r->session, p, &why);
		request_fail_with(r, error, &why);
		return;
	}
	if (!p->records.n) {
		request_answer(r, &nothing);
		return;
	}
	op = send_new(r, client, p);
	error = op ? request_keep(r, timeout_ms, on_late, on_gone) : -ENOMEM;
	if (error) {
		if (op)
			send_free(op);
		request_fail_with(r, error, NULL);
		return;
	}
	produce(op, p);
}

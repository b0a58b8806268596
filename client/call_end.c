/*
 * Ends of calls that no answer brings: deadlines, lost connections, closing.
 */
#include "client/call.h"

#include "client/client.h"
#include "proto/util.h"

static void expire(struct comm *c, struct call *call)
{
	const struct connection *connection = &c->connection;
	const char *method = comm_methods[call->method].name;

	if (call->state == CALL_WRITTEN || call->n_written) {
		client_fail(c, COMM_ETIMEOUT, "%s: commd on %s has not answered in time", method,
			    connection->path);
		call_finish(c, call, COMM_ETIMEOUT, true);
	} else if (connection->error && !connection_is_usable(c)) {
		client_fail_text(c, connection->error, comm_bytes_of(connection->error_text));
		call_finish(c, call, connection->error, false);
	} else {
		client_fail(c, COMM_ETIMEOUT, "%s: commd on %s has not read the request in time",
			    method, connection->path);
		call_finish(c, call, COMM_ETIMEOUT, false);
	}
}

static void expire_list(struct comm *c, struct call_list *list, int64_t now_ms)
{
	struct call *call, *next;

	for (call = TAILQ_FIRST(list); call; call = next) {
		next = TAILQ_NEXT(call, entry);
		if (call->deadline_ms <= now_ms)
			expire(c, call);
		else
			c->calls.deadline_ms = MIN(c->calls.deadline_ms, call->deadline_ms);
	}
}

int64_t calls_due_ms(const struct calls *calls)
{
	bool none = TAILQ_EMPTY(&calls->pending) && TAILQ_EMPTY(&calls->written);

	return none ? INT64_MAX : calls->deadline_ms;
}

void calls_expire(struct comm *c, int64_t now_ms)
{
	if (now_ms < c->calls.deadline_ms)
		return;
	c->calls.deadline_ms = INT64_MAX;
	expire_list(c, &c->calls.written, now_ms);
	expire_list(c, &c->calls.pending, now_ms);
}

static void lose(struct comm *c, struct call *call)
{
	client_fail(c, COMM_EUNKNOWN_OUTCOME, "%s: %s before the outcome was known",
		    comm_methods[call->method].name, c->connection.error_text);
	call_finish(c, call, COMM_EUNKNOWN_OUTCOME, true);
}

void calls_on_lost(struct comm *c)
{
	struct calls *calls = &c->calls;
	struct call_list again = TAILQ_HEAD_INITIALIZER(again);
	struct call *call, *next;

	comm_buf_truncate(&calls->remainder, 0);
	while ((call = TAILQ_FIRST(&calls->written))) {
		if (!call->repeat) {
			lose(c, call);
			continue;
		}
		call_unlink(c, call);
		call->was_sent = true;
		call->state = CALL_PENDING;
		TAILQ_INSERT_TAIL(&again, call, entry);
	}
	TAILQ_CONCAT(&again, &calls->pending, entry);
	TAILQ_CONCAT(&calls->pending, &again, entry);
	for (call = TAILQ_FIRST(&calls->pending); call; call = next) {
		next = TAILQ_NEXT(call, entry);
		call->n_written = 0;
		if (call->subscription)
			call->state = CALL_HELD;
		if (call->bound)
			lose(c, call);
	}
}

void calls_fail_pending(struct comm *c, int error)
{
	struct call *call, *next;

	for (call = TAILQ_FIRST(&c->calls.pending); call; call = next) {
		next = TAILQ_NEXT(call, entry);
		call_finish(c, call, error, false);
	}
}

void calls_end(struct comm *c)
{
	struct call *call;

	while ((call = TAILQ_FIRST(&c->calls.written))) {
		client_fail(c, COMM_EUNKNOWN_OUTCOME,
			    "%s: the handle was closed before commd had answered",
			    comm_methods[call->method].name);
		call_finish(c, call, COMM_EUNKNOWN_OUTCOME, true);
	}
	while ((call = TAILQ_FIRST(&c->calls.pending))) {
		bool maybe = call->n_written != 0;

		client_fail(c, COMM_ETIMEOUT,
			    "%s: the handle was closed before the request was sent",
			    comm_methods[call->method].name);
		call_finish(c, call, COMM_ETIMEOUT, maybe);
	}
	calls_run_finished(c);
}

/* ---- calls that need a subscription ---- */

void calls_release(struct comm *c, const struct comm_subscription *s)
{
	struct call *call, *next;

	for (call = TAILQ_FIRST(&c->calls.pending); call; call = next) {
		next = TAILQ_NEXT(call, entry);
		if (call->subscription != s || call->state != CALL_HELD)
			continue;
		comm_buf_truncate(&call->bytes, 0);
		if (call->type->refresh(call)) {
			call_finish(c, call, client_no_memory(c), false);
			continue;
		}
		/* Behind one that is half written, and what has to be before it. */
		call_unlink(c, call);
		call_queue(c, call);
	}
}

void calls_fail_held(struct comm *c, const struct comm_subscription *s, int error)
{
	struct call *call, *next;

	for (call = TAILQ_FIRST(&c->calls.pending); call; call = next) {
		next = TAILQ_NEXT(call, entry);
		if (call->subscription == s && call->state == CALL_HELD)
			call_finish(c, call, error, false);
	}
}

static struct call *find_in(const struct call_list *list, const struct comm_subscription *s)
{
	struct call *call;

	TAILQ_FOREACH(call, list, entry)
		if (call->subscription == s)
			return call;
	return NULL;
}

struct call *calls_find_subscription(const struct comm *c, const struct comm_subscription *s)
{
	struct call *call = find_in(&c->calls.written, s);

	if (!call)
		call = find_in(&c->calls.pending, s);
	return call ? call : find_in(&c->calls.finished, s);
}

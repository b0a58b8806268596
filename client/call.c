#include "client/call.h"

#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "proto/codec.h"
#include "proto/util.h"

/* The daemon's deadline is before ours by a tenth, but by no more than this. */
#define MARGIN_MAX_MS 500

void calls_init(struct calls *calls)
{
	*calls = (struct calls){ .deadline_ms = INT64_MAX };
	TAILQ_INIT(&calls->pending);
	TAILQ_INIT(&calls->written);
	TAILQ_INIT(&calls->finished);
	comm_buf_init(&calls->remainder);
}

static void drop_list(struct call_list *list)
{
	struct call *call;

	while ((call = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, call, entry);
		call->type->drop(call);
	}
}

void calls_drop(struct calls *calls)
{
	drop_list(&calls->pending);
	drop_list(&calls->written);
	drop_list(&calls->finished);
	comm_buf_fini(&calls->remainder);
	calls->deadline_ms = INT64_MAX;
}

uint64_t calls_next_id(struct calls *calls)
{
	return ++calls->last_id;
}

void call_init(struct call *call, const struct call_type *type, int timeout_ms)
{
	*call = (struct call){
		.type = type,
		.method = type->method,
		.deadline_ms = client_now_ms() + timeout_ms,
	};
	comm_buf_init(&call->bytes);
}

void call_fini(struct call *call)
{
	comm_buf_fini(&call->bytes);
	free(call->text);
	call->text = NULL;
}

int64_t call_wire_timeout(const struct call *call)
{
	int64_t left = call->deadline_ms - client_now_ms();

	left -= MIN(left / 10 + 1, MARGIN_MAX_MS);
	return MAX(1, MIN(left, COMM_TIMEOUT_MAX_MS));
}

int call_start(struct comm *c, struct call *call, const void *params)
{
	static const struct comm_none none;

	call->id = calls_next_id(&c->calls);
	if (comm_encode_request(&call->bytes, call->id, &comm_methods[call->method],
				params ? params : &none))
		return client_no_memory(c);
	call_queue(c, call);
	calls_write(c);
	return 0;
}

static void insert_pending(struct comm *c, struct call *call, enum call_state state)
{
	call->state = state;
	TAILQ_INSERT_TAIL(&c->calls.pending, call, entry);
	c->calls.deadline_ms = MIN(c->calls.deadline_ms, call->deadline_ms);
}

void call_queue(struct comm *c, struct call *call)
{
	insert_pending(c, call, CALL_PENDING);
}

void call_hold(struct comm *c, struct call *call)
{
	call->id = calls_next_id(&c->calls);
	call->n_written = 0;
	insert_pending(c, call, CALL_HELD);
}

/* Before @other; NULL: behind all. */
static void move_before(struct calls *calls, struct call *call, struct call *other)
{
	if (!other)
		return;
	TAILQ_REMOVE(&calls->pending, call, entry);
	TAILQ_INSERT_BEFORE(other, call, entry);
}

void call_queue_first(struct comm *c, struct call *call)
{
	struct call *other = TAILQ_FIRST(&c->calls.pending), *i;

	/* One that is half written may stand behind those that are held. */
	TAILQ_FOREACH(i, &c->calls.pending, entry)
		if (i->n_written)
			other = TAILQ_NEXT(i, entry);
	call_queue(c, call);
	move_before(&c->calls, call, other);
}

void calls_take_back(struct comm *c, struct call *call)
{
	struct call *other;

	call_unlink(c, call);
	call->n_written = 0;
	TAILQ_FOREACH(other, &c->calls.pending, entry)
		if (other->id > call->id)
			break;
	call_queue(c, call);
	move_before(&c->calls, call, other);
}

/* What is left of a half written request has to follow, or the stream makes no sense. */
static void keep_remainder(struct comm *c, const struct call *call)
{
	struct comm_buf *remainder = &c->calls.remainder;

	comm_buf_push(remainder, comm_buf_bytes(&call->bytes) + call->n_written,
		      call->bytes.len - call->n_written);
	if (comm_buf_failed(remainder))
		connection_drain(c);
}

void call_unlink(struct comm *c, struct call *call)
{
	struct calls *calls = &c->calls;

	if (call->state == CALL_WRITTEN) {
		TAILQ_REMOVE(&calls->written, call, entry);
	} else if (call->state == CALL_FINISHED) {
		TAILQ_REMOVE(&calls->finished, call, entry);
	} else if (call->state != CALL_IDLE) {
		TAILQ_REMOVE(&calls->pending, call, entry);
		if (call->n_written)
			keep_remainder(c, call);
	}
	call->state = CALL_IDLE;
}

void call_finish(struct comm *c, struct call *call, int error, bool maybe)
{
	call_unlink(c, call);
	call->state = CALL_FINISHED;
	call->error = error;
	call->maybe = maybe;
	free(call->text);
	call->text = error ? strdup(c->error) : NULL;
	TAILQ_INSERT_TAIL(&c->calls.finished, call, entry);
}

void call_await(struct comm *c, struct call *call)
{
	call->state = CALL_WRITTEN;
	call->deadline_ms = INT64_MAX;
	TAILQ_INSERT_TAIL(&c->calls.written, call, entry);
}

void calls_run_finished(struct comm *c)
{
	struct call *call;

	while (!client_is_foreign(c) && (call = TAILQ_FIRST(&c->calls.finished))) {
		struct reply reply = { .error = call->error, .maybe = call->maybe };

		if (call->error)
			client_fail_text(c, call->error, comm_bytes_of(call->text));
		call_unlink(c, call);
		call->type->done(c, call, &reply);
	}
}

struct call *calls_find(const struct comm *c, uint64_t id)
{
	struct call *call;

	TAILQ_FOREACH(call, &c->calls.written, entry)
		if (call->id == id)
			return call;
	/* A request can be refused before all of it was written. */
	TAILQ_FOREACH(call, &c->calls.pending, entry)
		if (call->id == id && call->n_written)
			return call;
	return NULL;
}

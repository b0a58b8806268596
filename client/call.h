#pragma once

/*
 * Call: one request on its way, from being queued to its one and only end.
 *
 * Calls leave in the order in which they were started. Each ends exactly once, through done():
 * by an answer, by its deadline, or by the loss of the connection. Then it is its owner's again,
 * in which it is embedded. Ends come only from calls_on_message() and calls_run_finished(), so that
 * whoever starts a call is never called back from inside.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "proto/buf.h"
#include "proto/message.h"

struct call;
struct comm;
struct comm_subscription;

/* How a call ended. What is in it lives until done() returns. */
struct reply {
	int error;                /* 0 or COMM_E*; comm::error is its sentence */
	bool maybe;               /* error, but the daemon may have done it all the same */
	struct comm_bytes detail; /* of the daemon's error: which parameter; or nil */
	const void *result;       /* without error: the struct of the method's result */
};

struct call_type {
	enum comm_method_id method;
	bool keeps_bytes; /* of a result: they are moved to call::keep */
	void (*done)(struct comm *c, struct call *call, const struct reply *reply);
	void (*drop)(struct call *call); /* free it without a word: it is another process's */
	/* Encode it again for the subscription's new number; 0 or -ENOMEM. NULL: no need to. */
	int (*refresh)(struct call *call);
};

enum call_state {
	CALL_IDLE,    /* in no list */
	CALL_HELD,    /* waits for its subscription to be there again */
	CALL_PENDING, /* to be written, or partly written */
	CALL_WRITTEN,
	CALL_FINISHED /* done() is due */
};

struct call {
	const struct call_type *type;
	enum comm_method_id method; /* its type\'s, unless that serves several */
	TAILQ_ENTRY(call) entry;    /* on calls::pending, written or finished */
	enum call_state state;
	uint64_t id;
	struct comm_buf bytes; /* owned; the request */
	size_t n_written;
	int64_t deadline_ms;
	bool repeat;                            /* once more after a lost connection */
	bool was_sent;                          /* on a connection that was lost */
	bool bound;                             /* means nothing on another connection */
	struct comm_subscription *subscription; /* borrowed; what it is about, or NULL */
	struct comm_buf *keep;                  /* borrowed; if its type keeps bytes */
	int error;                              /* of a finished one */
	bool maybe;                             /* of a finished one */
	char *text;                             /* owned; of a finished one: the error's sentence */
};

TAILQ_HEAD(call_list, call);

struct calls {
	struct call_list pending; /* held ones among them */
	struct call_list written;
	struct call_list finished;
	struct comm_buf remainder; /* of a call that ended half written: the daemon must get it */
	uint64_t last_id;
	int64_t deadline_ms; /* no call has an earlier one */
};

void calls_init(struct calls *calls);

/* Everything is dropped, nobody is called back. */
void calls_drop(struct calls *calls);

uint64_t calls_next_id(struct calls *calls);

/* All zero but @type, with a deadline @timeout_ms from now; not queued. */
void call_init(struct call *call, const struct call_type *type, int timeout_ms);
void call_fini(struct call *call);

/* What to tell the daemon, so that it answers a little before the deadline. */
int64_t call_wire_timeout(const struct call *call);

/*
 * Encode @params and queue @call. It is written as soon as the connection allows.
 * Returns 0 or COMM_ENO_MEMORY; then it is still the caller's.
 */
int call_start(struct comm *c, struct call *call, const void *params);

/* Queue a call that has its bytes and id: behind all others, or before those not begun yet. */
void call_queue(struct comm *c, struct call *call);
void call_queue_first(struct comm *c, struct call *call);

/* Queue a call that has no bytes yet: its subscription is about to be there, then it is refreshed. */
void call_hold(struct comm *c, struct call *call);

/*
 * End a call from the outside, with comm::error as the sentence of @error; one in no list too.
 * done() follows when the handle is processed.
 */
void call_finish(struct comm *c, struct call *call, int error, bool maybe);

/* Wait for the answer again, without a deadline: only from inside done() of a written call. */
void call_await(struct comm *c, struct call *call);

/* Take a call out of its list, as if it had never been started. */
void call_unlink(struct comm *c, struct call *call);

/* Write what the socket takes; connection::draining if it takes nothing any more. */
void calls_write(struct comm *c);

/* The call with this number that waits for its answer, or NULL. */
struct call *calls_find(const struct comm *c, uint64_t id);

/* The daemon has not looked at a call that it was sent: it is to be sent again. */
void calls_take_back(struct comm *c, struct call *call);

/*
 * Deal with the message that the transport has found, and pop it.
 * Returns 0, or COMM_EPROTOCOL or COMM_ENO_MEMORY with comm::error set: the connection is no good.
 */
int calls_on_message(struct comm *c);

/* The connection is gone: sort out what is repeated and what ends here. */
void calls_on_lost(struct comm *c);

/* The daemon will not have us: nothing that waits to be written can be. */
void calls_fail_pending(struct comm *c, int error);

/* Calls held for @s: encode them for its new number, or end them with comm::error. */
void calls_release(struct comm *c, const struct comm_subscription *s);
void calls_fail_held(struct comm *c, const struct comm_subscription *s, int error);

/* The first call of @s in any list, or NULL. */
struct call *calls_find_subscription(const struct comm *c, const struct comm_subscription *s);

/* The handle is being closed: end everything. */
void calls_end(struct comm *c);

/* When calls_expire() is due; INT64_MAX: never. */
int64_t calls_due_ms(const struct calls *calls);

/* End what is beyond its deadline. */
void calls_expire(struct comm *c, int64_t now_ms);

/* Call back for all that has finished. */
void calls_run_finished(struct comm *c);

/* Bytes of requests that wait to be written. */
size_t calls_n_unwritten(const struct comm *c);

/* Whether something waits to be written now, and whether it needs a connection at all. */
bool calls_want_write(const struct comm *c);
bool calls_need_connection(const struct comm *c);

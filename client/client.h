#pragma once

/*
 * Client: the inside of struct comm, and what the library's files share.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "client/api.h"
#include "client/call.h"
#include "client/connection.h"
#include "client/fork_guard.h"
#include "client/producer.h"

struct comm_decoder;

struct comm {
	char *profile; /* owned; NULL: the daemon's default */
	char *name;    /* owned; shown to the operator */
	int timeout_ms;
	enum comm_ack ack;
	bool resend;
	struct fork_guard guard;
	unsigned int n_forks;     /* how often this handle began anew in a child */
	unsigned int n_callbacks; /* we are called from inside so many of the user's functions */
	unsigned int n_called;    /* of the user's functions, ever */
	bool is_dead;             /* it could not be made, or is being closed */
	struct connection connection;
	struct calls calls;
	struct producer producer;
	LIST_HEAD(, comm_subscription) subscriptions; /* owned */
	struct comm_decoder *decoder;                 /* owned */
	const char *error; /* the last failure: error_text or a constant */
	char error_text[1024];
};

int64_t client_now_ms(void);

/* @timeout_ms, or the handle's if it is negative; bounded so that a deadline can be computed. */
int client_timeout(const struct comm *c, int timeout_ms);

/* Keep a sentence as the last failure, unless @error is 0. They return the error. */
__attribute__((format(printf, 3, 4))) int client_fail(struct comm *c, int error, const char *format,
						      ...);
int client_fail_text(struct comm *c, int error, struct comm_bytes text);
int client_no_memory(struct comm *c);

/*
 * At the beginning of each public function: in a child, begin anew. Returns 0, or COMM_EINVALID with
 * comm::error set for NULL, for a handle that is being closed, and for a blocking call inside a
 * callback.
 */
int client_enter(struct comm *c);

/* The same for what makes no sense without @has_callback. */
int client_enter_async(struct comm *c, bool has_callback);
int client_enter_blocking(struct comm *c);

/* Whether the handle is a parent's, so that nothing of it is ours. */
bool client_is_foreign(const struct comm *c);

/*
 * Around each of the user's functions. client_leave_callback() returns false if the program has
 * forked in there and this is the child: the handle is not what it was, touch nothing.
 */
unsigned int client_enter_callback(struct comm *c);
bool client_leave_callback(struct comm *c, unsigned int entered);

/*
 * One turn: wait for something, at most until @until_ms, and process it. Returns -EINTR after a
 * signal, or as comm_process(). @ret_happened (may be NULL): it was more than a timer of our own.
 */
int client_turn(struct comm *c, int64_t until_ms, bool *ret_happened);

/* Process without waiting. Returns as comm_process(). */
int client_process(struct comm *c);

/*
 * One turn of a blocking call. Returns 0; or COMM_EUNKNOWN_OUTCOME if somebody's callback has forked in it
 * and this is the child: what is waited for is the parent's.
 */
int client_await(struct comm *c, int64_t until_ms);

/* A blocking call that waits for its asynchronous form. */
struct waiter {
	bool done;
	int error;
	char text[sizeof((struct comm *)NULL)->error_text];
};

/* From the callback: it is done. The sentence of @error is comm::error. */
void waiter_end(struct waiter *w, struct comm *c, int error);

/* Take turns until it is done; what it waits for has a deadline. Returns its error. */
int waiter_wait(struct waiter *w, struct comm *c);

#pragma once

/*
 * Request: one question of a client, from dispatch to its answer.
 *
 * A handler answers at once, or keeps the request and answers later. A kept request can end without
 * its handler: the connection ends, or its time passes. Then the hook that the handler has set is
 * called; after `gone` the request is no longer there, after `late` the handler must answer.
 *
 * Whoever answers frees: request_answer() and request_fail() end the request in any case.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/deadline.h"
#include "daemon/quota.h"
#include "proto/message.h"
#include "proto/scan.h"

struct kafka_failure;
struct session;

struct request {
	struct session *session; /* borrowed */
	const struct comm_method *method;
	uint64_t id;
	bool wants_answer; /* not a notification */
	bool is_in_order;  /* its answer has no id: nothing may overtake it */
	const char *bytes; /* the whole message; only while the handler is called first */
	size_t n_bytes;
	struct deadline deadline;
	struct quota_charge charge;
	void (*late)(struct request *r);
	void (*gone)(struct request *r);
	void *op;                   /* the handler's */
	TAILQ_ENTRY(request) entry; /* on session::requests */
};

/*
 * @m is NULL for a method that is not known; @type is COMM_REQUEST or COMM_NOTIFICATION. Returns NULL
 * when out of memory.
 */
struct request *request_new(struct session *s, const struct comm_method *m, uint64_t id,
			    enum comm_type type);

/*
 * Keep the request until @timeout_ms have passed: then @late is called, and must answer. @gone is
 * called when the connection ends before that. Returns 0 or -ENOMEM.
 */
int request_keep(struct request *r, int64_t timeout_ms, void (*late)(struct request *r),
		 void (*gone)(struct request *r));

/*
 * Answer with @result, a struct of the method's result type, and free @r. One that is larger than what a
 * client takes becomes COMM_ETOO_BIG.
 */
void request_answer(struct request *r, const void *result);

/* The same for a result whose values nobody has counted. */
void request_answer_many(struct request *r, const void *result);

/* Answer with an error and free @r. The second takes the sentence in printf's manner. */
void request_fail(struct request *r, const struct kafka_failure *why);
void request_refuse(struct request *r, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The error of @r when a handler or the port has returned @error: @why for a positive one. */
void request_fail_with(struct request *r, int error, const struct kafka_failure *why);

/*
 * For what hands out something: nobody would have it who has sent a notification. Returns whether @r wants its
 * answer; if not, it is refused.
 */
bool request_has_taker(struct request *r);

/* The connection ends: tell the handler, and free @r. */
void request_drop(struct request *r);

/* A timeout that a client asked for, or the configured one; 0 or COMM_EBAD_VALUE with @r refused. */
int request_timeout(struct request *r, int64_t asked_ms, int64_t *ret_timeout_ms);

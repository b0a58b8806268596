#pragma once

/*
 * Call: a request that waits for one answer of the port's, and may end before it comes.
 */

#include <stdint.h>

#include "daemon/kafka.h"
#include "daemon/request.h"

struct call {
	struct request *request;     /* borrowed; NULL once it has been answered or is gone */
	struct kafka_client *client; /* borrowed */
	int timeout_ms;
	struct quota_charge held; /* the message: the port has a copy of what is in it */
};

/*
 * Keep @r for a call of its session's Kafka, with the time that its client has asked for.
 *
 * Returns NULL when @r has been answered with an error instead.
 */
struct call *call_new(struct request *r, int64_t asked_ms);

/* The port has refused the call: answer with that. */
void call_fail(struct call *call, int error, const struct kafka_failure *why);

/* The port has answered: free @call. Returns its request, or NULL if nobody waits any more. */
struct request *call_finish(struct call *call);

/* A kafka_answer_fn. */
void call_answer(void *call, const struct kafka_failure *why, const void *result);

/* A kafka_done_fn for methods whose result is empty. */
void call_done(void *call, const struct kafka_failure *why);

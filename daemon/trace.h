#pragma once

/*
 * Trace: what is sent to a topic for a while, and what becomes of it, for an operator who looks on.
 *
 * A trace is a request of the method trace until it is answered. While there is none, a send costs a look
 * at an empty list. Each send to the topic is a row, which watches the batch of its records, and may be
 * without outcome when the trace ends.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "proto/message.h"

struct kafka_batch;
struct kafka_failure;
struct request;
struct session;
struct trace;

/* At once. Each copies what is sent, on the way that every record takes. */
#define TRACES_MAX 4

/* What the rows of one may have in all. */
#define TRACE_BYTES_MAX (1024 * 1024)

#define TRACE_SENDS_MAX     1000
#define TRACE_SENDS_DEFAULT 100
#define TRACE_MS_MAX        60000
#define TRACE_MS_DEFAULT    10000
#define TRACE_HEAD_MAX      1024
#define TRACE_HEAD_DEFAULT  64

struct traces {
	LIST_HEAD(, trace) all;
};

struct trace_options {
	struct comm_bytes topic; /* of the session's profile; copied */
	int64_t timeout_ms;
	size_t max_sends;
	size_t head_bytes; /* of each key and each value */
};

/*
 * Begin one: @r is answered when it ends, or gone before. Returns 0, COMM_EBUSY (there are TRACES_MAX
 * already) or -ENOMEM; then @r is still the caller's.
 */
int trace_start(struct request *r, const struct trace_options *o);

/* Answer all of them with what there is: the daemon stops. */
void traces_end(struct traces *t);

/* Other rules hold: answer COMM_EDENIED to those that may not look on any more. */
void traces_review(struct traces *t);

/* A send of @s has come, whose records are going to be @b's: have it watched by those who trace it. */
void traces_begin(struct traces *t, const struct session *s, const struct comm_send_params *p,
		  struct kafka_batch *b);

/* One has come that goes no further, which @why tells. */
void traces_refuse(struct traces *t, const struct session *s, const struct comm_send_params *p,
		   const struct kafka_failure *why);

/* The records of @b are librdkafka's now. */
void traces_handed(struct kafka_batch *b);

/* @b was not taken, which @why tells, and is going to be freed. */
void traces_refused(struct kafka_batch *b, const struct kafka_failure *why);

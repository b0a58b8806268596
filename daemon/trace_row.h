#pragma once

/*
 * Trace_row: one send, as a trace tells it.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/kafka.h"
#include "daemon/sender.h"
#include "proto/message.h"

struct session;
struct trace;

/* As much of a sentence as is told of a send that has failed. */
#define TRACE_SENTENCE_MAX 256

struct trace_row {
	struct kafka_watch watch;
	struct trace *trace;       /* borrowed */
	struct kafka_batch *batch; /* borrowed; NULL: it has its outcome */
	uint64_t came_ns;
	size_t n_bytes;               /* of this */
	struct comm_wire_traced told; /* strings are in what follows */
	struct comm_wire_error error;
	char client[SENDER_NAME_MAX];
	char sentence[TRACE_SENTENCE_MAX];
	STAILQ_ENTRY(trace_row) entry; /* on trace::rows */
	char heads[];                  /* of the key, then of the value */
};

/*
 * The send @p of @s, which came at @came_ns and has no outcome; of its first key and value there are
 * @head_bytes at most. NULL: no memory.
 */
struct trace_row *trace_row_new(const struct session *s, const struct comm_send_params *p,
				size_t head_bytes, uint64_t came_ns);
void trace_row_free(struct trace_row *row);

/* Its records are librdkafka's now. */
void trace_row_handed(struct trace_row *row);

/* No record of it was sent, which @why tells. */
void trace_row_fail(struct trace_row *row, const struct kafka_failure *why);

/* @b is its batch, which has ended: tell the outcomes of its records. */
void trace_row_end(struct trace_row *row, const struct kafka_batch *b);

#pragma once

/*
 * Line: senders that wait, each in the place that its ticket gives it.
 *
 * A sender gets its ticket when it must wait for the first time and keeps it from line to line until
 * it is through, so that nobody is overtaken on the way from the line of a topic to the one for room, or
 * back.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/kafka.h"

struct kafka_producer;

struct kafka_line {
	TAILQ_HEAD(kafka_waiters, kafka_waiter) waiters;
	struct kafka_waiter *turn;       /* woken, and not yet back */
	struct kafka_producer *producer; /* borrowed */
};

void kafka_line_init(struct kafka_line *l, struct kafka_producer *p);
bool kafka_line_is_empty(const struct kafka_line *l);

/* Whether someone is before the holder of @ticket; 0 is behind all. */
bool kafka_line_blocks(const struct kafka_line *l, uint64_t ticket);

/* Put @w, which is in no line, where it belongs. */
void kafka_line_put(struct kafka_line *l, struct kafka_waiter *w);

/* Out of the line or turn that @w has; it keeps its ticket. */
void kafka_line_leave(struct kafka_waiter *w);

/* The one who is next, or NULL: the line is empty, or who was woken before has not come back yet. */
const struct kafka_waiter *kafka_line_next(const struct kafka_line *l);

/* Wake the next, who must be there. */
void kafka_line_wake(struct kafka_line *l);

/* Wake all at once; nobody has a place any more. */
void kafka_line_dissolve(struct kafka_line *l);

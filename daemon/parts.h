#pragma once

/*
 * Parts: large messages that are not whole, of one user or of all, when there is no room for more of
 * them.
 *
 * Each would wait for the others for ever. So one is ahead: whatever there is, it may become larger,
 * until it is whole; then the next may. One that does not grow, for its client has stopped, lets the next
 * go ahead. What they have grown by while they were ahead counts until they are whole and dealt with:
 * when it has come to one message of the largest size, only the first of them may still grow. So there is
 * always one that becomes whole, and all of it is less than two such messages.
 *
 * Pure: it is told the time, and whether there is room is for the callers to say.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * A client that writes at all grows within that. Many may stand behind one that does not, for a time like
 * wait-ms.
 */
#define PARTS_STALL_MS 1000

/* Embedded in what has one; all zero: there is none. */
struct part {
	uint64_t n_bytes;
	uint64_t grown_bytes; /* of them, while it was ahead */
	bool has_been_ahead;
	TAILQ_ENTRY(part) entry; /* on parts::were_ahead, then */
};

struct parts {
	const struct part *ahead; /* borrowed; NULL: the next that asks */
	uint64_t grown_ms;        /* when it did last */
	uint64_t grown_bytes;     /* of all of these */
	TAILQ_HEAD(, part)
	were_ahead;       /* or are, and are not dealt with yet; the first comes first */
	size_t n_waiting; /* the callers': who stands in line */
};

void parts_init(struct parts *all);

/* @p has @n_bytes now. Less than before: it was dealt with, or has ended. */
void parts_set(struct parts *all, struct part *p, uint64_t n_bytes, uint64_t now_ms);

/*
 * Whether @p may become larger though there is no room, if it goes ahead. Who @has_waited stands in line,
 * and is to ask before those that have come later; who has not, stands behind the line. @max_bytes: of
 * the largest message.
 */
bool parts_may_grow(const struct parts *all, const struct part *p, bool has_waited,
		    uint64_t max_bytes, uint64_t now_ms);

/* It does. */
void parts_go_ahead(struct parts *all, struct part *p, uint64_t now_ms);

/* It is not read from. Returns whether it was ahead, so that the next may be. */
bool parts_step_back(struct parts *all, const struct part *p);

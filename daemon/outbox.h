#pragma once

/*
 * Outbox: the answers on their way to one client.
 *
 * Answers are added during a turn of the loop and leave in one write at its end. The owner stops
 * causing more while outbox_n_bytes() is above its high mark.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "daemon/spares.h"
#include "proto/buf.h"

struct outbox {
	struct comm_buf filling; /* for the next write */
	struct comm_buf writing; /* lent to libuv while is_writing */
	uv_write_t write;
	bool is_writing;
	struct spares *spares; /* borrowed */
	uint64_t n_written; /* bytes that the socket has taken, ever; but of what is in writing */
	void (*written)(struct outbox *o, int status);
};

/* @written is called after a write that took more than one turn: with 0, or with -errno when the
 * client cannot be written to. @spares must outlive it. */
void outbox_init(struct outbox *o, struct spares *spares,
		 void (*written)(struct outbox *o, int status));

/* Much is going to be added. */
void outbox_expect(struct outbox *o);

/* Not while a write is under way: close the stream first and wait for @written. */
void outbox_fini(struct outbox *o);

static inline size_t outbox_n_bytes(const struct outbox *o)
{
	return o->filling.len + o->writing.len;
}

/* Where what was added last ends: it is on its way until outbox_has_written() that. */
static inline uint64_t outbox_end(const struct outbox *o)
{
	return o->n_written + outbox_n_bytes(o);
}

/*
 * Whether the socket has taken everything before @end. The client may have read it, and asked for more,
 * before libuv calls back for a write that is done.
 */
bool outbox_has_written(const struct outbox *o, uint64_t end);

/*
 * Write as much as the socket takes, and the rest when it takes more. @ret_n_bytes is how many were
 * handed over. Returns 0 or -errno when the client cannot be written to.
 */
int outbox_flush(struct outbox *o, uv_stream_t *stream, size_t *ret_n_bytes);

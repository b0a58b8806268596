#pragma once

/*
 * Shared: memory from which a client of this host takes the values of records, instead of from its socket.
 *
 * What goes through a socket is copied into it and out of it again, which takes longer than all else
 * that is done for a record of 1000 bytes. The client gets a descriptor of the memory, once, and maps
 * it; it is sealed, so that nobody else can write there or make it smaller while it is written to.
 */

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

/* As much as the values of a receive that names no budget. */
#define SHARED_BYTES (1024 * 1024)

/* All zero has none. */
struct shared {
	char *data;    /* owned, mapped, SHARED_BYTES of it; NULL: there is none */
	int64_t inode; /* by which the client knows it */
	int64_t owner; /* number of the subscription whose values are there */
};

/*
 * Make it for the client at @stream, whose answers so far have all been written, and send the descriptor.
 * Returns 0, -EAGAIN when the client has too much to read first, or another -errno; then there is none.
 */
int shared_open(struct shared *s, uv_stream_t *stream);

/* Harmless when there is none. What the client has mapped stays as it is. */
void shared_close(struct shared *s);

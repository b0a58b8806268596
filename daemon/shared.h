#pragma once

/*
 * Shared: memory from which a client of this host takes the values of records, instead of from its socket.
 *
 * What goes through a socket is copied into it and out of it again, which takes longer than all else
 * that is done for a record of 1000 bytes. The client gets a descriptor of the memory, once, and maps
 * it; it is sealed, so that nobody else can write there or change its size.
 *
 * Its pages come into being when they are first touched, which is for the client to do: then they are
 * charged to the client, as they have to be, for nobody can take them back from it. Until they are all there
 * nothing is written to them, so that commd cannot run out of memory over them either.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

/* As much as the values of a receive that names no budget. */
#define SHARED_BYTES (1024 * 1024)

/* All zero has none. */
struct shared {
	char *data;    /* owned, mapped, SHARED_BYTES of it; NULL: there is none */
	int64_t inode; /* by which the client knows it */
	int64_t owner; /* number of the subscription whose values come there; 0: none has asked yet */
	bool is_there; /* all of its pages */
};

/*
 * Make it for the client at @stream, whose answers so far have all been written, and send the descriptor.
 * Returns 0, -EAGAIN when the client has too much to read first, or another -errno; then there is none.
 */
int shared_open(struct shared *s, uv_stream_t *stream);

/* Whether the client has touched all of it, so that it may be written to. */
bool shared_is_there(struct shared *s);

/* Harmless when there is none. What the client has mapped stays as it is. */
void shared_close(struct shared *s);

#pragma once

/*
 * Connection: down, saying hello, ready; and down again, until somebody needs it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/call.h"
#include "client/transport.h"

struct comm;

enum connection_state {
	CONNECTION_DOWN,
	CONNECTION_HELLO, /* connected; the answer to hello is due */
	CONNECTION_READY
};

/* What the daemon allows; as it said, or as proto/limits.h has it. */
struct connection_limits {
	size_t message_bytes;
	size_t records;
};

struct connection {
	struct transport transport;
	char *path; /* owned; as shown to users */
	enum connection_state state;
	struct call *hello; /* owned while it is under way */
	bool draining; /* the daemon takes nothing more: it ends when all that is written is answered */
	int refusal; /* COMM_E* that hello ended with, likewise */
	struct connection_limits limits;
	bool shares;             /* it gives values in shared memory */
	char version[64];        /* of the daemon, "" before it told */
	int64_t wanted_until_ms; /* not 0: needed until then, even if nothing waits to be written */
	bool is_crowded;         /* when down: the last attempt found too many others waiting */
	unsigned int pause_ms;   /* before the next attempt but one */
	unsigned int seed;       /* of the pauses' jitter */
	int64_t retry_at_ms;     /* when down: not before */
	int error;               /* when down: why; 0 before the first attempt */
	char error_text[768];
};

/* Returns 0, COMM_EINVALID with comm::error set, or COMM_ENO_MEMORY. */
int connection_init(struct comm *c, const char *path);
void connection_fini(struct comm *c);

/* Connect now and say hello. Returns 0, or COMM_E* with connection::error set: still down. */
int connection_open(struct comm *c);

/* In a child: let go of the parent's socket; down, without a pause. */
void connection_abandon(struct comm *c);

/* Whether calls other than hello may be written. */
bool connection_is_usable(const struct comm *c);

/*
 * The daemon takes nothing more, not the rest of a request either. What is written may be answered yet; then
 * the connection is lost.
 */
void connection_drain(struct comm *c);

/*
 * Connect if it is time, write, read, and deal with what came.
 * Returns 0, or the COMM_E* why the connection was lost or not made, with comm::error set.
 */
int connection_work(struct comm *c, int64_t now_ms);

/* When connection_work() is due without any event; INT64_MAX: never. */
int64_t connection_due_ms(const struct comm *c);

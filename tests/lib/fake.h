#pragma once

/*
 * Fake: a daemon that answers what the test says, message by message, for tests of the client
 * library.
 *
 * Whatever a test waits for in vain for ten seconds fails it with a sentence.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/codec.h"
#include "proto/errors.h"

struct fake;

/* One connection, seen from the daemon. */
struct peer {
	int fd; /* -1: not connected */
	struct comm_buf in;
	struct comm_scan scan;
	struct comm_decoder *decoder;
	bool is_read; /* the message at the front of in has been read */
	union {
#define FAKE_PARAMS(NAME, name, bare) struct comm_##name name;
		COMM_MESSAGES(FAKE_PARAMS)
#undef FAKE_PARAMS
		struct comm_none none;
	} params; /* of the last request */
};

/* Listens in a directory of its own. */
struct fake *fake_new(void);
void fake_free(struct fake *f);

/* Borrowed; path of its socket. */
const char *fake_socket(const struct fake *f);

/* No longer listen; what is connected stays so. */
void fake_stop(struct fake *f);

/* And again, on the same path. */
void fake_start(struct fake *f);

/* Run @script in a thread, while the test waits in a call of the library. */
void fake_run(struct fake *f, void (*script)(struct fake *f, void *arg), void *arg);
void fake_join(struct fake *f);

/* Join it if it has ended. */
bool fake_try_join(struct fake *f);

/* Accept the next connection. */
void peer_accept(struct fake *f, struct peer *ret);

/* The same with its hello answered. */
void peer_welcome(struct fake *f, struct peer *ret);

/* Close it, if it is open, and free what it has. */
void peer_close(struct peer *p);

/*
 * Read the next request, which has to be valid and of @method. Returns its id; its parameters are in
 * peer::params until the next one is read.
 */
uint64_t peer_read(struct peer *p, enum comm_method_id method);

/* Whether a request is there already. */
bool peer_has_request(struct peer *p);

/* Nothing more comes: the library has closed the connection. */
void peer_expect_closed(struct peer *p);

void peer_answer(struct peer *p, uint64_t id, enum comm_method_id method, const void *result);
void peer_refuse(struct peer *p, uint64_t id, enum comm_error code, const char *message,
		 const char *detail);
void peer_write(struct peer *p, const void *bytes, size_t n);

#pragma once

/*
 * Conn: a client of the daemon that is fuzzed. It knows from the bytes it has sent which answers have to
 * come, and holds those that come against them: each request that was sent whole is answered once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "proto/buf.h"
#include "proto/message.h"
#include "proto/scan.h"

/* A request has five bytes at least, and no input more than 4096. */
#define CONN_EXPECTED_MAX 1024

struct expected {
	uint64_t id;
	const struct comm_method *method; /* NULL: an error is all that can come */
	bool is_vague; /* an answer to another of this id may have been taken for its own */
};

struct conn {
	int fd;             /* -1: it is not open */
	bool has_shut;      /* it writes no more */
	bool is_deaf;       /* it does not read for now */
	bool is_ended;      /* the daemon has closed it */
	bool is_json;       /* else MessagePack, once something was sent */
	bool is_broken;     /* what it has sent makes no sense from some byte on */
	size_t message_max; /* the daemon's limit */
	struct comm_scan scan;
	struct comm_buf sent; /* what is not whole yet */
	struct comm_buf got;
	struct expected expected[CONN_EXPECTED_MAX];
	size_t n_expected; /* of JSON: lines; they have no need of ids, for nothing overtakes them */
	uint64_t n_sent;   /* bytes */
};

/* Connect to @address, of @len bytes. */
void conn_open(struct conn *c, const struct sockaddr_un *address, socklen_t len,
	       size_t message_max);

/* Without a word. */
void conn_close(struct conn *c);

/* Write no more; the answers are still wanted. */
void conn_shut(struct conn *c);

void conn_send(struct conn *c, const uint8_t *bytes, size_t n);

/* Read what is there, and judge it. */
void conn_read(struct conn *c);

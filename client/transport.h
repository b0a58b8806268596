#pragma once

/*
 * Transport: one socket to the daemon, and the bytes on their way in.
 *
 * Nothing here waits. Connecting to a Unix socket is done at once, or refused at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "proto/buf.h"
#include "proto/scan.h"

struct transport {
	struct sockaddr_un address;
	socklen_t address_len;
	int fd;             /* owned; -1: not connected */
	int passed;         /* owned; a descriptor that the daemon has passed; -1: none */
	struct comm_buf in; /* from the first byte of the message that comes next */
	struct comm_scan scan;
};

void transport_init(struct transport *t);
void transport_fini(struct transport *t);

/* The path of a socket: @given, or $COMMD_SOCKET if that is NULL or empty, or the default. */
const char *transport_choose_path(const char *given);

/* Where to connect to; a leading @ is an abstract name. Returns 0 or -ENAMETOOLONG. */
int transport_set_address(struct transport *t, const char *path);

/* Returns 0, -EAGAIN when too many wait there already, or another -errno. */
int transport_connect(struct transport *t);

/* Close the socket and forget what was read; another process may go on with its copy. */
void transport_disconnect(struct transport *t);

/* Returns how many bytes were written, 0 when there is no room now, or -errno. */
ssize_t transport_write(struct transport *t, struct iovec *pieces, size_t n_pieces);

/*
 * Read once. Returns how many bytes came, 0 when there are none now, or -errno; the end of the
 * stream is -ECONNRESET. @ret_more: there may be more.
 */
ssize_t transport_read(struct transport *t, bool *ret_more);

/* Close the descriptor that was passed, if any, and have @fd in its place. */
void transport_set_passed(struct transport *t, int fd);

/* Look for a whole message; it is the first t->scan.pos bytes of t->in. */
enum comm_scan_result transport_scan(struct transport *t);

/* Drop the message that was found. */
void transport_pop(struct transport *t);

/*
 * The same, but its bytes, and perhaps more behind them, move into @keep, whose content is dropped.
 * Returns 0, or -ENOMEM; then the message is still there.
 */
int transport_take(struct transport *t, struct comm_buf *keep);

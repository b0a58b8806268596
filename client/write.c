#include "client/call.h"

#include <sys/uio.h>

#include "client/client.h"
#include "proto/util.h"

/* Requests written with one system call. */
#define PIECES_MAX 16

static bool may_write(const struct comm *c, const struct call *call)
{
	if (call->state != CALL_PENDING)
		return false;
	return connection_is_usable(c) || call == c->connection.hello;
}

static struct iovec piece(const struct comm_buf *bytes, size_t n_written)
{
	return (struct iovec){ comm_buf_bytes(bytes) + n_written, bytes->len - n_written };
}

static size_t gather(const struct comm *c, struct iovec *ret_pieces)
{
	const struct calls *calls = &c->calls;
	const struct call *call;
	size_t n = 0;

	if (calls->remainder.len)
		ret_pieces[n++] = piece(&calls->remainder, 0);
	TAILQ_FOREACH(call, &calls->pending, entry) {
		if (n == PIECES_MAX)
			break;
		if (may_write(c, call))
			ret_pieces[n++] = piece(&call->bytes, call->n_written);
	}
	return n;
}

/* @n bytes of what gather() found are written. */
static void account(struct comm *c, size_t n)
{
	struct calls *calls = &c->calls;
	struct call *call, *next;
	size_t part = MIN(n, calls->remainder.len);

	comm_buf_pop(&calls->remainder, part);
	n -= part;
	for (call = TAILQ_FIRST(&calls->pending); n && call; call = next) {
		next = TAILQ_NEXT(call, entry);
		if (!may_write(c, call))
			continue;
		part = MIN(n, call->bytes.len - call->n_written);
		call->n_written += part;
		n -= part;
		if (call->n_written < call->bytes.len)
			return;
		TAILQ_REMOVE(&calls->pending, call, entry);
		TAILQ_INSERT_TAIL(&calls->written, call, entry);
		call->state = CALL_WRITTEN;
	}
}

/* Returns whether all of what was found has been written, so that there may be more. */
static bool write_some(struct comm *c)
{
	struct iovec pieces[PIECES_MAX];
	size_t n_pieces = gather(c, pieces), len = 0;
	ssize_t n;

	if (!n_pieces)
		return false;
	for (size_t i = 0; i < n_pieces; i++)
		len += pieces[i].iov_len;
	n = transport_write(&c->connection.transport, pieces, n_pieces);
	if (n < 0) {
		connection_drain(c);
		return false;
	}
	account(c, (size_t)n);
	return (size_t)n == len;
}

void calls_write(struct comm *c)
{
	const struct connection *connection = &c->connection;

	while (connection->state != CONNECTION_DOWN && write_some(c))
		;
}

size_t calls_n_unwritten(const struct comm *c)
{
	const struct call *call;
	size_t n = 0;

	TAILQ_FOREACH(call, &c->calls.pending, entry)
		n += call->bytes.len - call->n_written;
	return n;
}

bool calls_want_write(const struct comm *c)
{
	struct iovec pieces[PIECES_MAX];

	return c->connection.state != CONNECTION_DOWN && gather(c, pieces) > 0;
}

bool calls_need_connection(const struct comm *c)
{
	return !TAILQ_EMPTY(&c->calls.pending);
}

#include "daemon/subscription_share.h"

#include <errno.h>

#include "daemon/daemon.h"
#include "daemon/session.h"
#include "daemon/subscription.h"

/* Less goes through a socket as fast. */
#define WORTH_BYTES (32 * 1024)

/* Whether the next answer may end otherwise: what is missing is descriptors, memory, or room in the socket. */
static bool is_passing(int error)
{
	return error == -EAGAIN || error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* Give the connection its memory, if it can be. */
static void give(struct session *s)
{
	struct daemon *d = s->daemon;
	int64_t *n_bytes = &d->stats.shared_bytes;
	int error;

	/* The descriptor overtakes what waits to be written, and must not. */
	if (d->cannot_share || outbox_n_bytes(&s->out) ||
	    (uint64_t)*n_bytes + SHARED_BYTES > d->config->limits_shared_bytes)
		return;
	error = shared_open(&s->shared, (uv_stream_t *)&s->pipe);
	if (!error)
		*n_bytes += SHARED_BYTES;
	else if (!is_passing(error))
		d->cannot_share = true;
}

/* Whether @sub may write to the connection's memory, which the client knows as @inode. */
static bool may_use(const struct subscription *sub, int64_t inode, struct shared *s)
{
	if (!s->data || s->inode != inode || (s->owner && s->owner != sub->id))
		return false;
	return shared_is_there(s);
}

bool subscription_share(struct subscription *sub, int64_t inode, struct comm_wire_shared *ret)
{
	struct shared *s = &sub->session->shared;

	if (kafka_reader_shareable(sub->reader) < WORTH_BYTES)
		return false;
	if (!s->data) {
		give(sub->session);
		return false;
	}
	if (!may_use(sub, inode, s))
		return false;
	s->owner = sub->id;
	ret->inode = inode;
	ret->lengths = kafka_reader_share(sub->reader, s->data, SHARED_BYTES);
	return true;
}

void subscription_unshare(struct subscription *sub)
{
	struct session *s = sub->session;

	/* With the last one goes also what none has named. */
	if (!s->shared.data || (s->shared.owner != sub->id && s->n_subscriptions > 1))
		return;
	shared_close(&s->shared);
	s->daemon->stats.shared_bytes -= SHARED_BYTES;
}

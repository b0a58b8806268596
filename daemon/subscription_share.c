#include "daemon/subscription_share.h"

#include "daemon/daemon.h"
#include "daemon/session.h"
#include "daemon/subscription.h"

/* Less goes through a socket as fast. */
#define WORTH_BYTES (32 * 1024)

/* Whether the subscription has memory, perhaps since now. */
static bool has_memory(struct subscription *sub)
{
	struct session *s = sub->session;
	int64_t *n_bytes = &s->daemon->stats.shared_bytes;

	if (s->shared.data)
		return s->shared.owner == sub->id;
	/* The descriptor overtakes what waits to be written, and must not. */
	if (outbox_n_bytes(&s->out) ||
	    (uint64_t)*n_bytes + SHARED_BYTES > s->daemon->config->limits_shared_bytes ||
	    shared_open(&s->shared, (uv_stream_t *)&s->pipe))
		return false;
	s->shared.owner = sub->id;
	*n_bytes += SHARED_BYTES;
	return true;
}

void subscription_share(struct subscription *sub, struct comm_receive_result *result)
{
	struct comm_wire_shared *shared = &sub->shared;

	if (kafka_reader_shareable(sub->reader) < WORTH_BYTES || !has_memory(sub))
		return;
	shared->inode = sub->session->shared.inode;
	if (!kafka_reader_share(sub->reader, sub->session->shared.data, SHARED_BYTES,
				&shared->lengths))
		result->shared = shared;
}

void subscription_unshare(struct subscription *sub)
{
	struct session *s = sub->session;

	if (!s->shared.data || s->shared.owner != sub->id)
		return;
	shared_close(&s->shared);
	s->daemon->stats.shared_bytes -= SHARED_BYTES;
}

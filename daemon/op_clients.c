#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/accounts.h"
#include "daemon/daemon.h"
#include "daemon/session.h"
#include "daemon/session_limits.h"
#include "proto/util.h"

/* Nothing of it is under way: of many connections these are worth the least. */
static bool is_idle(const struct session *s)
{
	return !s->is_paused && !s->n_requests && !s->n_subscriptions && !outbox_n_bytes(&s->out) &&
	       !sender_inflight_bytes(s->sender);
}

/*
 * It was stopped by one limit, and goes on when all are half reached at most; or by a quota of its user,
 * which is a key as well.
 */
static const char *held_by(const struct session *s)
{
	const char *key = session_hold_key(s);

	return key || !s->is_paused ? key : session_limits_find(s, 2);
}

static const char *encoding_name(const struct session *s)
{
	switch (s->encoding) {
	case SESSION_MSGPACK:
		return "msgpack";
	case SESSION_JSON:
		return "json";
	case SESSION_UNDECIDED:
		break;
	}
	return "nothing";
}

static struct comm_wire_client describe(const struct session *s)
{
	return (struct comm_wire_client){
		.connection = s->number,
		.client = comm_bytes_of(s->name),
		.pid = s->peer.pid,
		.uid = s->peer.uid,
		.gid = s->peer.gid,
		.profile = comm_bytes_of(session_profile(s)),
		.connected_ms = s->connected_ms,
		.protocol = comm_bytes_of(encoding_name(s)),
		.requests = (int64_t)s->n_requests,
		.inflight_bytes = (int64_t)sender_inflight_bytes(s->sender),
		.unread_bytes = (int64_t)outbox_n_bytes(&s->out),
		.subscriptions = (int64_t)s->n_subscriptions,
		.sent = s->sent.total,
		.sent_rate = s->sent.per_second,
		.received = s->received.total,
		.received_rate = s->received.per_second,
		.requests_total = s->requests_total,
		.read_bytes = s->read_bytes_total,
		.written_bytes = s->written_bytes_total,
		.held = comm_bytes_of(held_by(s)),
	};
}

static size_t add(const struct daemon *d, bool are_idle, struct comm_wire_client *rows, size_t n,
		  size_t max)
{
	const struct session *s;

	LIST_FOREACH(s, &d->sessions, entry)
		if (n < max && is_idle(s) == are_idle)
			rows[n++] = describe(s);
	return n;
}

void op_clients(struct request *r, const void *params)
{
	const struct daemon *d = r->session->daemon;
	size_t n_all = (size_t)d->stats.connections, max = MIN(n_all, ACCOUNTS_MAX), n;
	struct comm_wire_client *rows = calloc(max + 1, sizeof *rows);
	struct comm_clients_result result;

	(void)params;
	if (!rows) {
		request_fail_with(r, -ENOMEM, NULL);
		return;
	}
	n = add(d, false, rows, 0, max);
	n = add(d, true, rows, n, max);
	result.clients = (struct comm_list){ rows, n };
	result.left_out = (int64_t)(n_all - n);
	request_answer_many(r, &result);
	free(rows);
}

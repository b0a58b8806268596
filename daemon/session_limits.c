#include "daemon/session_limits.h"

#include "daemon/daemon.h"
#include "daemon/session.h"

/*
 * Sends of one connection that wait for Kafka: a few of the client library's, and one when those of all
 * connections have come to as much as keeps Kafka busy. More would only be copied here from the
 * socket; with fifty programs that send as fast as they can it would be most of the daemon's memory,
 * and of theirs, and what is sent would be old before it leaves.
 */
#define WAITING_BYTES_MAX (512 * 1024)
#define WAITING_BYTES_ONE (32 * 1024)
#define WAITING_BYTES_ALL (4 * 1024 * 1024)

/*
 * A request of more bytes, or of more records, is one of a client that sends in bulk: it has gathered
 * them. The client library sends up to 300 at once, which are few bytes if they are short; who sends some
 * that belong together, and waits for them, has not so many.
 */
#define BULK_BYTES   (8 * 1024)
#define BULK_RECORDS 32

/*
 * Who sends record by record waits for each, and would wait for all that bulk senders have in flight:
 * milliseconds instead of a fraction of one. So for this long after such a record, bulk senders have
 * one request in flight at a time. A program that sends more often than that would notice; one that
 * sends less often costs them little.
 */
#define MAKE_WAY_MS 100

/* What a request in flight may hold up the next for. Its partition may be without a leader. */
#define MAKE_WAY_MAX_MS 20

static bool makes_way(const struct session *s, size_t inflight_bytes)
{
	const struct daemon *d = s->daemon;
	uint64_t now_ms = uv_now(d->loop);

	return inflight_bytes && d->single && d->single != s &&
	       now_ms - d->single_ms < MAKE_WAY_MS && now_ms - s->bulk_ms < MAKE_WAY_MAX_MS;
}

/* What all clients together have waiting stops those that have a part in it. */
static bool has_much_waiting(const struct session *s, unsigned int parts)
{
	uint64_t all = (uint64_t)s->daemon->stats.waiting_bytes;

	return s->waiting_bytes > WAITING_BYTES_MAX / parts ||
	       (s->waiting_bytes > WAITING_BYTES_ONE / parts && all > WAITING_BYTES_ALL / parts);
}

const char *session_limits_find(const struct session *s, unsigned int parts)
{
	const struct config *c = s->daemon->config;
	size_t inflight_bytes = sender_inflight_bytes(s->sender);

	if (s->n_in_order || !outbox_has_written(&s->out, s->in_order_end))
		return SESSION_LIMIT_ORDER;
	if (s->n_requests > c->limits_requests_per_connection / parts)
		return "requests-per-connection";
	if (inflight_bytes > c->limits_inflight_bytes_per_connection / parts)
		return "inflight-bytes-per-connection";
	if (has_much_waiting(s, parts))
		return SESSION_LIMIT_WAITING;
	if (inflight_bytes &&
	    (uint64_t)s->daemon->stats.waiting_bytes > c->limits_inflight_bytes / parts)
		return "inflight-bytes";
	if (outbox_n_bytes(&s->out) > c->limits_outbox_high / parts)
		return "outbox-high";
	return makes_way(s, inflight_bytes) ? SESSION_LIMIT_BULK : NULL;
}

void session_limits_note_send(struct session *s, size_t n_bytes, size_t n_records)
{
	struct daemon *d = s->daemon;
	uint64_t now_ms = uv_now(d->loop);

	if (n_bytes > BULK_BYTES || n_records > BULK_RECORDS) {
		s->bulk_ms = now_ms;
	} else if (!sender_inflight_bytes(s->sender)) {
		s->bulk_ms = 0;
		d->single = s;
		d->single_ms = now_ms;
	}
}

void session_limits_forget(struct session *s)
{
	if (s->daemon->single == s)
		s->daemon->single = NULL;
}

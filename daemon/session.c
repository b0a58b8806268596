/*
 * The life of a session
 *
 * session_accept() makes the handle, takes the peer's credentials and starts to read. Bytes arrive in
 * the daemon's shared buffer as long as no message is begun, so that an idle client costs no
 * buffer; the rest of a message that is not whole moves to session::in and grows there, under the
 * limit that the scanner holds it to. Each whole message goes to dispatch, which answers into the
 * outbox or keeps a request. Before the loop waits, session_work() writes the outbox.
 *
 * Reading pauses while the client has too much in flight or too many answers unread; what was
 * read already stays in session::in and is dealt with first when reading goes on.
 *
 * The end: a client that has closed its side for writing (socat does, after a piped request) still
 * gets its answers, then the session closes. A client that is gone altogether, a stream that
 * makes no sense, or a write that fails close it at once: requests are dropped, subscriptions given back,
 * and when libuv has let go of the handle the session is freed.
 */
#include "daemon/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "daemon/daemon.h"
#include "daemon/dispatch.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/subscription.h"
#include "proto/codec.h"
#include "proto/error_table.h"
#include "proto/errors.h"
#include "proto/util.h"

/* Room for the next read behind a message that is not whole yet. */
#define READ_MORE_BYTES (64 * 1024)

/* What an idle session may keep of session::in. */
#define KEEP_BYTES 1024

static void pause_reading(struct session *s)
{
	if (s->is_paused)
		return;
	s->is_paused = true;
	s->daemon->stats.connections_paused++;
	LIST_INSERT_HEAD(&s->daemon->paused, s, paused_entry);
}

static void unpause(struct session *s)
{
	if (!s->is_paused)
		return;
	s->is_paused = false;
	s->daemon->stats.connections_paused--;
	LIST_REMOVE(s, paused_entry);
}

/* Low marks are half of the high ones, so that reading goes on in long stretches. */
static bool is_over(const struct session *s, unsigned int parts)
{
	const struct config *c = s->daemon->config;

	return s->n_requests > c->limits_requests_per_connection / parts ||
	       s->inflight_bytes > c->limits_inflight_bytes_per_connection / parts ||
	       (uint64_t)s->daemon->stats.waiting_bytes > c->limits_inflight_bytes / parts ||
	       outbox_n_bytes(&s->out) > c->limits_outbox_high / parts;
}

bool session_is_full(const struct session *s)
{
	return outbox_n_bytes(&s->out) > s->daemon->config->limits_outbox_high;
}

/* The stream cannot be trusted: say why if the client can understand it, once, and end. */
static void refuse_stream(struct session *s, const char *sentence)
{
	const struct comm_error_info *info = comm_error_find(COMM_EPROTOCOL);
	struct comm_wire_error error = {
		.code = info->code,
		.name = comm_bytes_of(info->name),
		.message = comm_bytes_of(sentence),
		.retriable = info->retriable,
	};

	log_msg(LOG_WARNING, "%s (pid %d, uid %u) is disconnected: %s", s->name, (int)s->pid,
		(unsigned int)s->uid, sentence);
	s->daemon->stats.connections_broken_total++;
	if (s->scan.has_id && s->scan.type == COMM_REQUEST)
		(void)comm_encode_error(&s->out.filling, s->scan.id, &error);
	session_end(s);
}

/* Deal with the whole messages in @bytes; returns how many bytes they had. */
static size_t take_messages(struct session *s, const char *bytes, size_t len)
{
	size_t taken = 0;

	while (s->state == SESSION_OPEN && taken < len) {
		struct comm_refusal why;
		enum comm_scan_result r;

		if (is_over(s, 1)) {
			pause_reading(s);
			break;
		}
		r = comm_scan(&s->scan, bytes + taken, len - taken);
		if (r == COMM_SCAN_MORE)
			break;
		if (r != COMM_SCAN_MESSAGE) {
			refuse_stream(s, comm_scan_sentence(r));
			break;
		}
		if (dispatch_message(s, bytes + taken, &why)) {
			refuse_stream(s, why.message);
			break;
		}
		taken += s->scan.pos;
		comm_scan_start(&s->scan, s->daemon->config->limits_message_max);
	}
	return taken;
}

/* Note since when a message has been incomplete; a paused session waits for us, not for its peer. */
static void note_partial(struct session *s)
{
	if (!s->in.len || s->is_paused)
		s->partial_since_ms = 0;
	else if (!s->partial_since_ms)
		s->partial_since_ms = uv_now(s->daemon->loop);
}

static void take_kept(struct session *s)
{
	size_t taken = take_messages(s, comm_buf_bytes(&s->in), s->in.len);

	if (taken)
		s->partial_since_ms = 0;
	comm_buf_pop(&s->in, taken);
	comm_buf_shrink(&s->in, KEEP_BYTES);
	note_partial(s);
}

static void take_fresh(struct session *s, const char *bytes, size_t len)
{
	size_t taken = take_messages(s, bytes, len);

	if (s->state != SESSION_OPEN)
		return;
	comm_buf_push(&s->in, bytes + taken, len - taken);
	if (comm_buf_failed(&s->in)) {
		log_msg(LOG_ERR, "no memory for a message of %s (pid %d)", s->name, (int)s->pid);
		session_close(s);
		return;
	}
	note_partial(s);
}

/* The peer has closed its side for writing, or altogether: the kernel knows which. */
static void on_end(struct session *s)
{
	struct pollfd p = { .events = 0 };

	if (uv_fileno((uv_handle_t *)&s->pipe, &p.fd) || poll(&p, 1, 0) < 0 ||
	    p.revents & (POLLHUP | POLLERR))
		session_close(s);
	else
		session_end(s);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret)
{
	struct session *s = container_of((uv_pipe_t *)h, struct session, pipe);
	char *room;

	(void)suggested;
	if (!s->in.len)
		*ret = uv_buf_init(s->daemon->read_bytes, DAEMON_READ_BYTES);
	else if (comm_buf_reserve(&s->in, READ_MORE_BYTES, &room) == 0)
		*ret = uv_buf_init(room, READ_MORE_BYTES);
	else
		*ret = uv_buf_init(NULL, 0);
}

static void stop_reading(struct session *s)
{
	if (s->is_reading)
		uv_read_stop((uv_stream_t *)&s->pipe);
	s->is_reading = false;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct session *s = container_of((uv_pipe_t *)stream, struct session, pipe);

	if (n == 0)
		return;
	if (n < 0) {
		if (n == UV_EOF)
			on_end(s);
		else
			session_close(s);
		return;
	}
	s->daemon->stats.read_bytes_total += n;
	if (buf->base == s->daemon->read_bytes) {
		take_fresh(s, buf->base, (size_t)n);
	} else {
		comm_buf_grew(&s->in, (size_t)n);
		take_kept(s);
	}
	if (s->is_paused)
		stop_reading(s);
}

static void start_reading(struct session *s)
{
	if (!s->is_reading && !uv_read_start((uv_stream_t *)&s->pipe, on_alloc, on_read))
		s->is_reading = true;
}

void session_touch(struct session *s)
{
	if (s->is_dirty || s->state == SESSION_CLOSING)
		return;
	s->is_dirty = true;
	LIST_INSERT_HEAD(&s->daemon->dirty, s, dirty_entry);
}

static void not_dirty(struct session *s)
{
	if (s->is_dirty)
		LIST_REMOVE(s, dirty_entry);
	s->is_dirty = false;
}

/* Go on where take_messages() paused, once the low marks are reached. */
static void resume(struct session *s)
{
	if (s->state != SESSION_OPEN || !s->is_paused || is_over(s, 2))
		return;
	unpause(s);
	take_kept(s);
	if (s->state == SESSION_OPEN && !s->is_paused)
		start_reading(s);
}

static void flush(struct session *s)
{
	size_t n_bytes;
	int r = outbox_flush(&s->out, (uv_stream_t *)&s->pipe, &n_bytes);

	s->daemon->stats.written_bytes_total += (int64_t)n_bytes;
	if (r < 0)
		session_close(s);
}

void session_work(struct session *s)
{
	struct subscription *sub;

	not_dirty(s);
	flush(s);
	if (s->state == SESSION_CLOSING)
		return;
	resume(s);
	LIST_FOREACH(sub, &s->subscriptions, entry)
	subscription_serve(sub);
	flush(s);
	if (s->state == SESSION_ENDING && !s->n_requests && !outbox_n_bytes(&s->out))
		session_close(s);
}

static void on_written(struct outbox *o, int status)
{
	struct session *s = container_of(o, struct session, out);

	if (s->state == SESSION_CLOSING)
		return;
	if (status < 0)
		session_close(s);
	else
		session_touch(s);
}

void session_end(struct session *s)
{
	if (s->state != SESSION_OPEN)
		return;
	s->state = SESSION_ENDING;
	stop_reading(s);
	unpause(s);
	s->partial_since_ms = 0;
	session_touch(s);
}

static void on_closed(uv_handle_t *h)
{
	struct session *s = container_of((uv_pipe_t *)h, struct session, pipe);
	struct daemon *d = s->daemon;

	outbox_fini(&s->out);
	comm_buf_fini(&s->in);
	free(s->profile_name);
	free(s);
	daemon_session_gone(d);
}

void session_close(struct session *s)
{
	struct request *r, *next;
	struct subscription *sub;

	if (s->state == SESSION_CLOSING)
		return;
	s->state = SESSION_CLOSING;
	stop_reading(s);
	unpause(s);
	not_dirty(s);
	for (r = TAILQ_FIRST(&s->requests); r; r = next) {
		next = TAILQ_NEXT(r, entry);
		request_drop(r);
	}
	while ((sub = LIST_FIRST(&s->subscriptions)))
		subscription_close(sub);
	LIST_REMOVE(s, entry);
	s->daemon->stats.connections--;
	uv_close((uv_handle_t *)&s->pipe, on_closed);
}

static void take_credentials(struct session *s)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof peer;
	uv_os_fd_t fd;

	if (!uv_fileno((uv_handle_t *)&s->pipe, &fd) &&
	    !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) {
		s->pid = peer.pid;
		s->uid = peer.uid;
	}
	strcpy(s->name, "anonymous");
}

static void on_refused(uv_handle_t *h)
{
	free(container_of((uv_pipe_t *)h, struct session, pipe));
}

int session_accept(struct daemon *d, uv_stream_t *server)
{
	struct session *s = calloc(1, sizeof *s);
	int r;

	if (!s)
		return -ENOMEM;
	uv_pipe_init(d->loop, &s->pipe, 0);
	r = uv_accept(server, (uv_stream_t *)&s->pipe);
	if (!r && d->stats.connections >= (int64_t)d->config->limits_connections)
		r = -EBUSY;
	if (r) {
		uv_close((uv_handle_t *)&s->pipe, on_refused);
		return r;
	}
	s->daemon = d;
	TAILQ_INIT(&s->requests);
	LIST_INIT(&s->subscriptions);
	outbox_init(&s->out, on_written);
	comm_scan_start(&s->scan, d->config->limits_message_max);
	take_credentials(s);
	LIST_INSERT_HEAD(&d->sessions, s, entry);
	d->n_sessions++;
	d->stats.connections++;
	d->stats.connections_total++;
	start_reading(s);
	return 0;
}

struct subscription *session_find_subscription(const struct session *s, int64_t id)
{
	struct subscription *sub;

	LIST_FOREACH(sub, &s->subscriptions, entry)
	if (sub->id == id)
		return sub;
	return NULL;
}

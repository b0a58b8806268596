/*
 * The life of a session
 *
 * session_accept() makes the handle, takes the peer's credentials and starts to read. Bytes arrive in
 * the daemon's shared buffer as long as no message is begun, so that an idle client costs no
 * buffer; the rest of a message that is not whole moves to session::in and grows there, under the
 * limit that the scanner holds it to. Each whole message goes to dispatch, which answers into the
 * outbox or keeps a request. Before the loop waits, session_work() writes the outbox. If the first
 * byte of all is a "{", messages are lines of JSON (session_line.c), and so are the answers.
 *
 * Reading pauses while the client has too much in flight or too many answers unread, and rests until
 * the loop's next turn when the client has had its part of this one, or all clients of its user have while
 * there are others; what was read already stays in session::in and is dealt with first when reading goes
 * on.
 *
 * The end: a client that has closed its side for writing (socat does, after a piped request) still
 * gets its answers, then the session closes; so does one whose stream makes no sense or stops in
 * the middle of a message, after an answer that says so if an id is known. A client that is gone
 * altogether or a write that fails close it at once: requests are dropped, subscriptions given
 * back, and when libuv has let go of the handle the session is freed.
 */
#include "daemon/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "daemon/clock.h"
#include "daemon/daemon.h"
#include "daemon/descriptors.h"
#include "daemon/session_limits.h"
#include "daemon/session_partial.h"
#include "daemon/session_read.h"
#include "daemon/subscription.h"
#include "proto/util.h"

bool session_is_full(const struct session *s)
{
	return outbox_n_bytes(&s->out) > s->daemon->config->limits_outbox_high ||
	       session_quota_is_full(s);
}

/* Which of @events there are, POLLHUP and POLLERR besides; with its descriptor. */
static short look(const struct session *s, short events, int *ret_fd)
{
	struct pollfd p = { .events = events };
	int n;

	if (uv_fileno((const uv_handle_t *)&s->pipe, &p.fd))
		return POLLERR;
	*ret_fd = p.fd;
	/* A signal interrupts even one that does not wait, and says nothing of the peer. */
	do
		n = poll(&p, 1, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? POLLERR : p.revents;
}

bool session_is_hung_up(const struct session *s)
{
	int fd;

	return look(s, 0, &fd) & (POLLHUP | POLLERR);
}

void session_touch(struct session *s)
{
	if (s->is_dirty || s->state == SESSION_CLOSING)
		return;
	s->is_dirty = true;
	s->daemon->n_dirty++;
	TAILQ_INSERT_TAIL(&s->daemon->dirty, s, dirty_entry);
}

static void not_dirty(struct session *s)
{
	if (!s->is_dirty)
		return;
	s->is_dirty = false;
	s->daemon->n_dirty--;
	TAILQ_REMOVE(&s->daemon->dirty, s, dirty_entry);
}

static void flush(struct session *s)
{
	size_t n_bytes;
	int r = outbox_flush(&s->out, (uv_stream_t *)&s->pipe, &n_bytes);

	s->written_bytes_total += (int64_t)n_bytes;
	s->daemon->stats.written_bytes_total += (int64_t)n_bytes;
	session_quota_note_unread(s);
	if (r < 0)
		session_close(s);
}

/* Returns whether there is more to give once the client has read what it has. */
static bool serve(struct session *s)
{
	struct subscription *sub;

	LIST_FOREACH(sub, &s->subscriptions, entry)
		subscription_serve(sub);
	return session_is_full(s);
}

/* Whether there is something to do of which nothing else will remind us. */
static bool can_go_on(struct session *s, bool has_more)
{
	return s->is_resting || (has_more && !session_is_full(s)) ||
	       (s->is_paused && !session_read_must_wait(s));
}

/* Whether something has come that was not read yet. */
static bool has_unread(const struct session *s)
{
	uv_os_fd_t fd;
	int n = 0;

	return !uv_fileno((const uv_handle_t *)&s->pipe, &fd) && !ioctl(fd, FIONREAD, &n) && n > 0;
}

/* Whether something that was read has been put off. */
static bool has_put_off(const struct session *s)
{
	return s->is_resting || s->is_paused;
}

/*
 * Whether everything is said. At the daemon's end that is for the session to know: what the client has
 * written by then gets its answer, or the client could not tell what became of it.
 */
static bool is_done(const struct session *s)
{
	if (s->n_requests || outbox_n_bytes(&s->out))
		return false;
	return s->state == SESSION_ENDING ||
	       (s->daemon->state == DAEMON_FLUSHING && !has_put_off(s) && !has_unread(s));
}

void session_work(struct session *s)
{
	bool has_more;

	flush(s);
	if (s->state == SESSION_CLOSING)
		return;
	session_read_resume(s);
	has_more = serve(s);
	flush(s);
	/* What was answered just now has touched the session: that is done. */
	not_dirty(s);
	session_quota_note_starving(s, s->n_subscriptions && session_quota_is_full(s));
	if (s->state == SESSION_CLOSING)
		return;
	if (is_done(s))
		session_close(s);
	else if (can_go_on(s, has_more))
		session_touch(s);
}

void session_sweep(struct session *s)
{
	rate_tick(&s->sent);
	rate_tick(&s->received);
	/* One that rests has been read from, and that is dealt with first. */
	if (!s->is_reading && !s->is_resting && session_is_hung_up(s))
		session_close(s);
	else
		session_partial_sweep(s);
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
	session_read_stop(s);
	session_touch(s);
}

void session_hear_out(struct session *s)
{
	int fd;

	/* One that writes no more itself may have left its last line without an end. */
	if (!look(s, POLLRDHUP, &fd))
		s->is_heard_out = !shutdown(fd, SHUT_RD);
	session_touch(s);
}

static void on_closed(uv_handle_t *h)
{
	struct session *s = container_of((uv_pipe_t *)h, struct session, pipe);
	struct daemon *d = s->daemon;

	outbox_fini(&s->out);
	comm_buf_fini(&s->in);
	peer_fini(&s->peer);
	free(s->profile_name);
	free(s->sends_to);
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
	session_read_stop(s);
	not_dirty(s);
	for (r = TAILQ_FIRST(&s->requests); r; r = next) {
		next = TAILQ_NEXT(r, entry);
		request_drop(r);
	}
	while ((sub = LIST_FIRST(&s->subscriptions)))
		subscription_close(sub);
	session_limits_forget(s);
	session_quota_fini(s);
	sender_disconnect(s->sender);
	LIST_REMOVE(s, entry);
	s->daemon->stats.connections--;
	uv_close((uv_handle_t *)&s->pipe, on_closed);
}

static void take_credentials(struct session *s)
{
	uv_os_fd_t fd = -1;

	(void)uv_fileno((uv_handle_t *)&s->pipe, &fd);
	peer_init(&s->peer, fd);
	strcpy(s->name, "anonymous");
}

static void on_refused(uv_handle_t *h)
{
	struct session *s = container_of((uv_pipe_t *)h, struct session, pipe);

	peer_fini(&s->peer);
	free(s);
}

/* Returns 0, -EBUSY or -EMFILE. */
static int find_room(const struct daemon *d, const uv_pipe_t *pipe)
{
	uv_os_fd_t fd;

	if (d->stats.connections >= (int64_t)d->max_connections)
		return -EBUSY;
	if (uv_fileno((const uv_handle_t *)pipe, &fd) == 0 &&
	    descriptors_are_used_up(d->max_descriptors, fd))
		return -EMFILE;
	return 0;
}

int session_accept(struct daemon *d, uv_stream_t *server)
{
	struct session *s = calloc(1, sizeof *s);
	int r;

	if (!s)
		return -ENOMEM;
	uv_pipe_init(d->loop, &s->pipe, 0);
	r = uv_accept(server, (uv_stream_t *)&s->pipe);
	s->daemon = d;
	if (!r)
		r = find_room(d, &s->pipe);
	if (!r) {
		take_credentials(s);
		r = session_quota_init(s);
	}
	if (r) {
		uv_close((uv_handle_t *)&s->pipe, on_refused);
		return r;
	}
	TAILQ_INIT(&s->requests);
	LIST_INIT(&s->subscriptions);
	outbox_init(&s->out, &d->spares, on_written);
	comm_scan_start(&s->scan, d->config->limits_message_max);
	LIST_INSERT_HEAD(&d->sessions, s, entry);
	d->n_sessions++;
	d->stats.connections++;
	s->number = ++d->stats.connections_total;
	s->connected_ms = clock_ms();
	session_read_start(s);
	return 0;
}

struct log_about session_about(const struct session *s)
{
	return (struct log_about){
		.client = s->name,
		.pid = s->peer.pid,
		.uid = s->peer.uid,
		.profile = session_profile(s),
	};
}

struct subscription *session_find_subscription(const struct session *s, int64_t id)
{
	struct subscription *sub;

	LIST_FOREACH(sub, &s->subscriptions, entry)
		if (sub->id == id)
			return sub;
	return NULL;
}

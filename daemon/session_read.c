#include "daemon/session_read.h"

#include <stdio.h>
#include <syslog.h>

#include "daemon/answer.h"
#include "daemon/daemon.h"
#include "daemon/dispatch.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "daemon/session_limits.h"
#include "daemon/session_line.h"
#include "daemon/session_log.h"
#include "daemon/session_partial.h"
#include "proto/error_table.h"
#include "proto/errors.h"
#include "proto/json.h"
#include "proto/util.h"

/* What an idle session may keep of session::in. */
#define KEEP_BYTES 1024

/*
 * What one connection gets of one turn of the loop: after so many messages, or so many bytes, the
 * others have theirs. A flood of small messages must not delay them by more than a moment.
 */
#define MESSAGES_PER_TURN 256
#define BYTES_PER_TURN    DAEMON_READ_BYTES

/* What a user has to spend in a turn: a message costs 1, and for each so many bytes 1 more. */
#define COST_BYTES 2048

static void pause_reading(struct session *s)
{
	if (s->is_paused)
		return;
	s->is_paused = true;
	s->daemon->stats.connections_paused++;
	TAILQ_INSERT_TAIL(&s->daemon->paused, s, paused_entry);
}

static void unpause(struct session *s)
{
	if (!s->is_paused)
		return;
	s->is_paused = false;
	s->daemon->stats.connections_paused--;
	TAILQ_REMOVE(&s->daemon->paused, s, paused_entry);
}

void session_read_refuse(struct session *s, int code, const char *sentence)
{
	const struct comm_wire_error error = comm_error_wire(code, sentence);

	session_log_disconnected(s, code, sentence);
	if (s->encoding == SESSION_JSON)
		(void)answer_error(s, COMM_JSON_NO_ID, &error);
	else if (s->scan.has_id && s->scan.type == COMM_REQUEST)
		(void)answer_error(s, s->scan.id, &error);
	session_end(s);
}

/* A size is not nonsense: whoever meets it must learn which one it is and who can change it. */
static void refuse_scanned(struct session *s, enum comm_scan_result r)
{
	char sentence[256];

	s->daemon->stats.connections_broken_total++;
	switch (r) {
	case COMM_SCAN_TOO_BIG:
		(void)snprintf(sentence, sizeof sentence,
			       "the message is longer than %zu bytes, or a length or count in it "
			       "says so; the limit is message-max in [limits] of commd.conf",
			       s->scan.limit);
		session_read_refuse(s, COMM_ETOO_BIG, sentence);
		return;
	case COMM_SCAN_TOO_MANY:
		(void)snprintf(sentence, sizeof sentence,
			       "the message holds more than %d values, which is the most that "
			       "the protocol allows",
			       COMM_OBJECTS_MAX);
		session_read_refuse(s, COMM_ETOO_BIG, sentence);
		return;
	default:
		session_read_refuse(s, COMM_EPROTOCOL, comm_scan_sentence(r));
	}
}

/*
 * Deal with the message that @bytes begin with; returns how many bytes it has, 0 if it is not whole or
 * held back.
 */
static size_t take_message(struct session *s, const char *bytes, size_t len)
{
	struct comm_refusal why;
	enum comm_scan_result r;
	size_t taken;
	int error;

	/* The limit may be another than when the message before this one ended. One that is held was within it. */
	if (!s->scan.pos && !s->hold.is_held)
		s->scan.limit = s->daemon->config->limits_message_max;
	r = comm_scan(&s->scan, bytes, len);
	taken = s->scan.pos;
	if (r == COMM_SCAN_MORE)
		return 0;
	if (r != COMM_SCAN_MESSAGE) {
		refuse_scanned(s, r);
		return 0;
	}
	error = dispatch_message(s, bytes, &why);
	if (error && error != COMM_EAGAIN) {
		s->daemon->stats.connections_broken_total++;
		session_read_refuse(s, COMM_EPROTOCOL, why.message);
		return 0;
	}
	comm_scan_start(&s->scan, s->daemon->config->limits_message_max);
	return error ? 0 : taken;
}

static bool has_had_turn(const struct session *s)
{
	return quota_has_had_turn(s->quota.account);
}

/* Deal with the whole messages in @bytes; returns how many bytes they had. */
static size_t take_messages(struct session *s, const char *bytes, size_t len)
{
	size_t taken = 0;

	if (s->encoding == SESSION_UNDECIDED && len)
		s->encoding = *bytes == '{' ? SESSION_JSON : SESSION_MSGPACK;
	while (s->state == SESSION_OPEN && taken < len) {
		size_t n;

		if (session_limits_are_reached(s, 1)) {
			pause_reading(s);
			break;
		}
		if (s->turn_messages == MESSAGES_PER_TURN || has_had_turn(s)) {
			s->is_resting = true;
			break;
		}
		n = s->encoding == SESSION_JSON ? session_line_take(s, bytes + taken, len - taken)
						: take_message(s, bytes + taken, len - taken);
		if (!n && s->hold.is_held && !s->hold.is_part)
			pause_reading(s);
		if (!n)
			break;
		taken += n;
		s->turn_messages++;
		quota_spend(s->quota.account, 1 + n / COST_BYTES);
	}
	return taken;
}

/* Nothing more is whole for now. */
static void note_partial(struct session *s)
{
	int error = session_partial_check(s);

	if (error == COMM_EAGAIN)
		pause_reading(s);
	if (!error || error == COMM_EAGAIN)
		session_partial_note(s);
}

static void take_kept(struct session *s)
{
	size_t taken = take_messages(s, comm_buf_bytes(&s->in), s->in.len);

	if (taken)
		s->partial_since_ms = 0;
	if (s->state != SESSION_OPEN) {
		session_partial_drop(s);
		return;
	}
	comm_buf_pop(&s->in, taken);
	comm_buf_shrink(&s->in, KEEP_BYTES);
	note_partial(s);
}

static void fail_for_memory(struct session *s)
{
	const struct log_about about = session_about(s);

	log_event(LOG_ERR, LOG_EVENT_NO_MEMORY, &about, "no memory for a message of %s (pid %d)",
		  s->name, (int)s->peer.pid);
	session_close(s);
}

static void take_fresh(struct session *s, const char *bytes, size_t len)
{
	size_t taken = take_messages(s, bytes, len);

	if (s->state != SESSION_OPEN)
		return;
	comm_buf_push(&s->in, bytes + taken, len - taken);
	if (comm_buf_failed(&s->in)) {
		fail_for_memory(s);
		return;
	}
	note_partial(s);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret)
{
	struct session *s = container_of((uv_pipe_t *)h, struct session, pipe);
	char *room;

	(void)suggested;
	if (has_had_turn(s))
		*ret = uv_buf_init(NULL, 0);
	else if (!s->in.len)
		*ret = uv_buf_init(s->daemon->read_bytes, DAEMON_READ_BYTES);
	else if (comm_buf_reserve(&s->in, SESSION_PARTIAL_BYTES, &room) == 0)
		*ret = uv_buf_init(room, SESSION_PARTIAL_BYTES);
	else
		*ret = uv_buf_init(NULL, 0);
}

/*
 * The last line may lack its end. What a peer has begun to write that is gone now for another reason
 * than that it has closed the connection is none.
 */
static bool take_last_line(struct session *s, bool is_broken)
{
	if (s->encoding != SESSION_JSON || is_broken || !s->in.len)
		return false;
	session_hold_no_more(s);
	(void)session_line_run(s, comm_buf_bytes(&s->in), s->in.len);
	session_partial_drop(s);
	return true;
}

/*
 * The peer writes no more. As long as it reads it gets the answers to all that was whole; of a
 * request that was cut it is told so, for it may believe that it was sent; but not when it was cut
 * here, which it has seen.
 */
static void on_end(struct session *s, bool is_broken)
{
	bool is_gone = is_broken || session_is_hung_up(s);

	if (s->is_heard_out) {
		session_partial_drop(s);
	} else if (!take_last_line(s, is_broken) && s->in.len) {
		s->daemon->stats.connections_cut_total++;
		session_read_refuse(s, COMM_EPROTOCOL,
				    "the connection ended in the middle of a message");
		session_partial_drop(s);
	}
	if (is_gone)
		session_close(s);
	else
		session_end(s);
}

static void pause_handle(struct session *s)
{
	if (s->is_reading)
		uv_read_stop((uv_stream_t *)&s->pipe);
	s->is_reading = false;
}

/* Nothing was read: it is its user's turn in the next turn of the loop. */
static void rest(struct session *s)
{
	s->is_resting = true;
	session_touch(s);
	pause_handle(s);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct session *s = container_of((uv_pipe_t *)stream, struct session, pipe);

	if (n == 0)
		return;
	if (n == UV_ENOBUFS && has_had_turn(s)) {
		rest(s);
		return;
	}
	if (n < 0) {
		if (n == UV_ENOBUFS)
			fail_for_memory(s);
		else
			on_end(s, n != UV_EOF);
		return;
	}
	s->read_bytes_total += n;
	s->daemon->stats.read_bytes_total += n;
	s->turn_bytes += (size_t)n;
	if (s->turn_bytes >= BYTES_PER_TURN)
		s->is_resting = true;
	if (buf->base == s->daemon->read_bytes) {
		take_fresh(s, buf->base, (size_t)n);
	} else {
		comm_buf_grew(&s->in, (size_t)n);
		take_kept(s);
	}
	if (s->is_resting)
		session_touch(s);
	if (s->is_paused || s->is_resting)
		pause_handle(s);
}

void session_read_start(struct session *s)
{
	if (!s->is_reading && !uv_read_start((uv_stream_t *)&s->pipe, on_alloc, on_read))
		s->is_reading = true;
}

void session_read_stop(struct session *s)
{
	unpause(s);
	session_hold_end(s);
	pause_handle(s);
	session_partial_count(s, 0);
	s->partial_since_ms = 0;
}

bool session_read_must_wait(struct session *s)
{
	if (!session_limits_are_reached(s, 2))
		return session_hold_is_needed(s);
	/* What it waits for now is its own: others of its user need not stand behind it. */
	session_hold_end(s);
	return true;
}

void session_read_resume(struct session *s)
{
	bool has_stopped = s->is_paused || s->is_resting;

	/* Those that wait for their turn are looked at in the order in which they have begun to. */
	if (s->is_resting && !quota_resume(s->quota.account))
		return;
	s->turn_messages = 0;
	s->turn_bytes = 0;
	s->is_resting = false;
	if (s->state != SESSION_OPEN || !has_stopped || (s->is_paused && session_read_must_wait(s)))
		return;
	unpause(s);
	take_kept(s);
	if (s->state == SESSION_OPEN && !s->is_paused && !s->is_resting)
		session_read_start(s);
}

#include "daemon/session_partial.h"

#include <stdio.h>

#include "daemon/daemon.h"
#include "daemon/session.h"
#include "daemon/session_read.h"
#include "proto/errors.h"

void session_partial_count(struct session *s, size_t n_bytes)
{
	struct daemon *d = s->daemon;
	bool is_less = n_bytes < s->part.n_bytes;

	d->stats.partial_bytes += (int64_t)n_bytes - (int64_t)s->part.n_bytes;
	parts_set(&d->parts, &s->part, n_bytes, session_now_ms(s));
	session_quota_note_partial(s, n_bytes);
	if (is_less && d->parts.n_waiting)
		daemon_released(d);
}

void session_partial_drop(struct session *s)
{
	comm_buf_fini(&s->in);
	session_partial_count(s, 0);
}

static int refuse(struct session *s, int code, const char *sentence)
{
	session_read_refuse(s, code, sentence);
	session_partial_drop(s);
	return code;
}

int session_partial_check(struct session *s)
{
	char sentence[256];
	int error;

	session_partial_count(s, s->in.len);
	if (s->in.len <= SESSION_PARTIAL_BYTES)
		return 0;
	if (s->is_paused)
		session_hold_step_back(s);
	/*
	 * What these have may be whole: the one waits already, the other is not read from and looked at
	 * again.
	 */
	error = s->is_paused || s->is_resting ? 0 : session_hold_admit_part(s);
	if (error == COMM_EBUSY) {
		s->daemon->stats.partial_refused_total++;
		return refuse(s, error,
			      "too many large messages are on their way at once; try again later");
	}
	if (error != COMM_EQUOTA)
		return error;
	session_quota_explain(s, QUOTA_HELD, sentence, sizeof sentence);
	return refuse(s, COMM_EQUOTA, sentence);
}

void session_partial_note(struct session *s)
{
	if (!s->in.len || s->is_paused)
		s->partial_since_ms = 0;
	else if (!s->partial_since_ms)
		s->partial_since_ms = session_now_ms(s);
}

void session_partial_sweep(struct session *s)
{
	unsigned int timeout_ms = s->daemon->config->limits_idle_message_timeout_ms;
	char sentence[64];

	if (!s->partial_since_ms || session_now_ms(s) - s->partial_since_ms < timeout_ms)
		return;
	(void)snprintf(sentence, sizeof sentence, "a message did not become whole in %u ms",
		       timeout_ms);
	s->daemon->stats.connections_late_total++;
	(void)refuse(s, COMM_EPROTOCOL, sentence);
}

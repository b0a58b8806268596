#include "daemon/session_partial.h"

#include <stdio.h>

#include "daemon/daemon.h"
#include "daemon/session.h"
#include "daemon/session_read.h"
#include "proto/errors.h"

/*
 * What they may have in all sessions together: four of the largest. Beyond that only small ones go on,
 * of no more than one more read each.
 */
#define PARTIAL_BYTES_MAX (4 * (int64_t)COMM_MESSAGE_MAX)

void session_partial_count(struct session *s, size_t n_bytes)
{
	s->daemon->stats.partial_bytes += (int64_t)n_bytes - (int64_t)s->partial_bytes;
	s->partial_bytes = n_bytes;
	session_quota_note_partial(s, n_bytes);
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
	if (s->daemon->stats.partial_bytes > PARTIAL_BYTES_MAX)
		return refuse(s, COMM_EBUSY,
			      "too many large messages are on their way at once; try again later");
	/* What a paused session has is whole, and waits already. */
	error = s->is_paused ? 0 : session_hold_admit_part(s);
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

#include "daemon/session_log.h"

#include <stdbool.h>
#include <syslog.h>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "proto/errors.h"

static bool may_say(const struct session *s, enum said_kind kind, char ret_more[SAID_MORE_SIZE])
{
	return said_note(&s->daemon->quotas.said, s->peer.uid, kind, session_now_ms(s), ret_more);
}

void session_log_disconnected(const struct session *s, int code, const char *sentence)
{
	struct log_about about = session_about(s);
	char more[SAID_MORE_SIZE];

	if (!may_say(s, SAID_DISCONNECTED, more))
		return;
	about.error = code;
	log_event(LOG_WARNING, LOG_EVENT_DISCONNECTED, &about,
		  "%s (pid %d, uid %u) is disconnected: %s%s", s->name, (int)s->peer.pid,
		  (unsigned int)s->peer.uid, sentence, more);
}

void session_log_denied(const struct session *s, const char *method, const char *sentence)
{
	struct log_about about = session_about(s);
	char more[SAID_MORE_SIZE];

	if (!may_say(s, SAID_DENIED, more))
		return;
	about.error = COMM_EDENIED;
	log_event(LOG_NOTICE, LOG_EVENT_DENIED, &about, "%s (pid %d, uid %u) is denied %s: %s%s",
		  s->name, (int)s->peer.pid, (unsigned int)s->peer.uid, method, sentence, more);
}

#include "daemon/session_log.h"

#include <stdio.h>
#include <syslog.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/permit_ask.h"
#include "daemon/session.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "proto/utf8.h"

/* @is_again: its line was left out before. */
static bool may_say(const struct session *s, enum said_kind kind, bool is_again,
		    char ret_more[SAID_MORE_SIZE])
{
	return said_note(&s->daemon->quotas.said, s->peer.uid, kind, is_again, session_now_ms(s),
			 ret_more);
}

void session_log_disconnected(const struct session *s, int code, const char *sentence)
{
	struct log_about about = session_about(s);
	char more[SAID_MORE_SIZE];

	if (!may_say(s, SAID_DISCONNECTED, false, more))
		return;
	about.error = code;
	log_event(LOG_WARNING, LOG_EVENT_DISCONNECTED, &about,
		  "%s (pid %d, uid %u) is disconnected: %s%s", s->name, (int)s->peer.pid,
		  (unsigned int)s->peer.uid, sentence, more);
}

/* The topic or the group that was asked about is copied to @name. */
static struct log_about about_denied(const struct session *s, const struct acl_question *asked,
				     char name[COMM_NAME_MAX + 1])
{
	struct log_about about = session_about(s);

	about.error = COMM_EDENIED;
	(void)snprintf(name, COMM_NAME_MAX + 1, "%.*s",
		       (int)comm_utf8_cut(asked->name, COMM_NAME_MAX),
		       asked->name.data ? asked->name.data : "");
	if (asked->object == ACL_TOPIC)
		about.topic = name;
	if (asked->object == ACL_GROUP)
		about.group = name;
	return about;
}

bool session_log_denied(const struct session *s, const char *method, const struct permit_denial *d)
{
	char name[COMM_NAME_MAX + 1], more[SAID_MORE_SIZE];
	const struct log_about about = about_denied(s, &d->asked, name);

	if (!may_say(s, SAID_DENIED, s->was_left_out, more))
		return false;
	log_event(LOG_NOTICE, LOG_EVENT_DENIED, &about, "%s (pid %d, uid %u) is denied %s: %s%s",
		  s->name, (int)s->peer.pid, (unsigned int)s->peer.uid, method, d->why->message,
		  more);
	return true;
}

void session_log_denied_later(const struct session *s, int64_t subscription,
			      const struct permit_denial *d)
{
	char name[COMM_NAME_MAX + 1];
	const struct log_about about = about_denied(s, &d->asked, name);

	log_event(LOG_NOTICE, LOG_EVENT_DENIED, &about,
		  "subscription %lld of %s (pid %d, uid %u) ends: %s", (long long)subscription,
		  s->name, (int)s->peer.pid, (unsigned int)s->peer.uid, d->why->message);
}

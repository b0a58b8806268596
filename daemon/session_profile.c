#include "daemon/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "proto/errors.h"

#define DEFAULT_PROFILE "default"

int session_set_profile(struct session *s, struct comm_bytes profile)
{
	char *name = comm_bytes_dup(profile);

	if (!name)
		return -ENOMEM;
	free(s->profile_name);
	s->profile_name = name;
	free(s->sends_to);
	s->sends_to = NULL;
	return 0;
}

const char *session_profile(const struct session *s)
{
	return s->profile_name ? s->profile_name : DEFAULT_PROFILE;
}

struct sender *session_sender(struct session *s)
{
	struct sender *old = s->sender, *new;

	if (old && !strcmp(old->profile, session_profile(s)))
		return old;
	new = sender_new(&s->daemon->senders, s->peer.pid, s->peer.uid, s->name, session_profile(s),
			 old);
	if (!new)
		return NULL;
	new->account = quota_account_ref(s->quota.account);
	sender_disconnect(old);
	s->sender = new;
	return new;
}

static int no_profile(const struct daemon *d, const char *name, struct kafka_failure *ret_why)
{
	ret_why->code = COMM_ENO_PROFILE;
	(void)snprintf(ret_why->message, sizeof ret_why->message,
		       "there is no profile \"%.64s\"; an administrator adds one as %s/%.64s.conf",
		       name, d->config->kafka_profiles, name);
	return COMM_ENO_PROFILE;
}

int session_kafka(struct session *s, struct kafka_client **ret, struct kafka_failure *ret_why)
{
	const char *name = session_profile(s);
	const struct daemon *d = s->daemon;
	struct profile_entry *e = profile_set_find(d->profiles, comm_bytes_of(name));
	int error;

	*ret_why = (struct kafka_failure){ 0 };
	if (!e)
		return no_profile(d, name, ret_why);
	if (!e->profile) {
		ret_why->code = COMM_EBAD_PROFILE;
		(void)snprintf(ret_why->message, sizeof ret_why->message, "%s", e->problem.text);
		return COMM_EBAD_PROFILE;
	}
	error = kafka_client_get(d->kafka, e->profile, ret, ret_why);
	if (!error || error == COMM_EBAD_PROFILE)
		profile_entry_note(e, error ? ret_why->message : NULL);
	return error;
}

#include "daemon/readers.h"

#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/errors.h"
#include "proto/util.h"

/* Those that are named; their names are the clients' choice. */
#define NAMED_MAX 5

/* Add the name of @s, if one of its subscriptions is in the way. */
static size_t name(const struct session *s, const char *profile, struct comm_bytes group,
		   size_t n_named, struct kafka_failure *ret)
{
	const struct subscription *sub;
	size_t len = strlen(ret->message), n = 0;

	LIST_FOREACH(sub, &s->subscriptions, entry)
		n += kafka_reader_is_member(sub->reader, profile, group);
	if (n && n_named < NAMED_MAX)
		(void)snprintf(ret->message + len, sizeof ret->message - len, "%s %.60s (pid %d)",
			       n_named ? "," : "", s->name, (int)s->peer.pid);
	return n > 0;
}

int readers_check_none(const struct session *s, struct comm_bytes group,
		       struct kafka_failure *ret_why)
{
	const char *profile = session_profile(s);
	const struct session *other;
	size_t n = 0, len;

	*ret_why = (struct kafka_failure){ .code = COMM_EGROUP_ACTIVE, .detail = "group" };
	(void)snprintf(ret_why->message, sizeof ret_why->message, "group \"%.*s\" is read here by",
		       (int)MIN(group.len, (size_t)COMM_NAME_MAX), group.data);
	LIST_FOREACH(other, &s->daemon->sessions, entry)
		n += name(other, profile, group, n, ret_why);
	if (!n)
		return 0;
	len = strlen(ret_why->message);
	(void)snprintf(ret_why->message + len, sizeof ret_why->message - len,
		       "%s; end the subscriptions first, or move them while they read: seek",
		       n > NAMED_MAX ? " and others" : "");
	return COMM_EGROUP_ACTIVE;
}

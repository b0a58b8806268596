#include "daemon/permit_ask.h"

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/permit.h"
#include "daemon/session.h"
#include "proto/errors.h"

static struct acl_identity identity_of(const struct session *s)
{
	return (struct acl_identity){
		.problem = s->peer.problem[0] ? s->peer.problem : NULL,
		.uid = s->peer.uid,
		.gid = s->peer.gid,
		.groups = s->peer.groups,
		.n_groups = s->peer.n_groups,
	};
}

struct acl_question permit_question(const struct session *s, unsigned int any_of,
				    enum acl_object object, struct comm_bytes name)
{
	return (struct acl_question){ any_of, object, name, session_profile(s) };
}

struct acl_question permit_daemon_question(unsigned int any_of, const char *profile)
{
	return (struct acl_question){ .any_of = any_of, .object = ACL_DAEMON, .profile = profile };
}

bool permit_may(const struct session *s, struct acl_question q)
{
	const struct acl_identity who = identity_of(s);

	return acl_check(s->daemon->rules, &who, &q).is_allowed;
}

int permit_ask(const struct session *s, struct acl_question q, struct permit_denial *ret)
{
	const struct acl *rules = s->daemon->rules;
	const struct acl_identity who = identity_of(s);
	const struct acl_verdict verdict = acl_check(rules, &who, &q);

	if (verdict.is_allowed)
		return 0;
	*ret->why = (struct kafka_failure){ .code = COMM_EDENIED };
	ret->asked = q;
	acl_explain(rules, &who, &q, &verdict, ret->why->message, sizeof ret->why->message);
	return COMM_EDENIED;
}

/* ---- what lists show ---- */

bool permit_sees_topic(const struct session *s, struct comm_bytes topic)
{
	return permit_may(s, permit_question(s, PERMIT_SEE_TOPIC, ACL_TOPIC, topic));
}

bool permit_sees_group(const struct session *s, struct comm_bytes group)
{
	return permit_may(s, permit_question(s, PERMIT_SEE_GROUP, ACL_GROUP, group));
}

bool permit_sees_all(const struct session *s, const char *profile)
{
	return permit_may(s, permit_daemon_question(ACL_BIT(ACL_STATUS), profile));
}

bool permit_sees_user(const struct session *s, uid_t uid, const char *profile)
{
	return (!s->peer.problem[0] && s->peer.uid == uid) || permit_sees_all(s, profile);
}

bool permit_reads(const struct session *s, const char *topic)
{
	return permit_may(
		s, permit_question(s, ACL_BIT(ACL_CONSUME), ACL_TOPIC, comm_bytes_of(topic)));
}

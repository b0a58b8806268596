#include "daemon/acl_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/utf8.h"

/* Of a profile's name in a sentence; none that there is has more, but one may ask for any. */
#define PROFILE_BYTES_MAX 64

struct operation {
	const char *word;
	const char *to[ACL_DAEMON + 1]; /* by enum acl_object */
};

static const struct operation operations[ACL_N_OPERATIONS] = {
#define OPERATION(NAME, word, topic, group, daemon) { word, { topic, group, daemon } },
	ACL_OPERATIONS(OPERATION)
#undef OPERATION
};

enum acl_operation acl_operation_find(const char *word)
{
	size_t i = 0;

	while (i < ACL_N_OPERATIONS && strcmp(operations[i].word, word))
		i++;
	return (enum acl_operation)i;
}

void acl_operations_list(char *ret, size_t size)
{
	*ret = '\0';
	for (size_t i = 0; i < ACL_N_OPERATIONS; i++)
		(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s%s", i ? ", " : "",
			       operations[i].word);
}

struct acl *acl_free(struct acl *a)
{
	for (size_t i = 0; a && i < a->n_rules; i++) {
		struct acl_rule *rule = &a->rules[i];

		free(rule->name);
		free(rule->users.items);
		free(rule->groups.items);
		acl_patterns_fini(&rule->profiles);
		acl_patterns_fini(&rule->topics);
		acl_patterns_fini(&rule->consumer_groups);
	}
	if (a) {
		free(a->rules);
		free(a->users);
		free(a->file);
	}
	free(a);
	return NULL;
}

const char *acl_remark(const struct acl *a)
{
	return a->remark[0] ? a->remark : NULL;
}

/* ---- the verdict ---- */

static int compare_gid(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

static bool is_in(const struct acl_identity *who, gid_t gid)
{
	return who->gid == gid || (who->n_groups && bsearch(&gid, who->groups, who->n_groups,
							    sizeof gid, compare_gid));
}

static bool is_about(const struct acl_rule *rule, const struct acl_identity *who)
{
	if (rule->is_for_all)
		return true;
	for (size_t i = 0; i < rule->users.n; i++)
		if (rule->users.items[i] == who->uid)
			return true;
	for (size_t i = 0; i < rule->groups.n; i++)
		if (is_in(who, rule->groups.items[i]))
			return true;
	return false;
}

/* A name that is longer than any may be is refused by all that only some names pass. */
static bool match_name(const struct acl_rule *rule, const struct acl_patterns *p,
		       struct comm_bytes name)
{
	char text[COMM_NAME_MAX + 1];

	if (p->is_all)
		return true;
	if (name.len >= sizeof text)
		return p->n && !rule->allows;
	memcpy(text, name.len ? name.data : "", name.len);
	text[name.len] = '\0';
	return acl_patterns_match(p, text);
}

static bool match_object(const struct acl_rule *rule, const struct acl_question *q)
{
	switch (q->object) {
	case ACL_TOPIC:
		return match_name(rule, &rule->topics, q->name);
	case ACL_GROUP:
		return match_name(rule, &rule->consumer_groups, q->name);
	case ACL_DAEMON:
		return rule->topics.is_all && rule->consumer_groups.is_all;
	}
	return false;
}

static bool match_profile(const struct acl_rule *rule, const char *profile)
{
	/* What is about all of them is about those that a denial names. */
	if (rule->profiles.is_all || !profile)
		return rule->profiles.is_all || !rule->allows;
	return match_name(rule, &rule->profiles, comm_bytes_of(profile));
}

static struct acl_verdict check_one(const struct acl *a, const struct acl_identity *who,
				    enum acl_operation operation, const struct acl_question *q)
{
	for (size_t i = 0; i < a->n_rules; i++) {
		const struct acl_rule *rule = &a->rules[i];

		if (rule->operations & ACL_BIT(operation) && is_about(rule, who) &&
		    match_profile(rule, q->profile) && match_object(rule, q))
			return (struct acl_verdict){ rule->allows, rule };
	}
	return (struct acl_verdict){ false, NULL };
}

struct acl_verdict acl_check(const struct acl *a, const struct acl_identity *who,
			     const struct acl_question *q)
{
	struct acl_verdict verdict = { false, NULL };

	if (who->problem)
		return verdict;
	for (int i = 0; i < ACL_N_OPERATIONS && !verdict.is_allowed; i++)
		if (q->any_of & ACL_BIT(i)) {
			struct acl_verdict one = check_one(a, who, (enum acl_operation)i, q);

			/* Of several that are refused, the rule that says so says more. */
			if (one.is_allowed || !verdict.rule)
				verdict = one;
		}
	return verdict;
}

/* ---- its reason ---- */

static void name_user(const struct acl *a, uid_t uid, char *ret, size_t size)
{
	for (size_t i = 0; i < a->n_users; i++)
		if (a->users[i].uid == uid) {
			(void)snprintf(ret, size, "user %s (uid %u)", a->users[i].name,
				       (unsigned int)uid);
			return;
		}
	(void)snprintf(ret, size, "uid %u", (unsigned int)uid);
}

static void name_deed(const struct acl_question *q, char *ret, size_t size)
{
	static const char *const objects[] = { "topic", "consumer group" };
	const char *verb = "see";

	for (int i = 0; i < ACL_N_OPERATIONS; i++)
		if (q->any_of == ACL_BIT(i))
			verb = operations[i].to[q->object];
	if (q->object == ACL_DAEMON)
		(void)snprintf(ret, size, "%s", verb);
	else
		(void)snprintf(ret, size, "%s %s \"%.*s\"", verb, objects[q->object],
			       (int)comm_utf8_cut(q->name, COMM_NAME_MAX),
			       q->name.data ? q->name.data : "");
	if (q->profile && strcmp(q->profile, "default"))
		(void)snprintf(ret + strlen(ret), size - strlen(ret), " through profile %.*s",
			       (int)comm_utf8_cut(comm_bytes_of(q->profile), PROFILE_BYTES_MAX),
			       q->profile);
}

static void name_reason(const struct acl *a, const struct acl_rule *rule, char *ret, size_t size)
{
	if (rule)
		(void)snprintf(ret, size,
			       "rule \"%s\" (%s:%d) denies it; an administrator can change that",
			       rule->name, a->file, rule->line);
	else if (!a->rules[0].line)
		(void)snprintf(
			ret, size,
			"members of group commd-clients may produce and consume, root and "
			"commd's own user may do everything; an administrator adds you to the "
			"group, or a [rule NAME] to %s",
			a->file);
	else
		(void)snprintf(ret, size,
			       "no rule of %s is about that; an administrator can add one",
			       a->file);
}

void acl_explain(const struct acl *a, const struct acl_identity *who, const struct acl_question *q,
		 const struct acl_verdict *verdict, char *ret, size_t size)
{
	char user[ACL_USER_NAME_SIZE + 32], deed[512], reason[512];

	name_deed(q, deed, sizeof deed);
	name_user(a, who->uid, user, sizeof user);
	name_reason(a, verdict->rule, reason, sizeof reason);
	if (who->problem)
		(void)snprintf(ret, size,
			       "nobody may %s without an identity, and that of this connection "
			       "could not be read (%s); connect again",
			       deed, who->problem);
	else
		(void)snprintf(ret, size, "%s may not %s: %s", user, deed, reason);
	/* The journal shows nothing of a line that is no text, as where the name of the file did not fit. */
	comm_utf8_mend(ret);
}

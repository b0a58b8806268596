#include "daemon/permit.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/acl.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "daemon/session_log.h"
#include "daemon/subscription.h"
#include "daemon/trace.h"
#include "proto/errors.h"

/* ---- what a method needs ---- */

/* To do any of these things to what the parameter names; none: everybody may ask. */
struct need {
	unsigned int any_of;
	enum acl_object object;
	size_t name; /* of struct comm_bytes, in the method's parameters */
	int (*check)(struct request *r, const void *params, struct kafka_failure *ret_why);
};

#define PRODUCE    ACL_BIT(ACL_PRODUCE)
#define CONSUME    ACL_BIT(ACL_CONSUME)
#define ADMINISTER ACL_BIT(ACL_ADMINISTER)

/* Who may do one of these with a topic or a group may know of it. */
#define SEE_TOPIC (PRODUCE | CONSUME | ADMINISTER)
#define SEE_GROUP (CONSUME | ADMINISTER)

/* And of everybody's, and of the daemon itself. */
#define SEE_ALL ACL_BIT(ACL_STATUS)

static int check_send(struct request *r, const void *params, struct kafka_failure *ret_why);
static int check_subscribe(struct request *r, const void *params, struct kafka_failure *ret_why);
static int check_list_topics(struct request *r, const void *params, struct kafka_failure *ret_why);
static int check_reset_group(struct request *r, const void *params, struct kafka_failure *ret_why);
static int check_trace(struct request *r, const void *params, struct kafka_failure *ret_why);

#define FREE                \
	{                   \
		.any_of = 0 \
	}
#define TOPIC(any_of, name)                                                           \
	{                                                                             \
		any_of, ACL_TOPIC, offsetof(struct comm_##name##_params, topic), NULL \
	}
#define GROUP(any_of, name)                                                           \
	{                                                                             \
		any_of, ACL_GROUP, offsetof(struct comm_##name##_params, group), NULL \
	}
#define DAEMON(any_of)                      \
	{                                   \
		any_of, ACL_DAEMON, 0, NULL \
	}
#define CHECK(check)                    \
	{                               \
		0, ACL_DAEMON, 0, check \
	}

/*
 * A row for each method, or this does not compile. What is about a subscription was decided when it
 * was asked for, and when the rules have changed; lists and status show what one may see.
 */
#define PERMIT_HELLO          FREE
#define PERMIT_PING           FREE
#define PERMIT_SEND           CHECK(check_send)
#define PERMIT_SUBSCRIBE      CHECK(check_subscribe)
#define PERMIT_RECEIVE        FREE
#define PERMIT_ACK            FREE
#define PERMIT_UNSUBSCRIBE    FREE
#define PERMIT_SEEK           FREE
#define PERMIT_PAUSE          FREE
#define PERMIT_RESUME         FREE
#define PERMIT_LIST_TOPICS    CHECK(check_list_topics)
#define PERMIT_CREATE_TOPIC   TOPIC(ADMINISTER, create_topic)
#define PERMIT_DELETE_TOPIC   TOPIC(ADMINISTER, delete_topic)
#define PERMIT_DESCRIBE_TOPIC TOPIC(SEE_TOPIC, describe_topic)
#define PERMIT_ADD_PARTITIONS TOPIC(ADMINISTER, add_partitions)
#define PERMIT_ALTER_TOPIC    TOPIC(ADMINISTER, alter_topic)
#define PERMIT_OFFSETS        TOPIC(SEE_TOPIC, offsets)
#define PERMIT_LIST_GROUPS    FREE
#define PERMIT_DESCRIBE_GROUP GROUP(SEE_GROUP, describe_group)
#define PERMIT_RESET_GROUP    CHECK(check_reset_group)
#define PERMIT_DELETE_GROUP   GROUP(ADMINISTER, delete_group)
#define PERMIT_STATUS         FREE
#define PERMIT_CLIENTS        DAEMON(SEE_ALL)
#define PERMIT_BROKERS        DAEMON(SEE_ALL)
#define PERMIT_CONSUMERS      DAEMON(SEE_ALL)
#define PERMIT_METRICS        DAEMON(SEE_ALL)
#define PERMIT_HELP           FREE
#define PERMIT_TRACE          CHECK(check_trace)
#define PERMIT_RELOAD         DAEMON(ADMINISTER)

static const struct need needs[COMM_N_METHODS] = {
#define NEED(NAME, name, params, result, doc) [COMM_METHOD_##NAME] = PERMIT_##NAME,
	COMM_METHODS(NEED)
#undef NEED
};

/* ---- one question ---- */

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

/* About a topic or a group, of the profile that @s talks to. */
static struct acl_question question(const struct session *s, unsigned int any_of,
				    enum acl_object object, struct comm_bytes name)
{
	return (struct acl_question){ any_of, object, name, session_profile(s) };
}

static struct acl_question daemon_question(unsigned int any_of, const char *profile)
{
	return (struct acl_question){ .any_of = any_of, .object = ACL_DAEMON, .profile = profile };
}

static bool may(const struct session *s, struct acl_question q)
{
	const struct acl_identity who = identity_of(s);

	return acl_check(s->daemon->rules, &who, &q).is_allowed;
}

/* Returns 0, or COMM_EDENIED with @ret_why. */
static int ask(const struct session *s, struct acl_question q, struct kafka_failure *ret_why)
{
	const struct acl *rules = s->daemon->rules;
	const struct acl_identity who = identity_of(s);
	const struct acl_verdict verdict = acl_check(rules, &who, &q);

	if (verdict.is_allowed)
		return 0;
	*ret_why = (struct kafka_failure){ .code = COMM_EDENIED };
	acl_explain(rules, &who, &q, &verdict, ret_why->message, sizeof ret_why->message);
	return COMM_EDENIED;
}

/* ---- one request ---- */

/* Most clients send to one topic for all their life: what was permitted last need not be asked again. */
static int check_send(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	const struct comm_send_params *p = params;
	struct session *s = r->session;
	int error;

	if (s->sends_to && comm_bytes_is(p->topic, s->sends_to))
		return 0;
	error = ask(s, question(s, PRODUCE, ACL_TOPIC, p->topic), ret_why);
	if (error || p->topic.len > COMM_TOPIC_NAME_MAX)
		return error;
	free(s->sends_to);
	s->sends_to = comm_bytes_dup(p->topic);
	return 0;
}

static int compare_topics(const void *a, const void *b)
{
	const struct comm_wire_topic_ref *const *x = a, *const *y = b;

	return comm_bytes_compare((*x)->topic, (*y)->topic);
}

/* Whether @s may do any of these to each of @topics, patterns left out if there are any; each is asked about once. */
static int ask_topics(const struct session *s, unsigned int any_of, const struct comm_list *topics,
		      bool has_patterns, struct kafka_failure *ret_why)
{
	const struct comm_wire_topic_ref *refs = topics->items;
	const struct comm_wire_topic_ref **sorted = calloc(topics->n + 1, sizeof *sorted);
	int error = sorted ? 0 : -ENOMEM;

	for (size_t i = 0; i < topics->n && !error; i++)
		sorted[i] = &refs[i];
	if (!error && topics->n)
		qsort(sorted, topics->n, sizeof *sorted, compare_topics);
	for (size_t i = 0; i < topics->n && !error; i++) {
		struct comm_bytes topic = sorted[i]->topic;

		if ((i && !comm_bytes_compare(topic, sorted[i - 1]->topic)) ||
		    (has_patterns && topic.len && topic.data[0] == '^'))
			continue;
		error = ask(s, question(s, any_of, ACL_TOPIC, topic), ret_why);
	}
	free(sorted);
	return error;
}

/* What a pattern matches is asked about when it does: permit_reads(). */
static int check_subscribe(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	const struct comm_subscribe_params *p = params;
	const struct session *s = r->session;
	int error = 0;

	if (p->group.data)
		error = ask(s, question(s, CONSUME, ACL_GROUP, p->group), ret_why);
	return error ? error : ask_topics(s, CONSUME, &p->topics, p->group.data, ret_why);
}

/* It tells where the topics end that it names. */
static int check_reset_group(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	const struct comm_reset_group_params *p = params;
	const struct session *s = r->session;
	int error = ask(s, question(s, ADMINISTER, ACL_GROUP, p->group), ret_why);

	return error ? error : ask_topics(s, SEE_TOPIC, &p->topics, false, ret_why);
}

static int check_list_topics(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	const struct comm_list_topics_params *p = params;
	const struct session *s = r->session;

	if (!p->topic.data)
		return 0;
	return ask(s, question(s, SEE_TOPIC, ACL_TOPIC, p->topic), ret_why);
}

/* It shows what others send. */
int permit_check_trace(const struct session *s, const char *profile, struct comm_bytes topic,
		       struct kafka_failure *ret_why)
{
	const struct acl_question reads = { CONSUME, ACL_TOPIC, topic, profile };
	int error = ask(s, daemon_question(SEE_ALL, profile), ret_why);

	return error ? error : ask(s, reads, ret_why);
}

static int check_trace(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	const struct comm_trace_params *p = params;

	return permit_check_trace(r->session, session_profile(r->session), p->topic, ret_why);
}

static int check(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	const struct need *need = &needs[r->method->id];
	const struct session *s = r->session;
	const struct comm_bytes *name;

	if (need->check)
		return need->check(r, params, ret_why);
	if (!need->any_of)
		return 0;
	if (need->object == ACL_DAEMON)
		return ask(s, daemon_question(need->any_of, NULL), ret_why);
	name = (const void *)((const char *)params + need->name);
	return ask(s, question(s, need->any_of, need->object, *name), ret_why);
}

int permit_check(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	struct session *s = r->session;
	int error = check(r, params, ret_why);

	if (error <= 0)
		return error;
	s->daemon->stats.denied_total++;
	if (!s->was_denied)
		session_log_denied(s, r->method->name, ret_why->message);
	s->was_denied = true;
	return error;
}

/* ---- what lists show ---- */

bool permit_sees_topic(const struct session *s, struct comm_bytes topic)
{
	return may(s, question(s, SEE_TOPIC, ACL_TOPIC, topic));
}

bool permit_sees_group(const struct session *s, struct comm_bytes group)
{
	return may(s, question(s, SEE_GROUP, ACL_GROUP, group));
}

bool permit_sees_all(const struct session *s, const char *profile)
{
	return may(s, daemon_question(SEE_ALL, profile));
}

bool permit_sees_user(const struct session *s, uid_t uid, const char *profile)
{
	return (!s->peer.problem[0] && s->peer.uid == uid) || permit_sees_all(s, profile);
}

bool permit_reads(const struct session *s, const char *topic)
{
	return may(s, question(s, CONSUME, ACL_TOPIC, comm_bytes_of(topic)));
}

/* ---- other rules ---- */

int permit_check_reader(const struct session *s, struct kafka_reader *reader,
			struct kafka_failure *ret_why)
{
	struct comm_wire_subscription about = { 0 };
	const char *topic = kafka_reader_review(reader);

	kafka_reader_status(reader, &about);
	if (topic)
		return ask(s, question(s, CONSUME, ACL_TOPIC, comm_bytes_of(topic)), ret_why);
	return about.group.data ? ask(s, question(s, CONSUME, ACL_GROUP, about.group), ret_why) : 0;
}

static void review(struct session *s)
{
	const struct log_about about = session_about(s);
	struct kafka_failure why;
	struct subscription *sub;

	free(s->sends_to);
	s->sends_to = NULL;
	s->was_denied = false;
	LIST_FOREACH(sub, &s->subscriptions, entry)
		if (permit_check_reader(s, sub->reader, &why)) {
			log_event(LOG_NOTICE, LOG_EVENT_DENIED, &about,
				  "subscription %lld of %s (pid %d, uid %u) ends: %s",
				  (long long)sub->id, s->name, (int)s->peer.pid,
				  (unsigned int)s->peer.uid, why.message);
			subscription_stop(sub, &why);
		}
}

void permit_set_rules(struct daemon *d, struct acl *rules)
{
	struct session *s;

	acl_free(d->rules);
	d->rules = rules;
	d->rules_number++;
	LIST_FOREACH(s, &d->sessions, entry)
		review(s);
	traces_review(&d->traces);
}

#include "daemon/permit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/acl.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/permit_ask.h"
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
	int (*check)(struct request *r, const void *params, struct permit_denial *ret);
};

#define PRODUCE    ACL_BIT(ACL_PRODUCE)
#define CONSUME    ACL_BIT(ACL_CONSUME)
#define ADMINISTER ACL_BIT(ACL_ADMINISTER)

/* Of everybody's, and of the daemon itself. */
#define SEE_ALL ACL_BIT(ACL_STATUS)

static int check_send(struct request *r, const void *params, struct permit_denial *ret);
static int check_subscribe(struct request *r, const void *params, struct permit_denial *ret);
static int check_list_topics(struct request *r, const void *params, struct permit_denial *ret);
static int check_reset_group(struct request *r, const void *params, struct permit_denial *ret);
static int check_trace(struct request *r, const void *params, struct permit_denial *ret);

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
#define PERMIT_DESCRIBE_TOPIC TOPIC(PERMIT_SEE_TOPIC, describe_topic)
#define PERMIT_ADD_PARTITIONS TOPIC(ADMINISTER, add_partitions)
#define PERMIT_ALTER_TOPIC    TOPIC(ADMINISTER, alter_topic)
#define PERMIT_OFFSETS        TOPIC(PERMIT_SEE_TOPIC, offsets)
#define PERMIT_LIST_GROUPS    FREE
#define PERMIT_DESCRIBE_GROUP GROUP(PERMIT_SEE_GROUP, describe_group)
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

/* ---- one request ---- */

static int ask_topic(const struct session *s, unsigned int any_of, struct comm_bytes topic,
		     struct permit_denial *ret)
{
	return permit_ask(s, permit_question(s, any_of, ACL_TOPIC, topic), ret);
}

static int ask_group(const struct session *s, unsigned int any_of, struct comm_bytes group,
		     struct permit_denial *ret)
{
	return permit_ask(s, permit_question(s, any_of, ACL_GROUP, group), ret);
}

/* Most clients send to one topic for all their life: what was permitted last need not be asked again. */
static int check_send(struct request *r, const void *params, struct permit_denial *ret)
{
	const struct comm_send_params *p = params;
	struct session *s = r->session;
	int error;

	if (s->sends_to && comm_bytes_is(p->topic, s->sends_to))
		return 0;
	error = ask_topic(s, PRODUCE, p->topic, ret);
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
		      bool has_patterns, struct permit_denial *ret)
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
		error = ask_topic(s, any_of, topic, ret);
	}
	free(sorted);
	return error;
}

/* What a pattern matches is asked about when it does: permit_reads(). */
static int check_subscribe(struct request *r, const void *params, struct permit_denial *ret)
{
	const struct comm_subscribe_params *p = params;
	const struct session *s = r->session;
	int error = 0;

	if (p->group.data)
		error = ask_group(s, CONSUME, p->group, ret);
	return error ? error : ask_topics(s, CONSUME, &p->topics, p->group.data, ret);
}

/* It tells where the topics end that it names. */
static int check_reset_group(struct request *r, const void *params, struct permit_denial *ret)
{
	const struct comm_reset_group_params *p = params;
	const struct session *s = r->session;
	int error = ask_group(s, ADMINISTER, p->group, ret);

	return error ? error : ask_topics(s, PERMIT_SEE_TOPIC, &p->topics, false, ret);
}

static int check_list_topics(struct request *r, const void *params, struct permit_denial *ret)
{
	const struct comm_list_topics_params *p = params;
	const struct session *s = r->session;

	if (!p->topic.data)
		return 0;
	return ask_topic(s, PERMIT_SEE_TOPIC, p->topic, ret);
}

/* It shows what others send. */
static int ask_trace(const struct session *s, const char *profile, struct comm_bytes topic,
		     struct permit_denial *ret)
{
	const struct acl_question reads = { CONSUME, ACL_TOPIC, topic, profile };
	int error = permit_ask(s, permit_daemon_question(SEE_ALL, profile), ret);

	return error ? error : permit_ask(s, reads, ret);
}

int permit_check_trace(const struct session *s, const char *profile, struct comm_bytes topic,
		       struct kafka_failure *ret_why)
{
	struct permit_denial denial = { .why = ret_why };

	return ask_trace(s, profile, topic, &denial);
}

static int check_trace(struct request *r, const void *params, struct permit_denial *ret)
{
	const struct comm_trace_params *p = params;

	return ask_trace(r->session, session_profile(r->session), p->topic, ret);
}

static int check(struct request *r, const void *params, struct permit_denial *ret)
{
	const struct need *need = &needs[r->method->id];
	const struct session *s = r->session;
	const struct comm_bytes *name;

	if (need->check)
		return need->check(r, params, ret);
	if (!need->any_of)
		return 0;
	if (need->object == ACL_DAEMON)
		return permit_ask(s, permit_daemon_question(need->any_of, NULL), ret);
	name = (const void *)((const char *)params + need->name);
	return permit_ask(s, permit_question(s, need->any_of, need->object, *name), ret);
}

int permit_check(struct request *r, const void *params, struct kafka_failure *ret_why)
{
	struct session *s = r->session;
	struct permit_denial denial = { .why = ret_why };
	int error = check(r, params, &denial);

	if (error <= 0)
		return error;
	s->daemon->stats.denied_total++;
	/* One whose line was left out has another try. */
	if (!s->was_denied) {
		s->was_denied = session_log_denied(s, r->method->name, &denial);
		s->was_left_out = !s->was_denied;
	}
	return error;
}

/* ---- other rules ---- */

static int ask_reader(const struct session *s, struct kafka_reader *reader,
		      struct permit_denial *ret)
{
	struct comm_wire_subscription about = { 0 };
	const char *topic = kafka_reader_review(reader);

	kafka_reader_status(reader, &about);
	if (topic)
		return ask_topic(s, CONSUME, comm_bytes_of(topic), ret);
	return about.group.data ? ask_group(s, CONSUME, about.group, ret) : 0;
}

int permit_check_reader(const struct session *s, struct kafka_reader *reader,
			struct kafka_failure *ret_why)
{
	struct permit_denial denial = { .why = ret_why };

	return ask_reader(s, reader, &denial);
}

static void review(struct session *s)
{
	struct kafka_failure why;
	struct permit_denial denial = { .why = &why };
	struct subscription *sub;

	free(s->sends_to);
	s->sends_to = NULL;
	s->was_denied = false;
	LIST_FOREACH(sub, &s->subscriptions, entry)
		if (ask_reader(s, sub->reader, &denial)) {
			session_log_denied_later(s, sub->id, &denial);
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

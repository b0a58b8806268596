#include "tests/fuzz/dispatch/stand_in.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile.h"
#include "proto/errors.h"
#include "proto/util.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/walk.h"

/* ---- failures ---- */

struct kafka_failure stand_in_failure(size_t failure)
{
	static const int codes[STAND_IN_FAILURES] = {
		0,
		COMM_EBROKER,
		COMM_EBUSY,
		COMM_ETOPIC_UNAVAILABLE,
		COMM_EBAD_VALUE,
		COMM_ETOO_BIG,
		COMM_ESHUTDOWN,
		COMM_EUNKNOWN_OUTCOME,
		COMM_ESTALE,
		COMM_EAUTH,
		COMM_EBAD_PROFILE,
		COMM_ERECEIVE,
		COMM_EGROUP_ACTIVE,
		COMM_EINTERNAL,
		COMM_ESEND,
		COMM_EDENIED,
	};
	struct kafka_failure f = { .code = codes[failure % STAND_IN_FAILURES] };

	snprintf(f.detail, sizeof f.detail, failure % 2 ? "" : "records[0].\xff\xc3");
	if (failure % 3)
		snprintf(f.message, sizeof f.message, "failed as number %zu: \xe2\x82", failure);
	else
		memset(f.message, '\xc3', sizeof f.message - 1);
	return f;
}

int stand_in_refuses(struct kafka *k, struct kafka_failure *ret)
{
	size_t failure = k->refuse_as;

	if (k->closed)
		failure = 6;
	k->refuse_as = 0;
	if (!failure)
		return 0;
	if (failure == STAND_IN_FAILURES - 1)
		return -ENOMEM;
	*ret = stand_in_failure(failure);
	return ret->code;
}

/* ---- what was asked ---- */

struct pending *pending_new(struct kafka *k, void *arg,
			    void (*end)(struct pending *p, const struct kafka_failure *why))
{
	struct pending *p = calloc(1, sizeof *p);

	MUST(p);
	p->kafka = k;
	p->arg = arg;
	p->end = end;
	TAILQ_INSERT_TAIL(&k->pending, p, entry);
	return p;
}

void stand_in_end(struct kafka *k, size_t n, size_t failure)
{
	const struct kafka_failure why = stand_in_failure(failure);
	struct pending *p;

	while (n-- && (p = TAILQ_FIRST(&k->pending))) {
		TAILQ_REMOVE(&k->pending, p, entry);
		p->end(p, why.code ? &why : NULL);
	}
}

static void finish_closing(struct kafka *k)
{
	void (*closed)(void *arg) = k->closed;
	void *arg = k->closed_arg;
	struct kafka_client *c;

	MUST(stand_in_is_idle(k));
	while ((c = SLIST_FIRST(&k->clients))) {
		SLIST_REMOVE_HEAD(&k->clients, entry);
		free(c->profile);
		free(c);
	}
	discards_fini(&k->discards);
	free(k);
	closed(arg);
}

void stand_in_turn(struct kafka *k)
{
	k->n_polled++;
	if (k->is_patient && !(k->closed && uv_hrtime() >= k->close_by_ns))
		return;
	if (k->closed) {
		stand_in_wake(k);
		stand_in_end(k, SIZE_MAX, 7);
		finish_closing(k);
		return;
	}
	if (!k->is_full)
		stand_in_wake(k);
	/* What is asked meanwhile is for the next turn. */
	for (size_t n = 8; n && !TAILQ_EMPTY(&k->pending); n--)
		stand_in_end(k, 1, 0);
}

void stand_in_wake(struct kafka *k)
{
	struct kafka_waiter *w;

	/* Who finds no room is in line again. */
	for (size_t n = 64; n && (w = TAILQ_FIRST(&k->line)); n--) {
		TAILQ_REMOVE(&k->line, w, entry);
		w->line = NULL;
		w->wake(w);
	}
}

bool stand_in_is_idle(const struct kafka *k)
{
	return TAILQ_EMPTY(&k->pending) && TAILQ_EMPTY(&k->line) && LIST_EMPTY(&k->readers);
}

/* ---- life ---- */

int kafka_new(const struct kafka_options *o, struct kafka **ret)
{
	struct kafka *k = calloc(1, sizeof *k);

	MUST(k);
	k->loop = o->loop;
	TAILQ_INIT(&k->pending);
	TAILQ_INIT(&k->line);
	LIST_INIT(&k->readers);
	SLIST_INIT(&k->clients);
	events_init(&k->events);
	discards_init(&k->discards);
	*ret = k;
	return 0;
}

void kafka_close(struct kafka *k, int timeout_ms, void (*closed)(void *arg), void *arg)
{
	MUST(timeout_ms >= 0 && !k->closed);
	k->close_by_ns = uv_hrtime() + (uint64_t)timeout_ms * 1000000;
	k->closed = closed;
	k->closed_arg = arg;
}

int kafka_client_get(struct kafka *k, struct profile *p, struct kafka_client **ret,
		     struct kafka_failure *ret_why)
{
	struct kafka_client *c;
	int error = stand_in_refuses(k, ret_why);

	if (error)
		return error;
	SLIST_FOREACH(c, &k->clients, entry)
		if (!strcmp(c->profile, p->name))
			break;
	if (!c) {
		c = calloc(1, sizeof *c);
		MUST(c);
		c->kafka = k;
		c->profile = strdup(p->name);
		SLIST_INSERT_HEAD(&k->clients, c, entry);
	}
	*ret = c;
	return 0;
}

/* ---- topics and groups ---- */

const void *stand_in_result(struct kafka *k, const struct comm_message *type)
{
	static struct walk_memory memory;
	static union walk_any result;

	memory.used = 0;
	memory.n_values = (unsigned int)k->n_served;
	walk_fill(&memory, type, (enum walk_style)(k->n_served++ % WALK_N_STYLES), &result);
	return &result;
}

static void end_done(struct pending *p, const struct kafka_failure *why)
{
	p->fn.done(p->arg, why);
	free(p);
}

static void end_topics(struct pending *p, const struct kafka_failure *why)
{
	p->fn.topics(p->arg, why, why ? NULL : stand_in_result(p->kafka, p->result));
	free(p);
}

static void end_answer(struct pending *p, const struct kafka_failure *why)
{
	bool has_result = !why && p->result->n_fields;

	p->fn.answer(p->arg, why, has_result ? stand_in_result(p->kafka, p->result) : NULL);
	free(p);
}

static int ask_done(struct kafka_client *c, kafka_done_fn done, void *arg,
		    struct kafka_failure *ret_why)
{
	int error = stand_in_refuses(c->kafka, ret_why);

	if (!error)
		pending_new(c->kafka, arg, end_done)->fn.done = done;
	return error;
}

static int ask(struct kafka_client *c, enum comm_method_id method, kafka_answer_fn done, void *arg,
	       struct kafka_failure *ret_why)
{
	int error = stand_in_refuses(c->kafka, ret_why);
	struct pending *p;

	if (error)
		return error;
	p = pending_new(c->kafka, arg, end_answer);
	p->result = comm_method_result(&comm_methods[method]);
	p->fn.answer = done;
	return 0;
}

int kafka_list_topics(struct kafka_client *c, struct comm_bytes topic, int timeout_ms,
		      kafka_topics_fn done, void *arg, struct kafka_failure *ret_why)
{
	int error = stand_in_refuses(c->kafka, ret_why);
	struct pending *p;

	(void)topic;
	(void)timeout_ms;
	if (error)
		return error;
	p = pending_new(c->kafka, arg, end_topics);
	p->result = comm_method_result(&comm_methods[COMM_METHOD_LIST_TOPICS]);
	p->fn.topics = done;
	return 0;
}

int kafka_create_topic(struct kafka_client *c, const struct comm_create_topic_params *p,
		       int timeout_ms, kafka_done_fn done, void *arg, struct kafka_failure *ret_why)
{
	(void)p;
	(void)timeout_ms;
	return ask_done(c, done, arg, ret_why);
}

int kafka_delete_topic(struct kafka_client *c, struct comm_bytes topic, int timeout_ms,
		       kafka_done_fn done, void *arg, struct kafka_failure *ret_why)
{
	(void)topic;
	(void)timeout_ms;
	return ask_done(c, done, arg, ret_why);
}

#define ASK(method, METHOD, type)                                                                \
	int kafka_##method(struct kafka_client *c, type p, int timeout_ms, kafka_answer_fn done, \
			   void *arg, struct kafka_failure *ret_why)                             \
	{                                                                                        \
		(void)p;                                                                         \
		(void)timeout_ms;                                                                \
		return ask(c, COMM_METHOD_##METHOD, done, arg, ret_why);                         \
	}

ASK(describe_topic, DESCRIBE_TOPIC, const struct comm_describe_topic_params *)
ASK(add_partitions, ADD_PARTITIONS, const struct comm_add_partitions_params *)
ASK(alter_topic, ALTER_TOPIC, const struct comm_alter_topic_params *)
ASK(offsets, OFFSETS, const struct comm_offsets_params *)
ASK(describe_group, DESCRIBE_GROUP, struct comm_bytes)
ASK(delete_group, DELETE_GROUP, struct comm_bytes)

int kafka_list_groups(struct kafka_client *c, int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why)
{
	(void)timeout_ms;
	return ask(c, COMM_METHOD_LIST_GROUPS, done, arg, ret_why);
}

int kafka_reset_group(struct kafka_client *c, const struct comm_reset_group_params *p,
		      enum kafka_start start, int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why)
{
	(void)p;
	(void)start;
	(void)timeout_ms;
	return ask(c, COMM_METHOD_RESET_GROUP, done, arg, ret_why);
}

void stand_in_calm(struct kafka *k)
{
	k->is_patient = false;
	k->is_down = false;
	k->is_full = false;
	k->refuse_as = 0;
	k->n_served = 0;
}

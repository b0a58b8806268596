#include "client/query.h"

#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "client/shape.h"
#include "client/subscription.h"
#include "proto/util.h"

/* Of a program that waits. */
struct waiting {
	struct waiter waiter;
	void *result;
};

void query_wait(void) {}

static void query_drop(struct call *call)
{
	struct query *q = container_of(call, struct query, call);

	call_fini(call);
	free(q->topic);
	free(q);
}

void query_give_done(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	(void)result;
	if (done)
		((comm_done_fn)done)(c, error, arg);
}

static void wake(struct comm *c, struct waiting *w, int error, void *result)
{
	w->result = result;
	waiter_end(&w->waiter, c, error);
}

static void query_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct query *q = container_of(call, struct query, call);
	const struct query_kind *kind = q->kind;
	int error =
		kind->steps && kind->steps->settle ? kind->steps->settle(q, reply) : reply->error;
	unsigned int entered;
	void *result = NULL;

	/* Others that it ended with were called back. */
	if (client_is_foreign(c)) {
		query_drop(call);
		return;
	}
	if (!error && kind->shape) {
		result = shape_make(kind->shape, comm_method_result(&comm_methods[kind->method]),
				    reply->result);
		if (!result)
			error = client_no_memory(c);
	}
	entered = client_enter_callback(c);
	if (q->waits)
		wake(c, q->arg, error, result);
	else
		kind->give(c, error, result, q->done, q->arg);
	(void)client_leave_callback(c, entered);
	query_drop(call);
}

static const struct call_type query_type = {
	.done = query_done,
	.drop = query_drop,
	.refresh = place_refresh,
};

/* What must be there is, and lists are no longer than they may be. */
static int check(struct comm *c, const struct comm_message *type, const char *msg)
{
	int error = 0;

	for (size_t i = 0; !error && i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);
		const struct comm_list *list = (const void *)(msg + f->offset);
		const struct comm_bytes *text = (const void *)(msg + f->offset);
		const struct comm_message *item = comm_field_item(f);

		if (f->kind == COMM_STR && f->need == COMM_NEED && !text->data)
			return client_fail(c, COMM_EINVALID, "%s is NULL", f->name);
		if (f->kind != COMM_LIST)
			continue;
		if (list->n > f->max)
			return client_fail(c, COMM_EINVALID, "%zu %s; at most %u are allowed",
					   list->n, f->name, f->max);
		for (size_t k = 0; !error && k < list->n; k++)
			error = check(c, item, (const char *)list->items + k * item->size);
	}
	return error;
}

static void set_timeout(const struct comm_message *type, const struct call *call, char *params)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (!strcmp(comm_message_field(type, i)->name, "timeout_ms"))
			*(int64_t *)(void *)(params + comm_message_field(type, i)->offset) =
				call_wire_timeout(call);
}

int query_send(struct query *q, void *params)
{
	const struct comm_message *type = comm_method_params(&comm_methods[q->kind->method]);
	int error = check(q->c, type, params);

	if (error)
		return error;
	set_timeout(type, &q->call, params);
	return call_start(q->c, &q->call, params);
}

static int start(struct comm *c, const struct query_kind *kind, void *params, query_fn done,
		 void *arg)
{
	struct query *q = calloc(1, sizeof *q);
	int error;

	if (!q)
		return client_no_memory(c);
	call_init(&q->call, &query_type, c->timeout_ms);
	q->call.method = kind->method;
	q->call.repeat = kind->repeats;
	q->call.bound = kind->bound;
	q->c = c;
	q->kind = kind;
	q->waits = done == query_wait;
	q->done = done;
	q->arg = arg;
	error = kind->steps ? kind->steps->start(q, params) : query_send(q, params);
	if (error)
		query_drop(&q->call);
	return error;
}

/* All of them have these parameters. */
_Static_assert(sizeof(struct comm_list_topics_params) == sizeof(struct comm_delete_topic_params) &&
		       sizeof(struct comm_describe_topic_params) ==
			       sizeof(struct comm_delete_topic_params) &&
		       sizeof(struct comm_describe_group_params) ==
			       sizeof(struct comm_delete_topic_params) &&
		       sizeof(struct comm_delete_group_params) ==
			       sizeof(struct comm_delete_topic_params),
	       "a method takes more than a name");

int query_run_named(struct comm *c, const struct query_kind *kind, const char *name, query_fn done,
		    void *arg)
{
	struct comm_delete_topic_params params = { .topic = comm_bytes_of(name) };

	return query_run(c, kind, &params, done, arg);
}

int query_run(struct comm *c, const struct query_kind *kind, void *params, query_fn done, void *arg)
{
	struct waiting w = { .result = NULL };
	int error;

	if (done != query_wait) {
		error = client_enter_async(c, done || !kind->shape);
		return error ? error : start(c, kind, params, done, arg);
	}
	error = client_enter_blocking(c);
	if (!error)
		error = start(c, kind, params, done, &w);
	if (!error)
		error = waiter_wait(&w.waiter, c);
	if (!error && arg)
		memcpy(arg, &w.result, sizeof w.result);
	else
		shape_free(w.result);
	return error;
}

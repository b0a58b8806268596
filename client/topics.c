#include "client/client.h"

#include <stdlib.h>

#include "proto/arena.h"
#include "proto/util.h"

/* A list of the program's, with the memory that it is in. */
struct topics {
	struct comm_topics list;
	struct arena arena;
};

struct topics_call {
	struct call call;
	comm_topics_fn listed; /* of a list; else done */
	comm_done_fn done;
	void *arg;
};

/* ---- from the wire ---- */

static const int32_t *make_ids(struct arena *a, const struct comm_list *from)
{
	const struct comm_wire_id *w = from->items;
	int32_t *ids = arena_take(a, from->n, sizeof *ids);

	for (size_t i = 0; ids && i < from->n; i++)
		ids[i] = (int32_t)w[i].id;
	return ids;
}

static int make_partitions(struct arena *a, const struct comm_list *from,
			   struct comm_topic_info *to)
{
	const struct comm_wire_partition *w = from->items;
	struct comm_partition_info *p = arena_take(a, from->n, sizeof *p);

	if (!p)
		return COMM_ENO_MEMORY;
	for (size_t i = 0; i < from->n; i++) {
		p[i] = (struct comm_partition_info){
			.partition = (int32_t)w[i].partition,
			.leader = w[i].leader == COMM_NONE ? -1 : (int32_t)w[i].leader,
			.replicas = make_ids(a, &w[i].replicas),
			.n_replicas = w[i].replicas.n,
			.isr = make_ids(a, &w[i].isr),
			.n_isr = w[i].isr.n,
		};
		if (!p[i].replicas || !p[i].isr)
			return COMM_ENO_MEMORY;
	}
	to->partitions = p;
	to->n_partitions = from->n;
	return 0;
}

static int make_topic(struct arena *a, const struct comm_wire_topic *from,
		      struct comm_topic_info *to)
{
	const struct comm_wire_error *error = from->error;

	to->name = arena_string(a, from->name);
	to->error = error ? (int)error->code : 0;
	to->error_message = error ? arena_string(a, error->message) : "";
	if (!to->name || !to->error_message)
		return COMM_ENO_MEMORY;
	return make_partitions(a, &from->partitions, to);
}

static int make_topics(struct arena *a, const struct comm_list *from, struct comm_topics *to)
{
	const struct comm_wire_topic *w = from->items;
	struct comm_topic_info *topics = arena_take(a, from->n, sizeof *topics);
	int error = topics ? 0 : COMM_ENO_MEMORY;

	for (size_t i = 0; !error && i < from->n; i++)
		error = make_topic(a, &w[i], &topics[i]);
	to->topics = topics;
	to->n_topics = from->n;
	return error;
}

static int make_brokers(struct arena *a, const struct comm_list *from, struct comm_topics *to)
{
	const struct comm_wire_broker *w = from->items;
	struct comm_broker_info *brokers = arena_take(a, from->n, sizeof *brokers);

	if (!brokers)
		return COMM_ENO_MEMORY;
	for (size_t i = 0; i < from->n; i++) {
		brokers[i] = (struct comm_broker_info){
			.id = (int32_t)w[i].id,
			.host = arena_string(a, w[i].host),
			.port = (int)w[i].port,
		};
		if (!brokers[i].host)
			return COMM_ENO_MEMORY;
	}
	to->brokers = brokers;
	to->n_brokers = from->n;
	return 0;
}

static int make(const struct comm_list_topics_result *from, struct comm_topics **ret)
{
	struct topics *t = calloc(1, sizeof *t);
	int error;

	if (!t)
		return COMM_ENO_MEMORY;
	error = make_topics(&t->arena, &from->topics, &t->list);
	if (!error)
		error = make_brokers(&t->arena, &from->brokers, &t->list);
	if (error) {
		comm_topics_free(&t->list);
		return error;
	}
	*ret = &t->list;
	return 0;
}

void comm_topics_free(struct comm_topics *topics)
{
	struct topics *t;

	if (!topics)
		return;
	t = container_of(topics, struct topics, list);
	arena_fini(&t->arena);
	free(t);
}

/* ---- calls ---- */

static void topics_drop(struct call *call)
{
	call_fini(call);
	free(container_of(call, struct topics_call, call));
}

static void list_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct topics_call *t = container_of(call, struct topics_call, call);
	struct comm_topics *topics = NULL;
	int error = reply->error;
	unsigned int entered;

	if (!error && make(reply->result, &topics))
		error = client_fail(c, COMM_ENO_MEMORY, "out of memory for the list of topics");
	entered = client_enter_callback(c);
	t->listed(c, error, topics, t->arg);
	(void)client_leave_callback(c, entered);
	topics_drop(call);
}

static void change_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct topics_call *t = container_of(call, struct topics_call, call);
	unsigned int entered = client_enter_callback(c);

	if (t->done)
		t->done(c, reply->error, t->arg);
	(void)client_leave_callback(c, entered);
	topics_drop(call);
}

static const struct call_type list_type = {
	.method = COMM_METHOD_LIST_TOPICS,
	.done = list_done,
	.drop = topics_drop,
};

static const struct call_type create_type = {
	.method = COMM_METHOD_CREATE_TOPIC,
	.done = change_done,
	.drop = topics_drop,
};

static const struct call_type delete_type = {
	.method = COMM_METHOD_DELETE_TOPIC,
	.done = change_done,
	.drop = topics_drop,
};

static struct topics_call *topics_new(struct comm *c, const struct call_type *type, void *arg)
{
	struct topics_call *t = calloc(1, sizeof *t);

	if (!t) {
		client_no_memory(c);
		return NULL;
	}
	call_init(&t->call, type, c->timeout_ms);
	t->arg = arg;
	return t;
}

static int start(struct comm *c, struct topics_call *t, const void *params)
{
	int error = call_start(c, &t->call, params);

	if (error)
		topics_drop(&t->call);
	return error;
}

int comm_list_topics_async(struct comm *c, const char *topic, comm_topics_fn done, void *arg)
{
	struct comm_list_topics_params params;
	struct topics_call *t;
	int error = client_enter_async(c, done != NULL);

	if (error)
		return error;
	t = topics_new(c, &list_type, arg);
	if (!t)
		return COMM_ENO_MEMORY;
	t->listed = done;
	t->call.repeat = true;
	params = (struct comm_list_topics_params){
		.topic = comm_bytes_of(topic),
		.timeout_ms = call_wire_timeout(&t->call),
	};
	return start(c, t, &params);
}

static int create(struct comm *c, struct comm_create_topic_params *params,
		  const struct comm_setting *settings, size_t n_settings, comm_done_fn done,
		  void *arg)
{
	struct comm_wire_setting wire[COMM_SETTINGS_MAX];
	struct topics_call *t;

	if (n_settings > COMM_SETTINGS_MAX)
		return client_fail(c, COMM_EINVALID, "%zu settings; at most %d are allowed",
				   n_settings, COMM_SETTINGS_MAX);
	for (size_t i = 0; i < n_settings; i++) {
		if (!settings[i].name || !settings[i].value)
			return client_fail(c, COMM_EINVALID, "setting %zu has no name or value", i);
		wire[i] = (struct comm_wire_setting){ comm_bytes_of(settings[i].name),
						      comm_bytes_of(settings[i].value) };
	}
	t = topics_new(c, &create_type, arg);
	if (!t)
		return COMM_ENO_MEMORY;
	t->done = done;
	params->settings = (struct comm_list){ wire, n_settings };
	params->timeout_ms = call_wire_timeout(&t->call);
	return start(c, t, params);
}

int comm_create_topic_async(struct comm *c, const char *topic, int n_partitions, int replication,
			    const struct comm_setting *settings, size_t n_settings,
			    comm_done_fn done, void *arg)
{
	struct comm_create_topic_params params = {
		.topic = comm_bytes_of(topic),
		.partitions = n_partitions > 0 ? n_partitions : COMM_NONE,
		.replication = replication > 0 ? replication : COMM_NONE,
	};
	int error = client_enter(c);

	if (error)
		return error;
	if (!topic || (n_settings && !settings))
		return client_fail(c, COMM_EINVALID, "topic or settings is NULL");
	return create(c, &params, settings, n_settings, done, arg);
}

int comm_delete_topic_async(struct comm *c, const char *topic, comm_done_fn done, void *arg)
{
	struct comm_delete_topic_params params;
	struct topics_call *t;
	int error = client_enter(c);

	if (error)
		return error;
	if (!topic)
		return client_fail(c, COMM_EINVALID, "topic is NULL");
	t = topics_new(c, &delete_type, arg);
	if (!t)
		return COMM_ENO_MEMORY;
	t->done = done;
	params = (struct comm_delete_topic_params){
		.topic = comm_bytes_of(topic),
		.timeout_ms = call_wire_timeout(&t->call),
	};
	return start(c, t, &params);
}

/* ---- and waiting for them ---- */

struct listing {
	struct waiter waiter;
	struct comm_topics *topics;
};

static void on_listed(struct comm *c, int error, struct comm_topics *topics, void *arg)
{
	struct listing *listing = arg;

	listing->topics = topics;
	waiter_end(&listing->waiter, c, error);
}

int comm_list_topics(struct comm *c, const char *topic, struct comm_topics **ret_topics)
{
	struct listing listing = { .topics = NULL };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_list_topics_async(c, topic, on_listed, &listing);
	if (!error)
		error = waiter_wait(&listing.waiter, c);
	if (!error)
		*ret_topics = listing.topics;
	return error;
}

static void on_changed(struct comm *c, int error, void *arg)
{
	waiter_end(arg, c, error);
}

int comm_create_topic(struct comm *c, const char *topic, int n_partitions, int replication,
		      const struct comm_setting *settings, size_t n_settings)
{
	struct waiter w = { .done = false };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_create_topic_async(c, topic, n_partitions, replication, settings,
						n_settings, on_changed, &w);
	return error ? error : waiter_wait(&w, c);
}

int comm_delete_topic(struct comm *c, const char *topic)
{
	struct waiter w = { .done = false };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_delete_topic_async(c, topic, on_changed, &w);
	return error ? error : waiter_wait(&w, c);
}

#include "client/client.h"

#include <stdlib.h>

#include "proto/arena.h"
#include "proto/util.h"

/* A status of the program's, with the memory that it is in. */
struct report {
	struct comm_status status;
	struct arena arena;
};

struct status_call {
	struct call call;
	comm_ping_fn ping;
	comm_status_fn status;
	void *arg;
};

/* ---- from the wire ---- */

/* Strings are taken in any number and checked once. */
struct making {
	struct arena *arena;
	bool failed;
};

static const char *string(struct making *m, struct comm_bytes b)
{
	const char *s = arena_string(m->arena, b);

	m->failed = m->failed || !s;
	return s;
}

static void *items(struct making *m, const struct comm_list *from, size_t size)
{
	void *p = arena_take(m->arena, from->n, size);

	m->failed = m->failed || !p;
	return p;
}

static void make_counters(struct making *m, const struct comm_list *from, struct comm_status *to)
{
	const struct comm_wire_counter *w = from->items;
	struct comm_counter *counters = items(m, from, sizeof *counters);

	for (size_t i = 0; counters && i < from->n; i++)
		counters[i] = (struct comm_counter){ string(m, w[i].name), w[i].value };
	to->counters = counters;
	to->n_counters = from->n;
}

static void make_profiles(struct making *m, const struct comm_list *from, struct comm_status *to)
{
	const struct comm_wire_profile *w = from->items;
	struct comm_profile_status *profiles = items(m, from, sizeof *profiles);

	for (size_t i = 0; profiles && i < from->n; i++)
		profiles[i] = (struct comm_profile_status){
			.name = string(m, w[i].name),
			.state = string(m, w[i].state),
			.error = string(m, w[i].error),
			.accepted = w[i].accepted,
			.persisted = w[i].persisted,
			.failed = w[i].failed,
			.in_flight = w[i].in_flight,
			.in_flight_bytes = w[i].in_flight_bytes,
			.delivered = w[i].delivered,
			.n_consumers = w[i].consumers,
		};
	to->profiles = profiles;
	to->n_profiles = from->n;
}

static void make_subscriptions(struct making *m, const struct comm_list *from,
			       struct comm_status *to)
{
	const struct comm_wire_subscription *w = from->items;
	struct comm_subscription_status *subscriptions = items(m, from, sizeof *subscriptions);

	for (size_t i = 0; subscriptions && i < from->n; i++)
		subscriptions[i] = (struct comm_subscription_status){
			.subscription = w[i].subscription,
			.client = string(m, w[i].client),
			.pid = w[i].pid,
			.profile = string(m, w[i].profile),
			.group = w[i].group.data ? string(m, w[i].group) : NULL,
			.n_partitions = w[i].partitions,
			.delivered = w[i].delivered,
			.unacknowledged = w[i].unacknowledged,
		};
	to->subscriptions = subscriptions;
	to->n_subscriptions = from->n;
}

static void make_topics(struct making *m, const struct comm_list *from, struct comm_status *to)
{
	const struct comm_wire_topic_ledger *w = from->items;
	struct comm_topic_status *topics = items(m, from, sizeof *topics);

	for (size_t i = 0; topics && i < from->n; i++)
		topics[i] = (struct comm_topic_status){
			.profile = string(m, w[i].profile),
			.topic = string(m, w[i].topic),
			.accepted = w[i].accepted,
			.persisted = w[i].persisted,
			.failed = w[i].failed,
			.in_flight = w[i].in_flight,
		};
	to->topics = topics;
	to->n_topics = from->n;
}

static void make_clients(struct making *m, const struct comm_list *from, struct comm_status *to)
{
	const struct comm_wire_client_ledger *w = from->items;
	struct comm_client_status *clients = items(m, from, sizeof *clients);

	for (size_t i = 0; clients && i < from->n; i++)
		clients[i] = (struct comm_client_status){
			.client = string(m, w[i].client),
			.pid = w[i].pid,
			.uid = w[i].uid,
			.profile = string(m, w[i].profile),
			.accepted = w[i].accepted,
			.persisted = w[i].persisted,
			.failed = w[i].failed,
			.in_flight = w[i].in_flight,
			.is_connected = w[i].connected,
		};
	to->clients = clients;
	to->n_clients = from->n;
}

static void make_discards(struct making *m, const struct comm_list *from, struct comm_status *to)
{
	const struct comm_wire_discard *w = from->items;
	struct comm_discard *discards = items(m, from, sizeof *discards);

	for (size_t i = 0; discards && i < from->n; i++)
		discards[i] = (struct comm_discard){
			.first_ms = w[i].first_ms,
			.last_ms = w[i].last_ms,
			.profile = string(m, w[i].profile),
			.topic = string(m, w[i].topic),
			.client = string(m, w[i].client),
			.pid = w[i].pid,
			.uid = w[i].uid,
			.error = (int)w[i].error->code,
			.error_name = string(m, w[i].error->name),
			.message = string(m, w[i].error->message),
			.maybe_persisted = w[i].maybe_persisted,
			.n_records = w[i].records,
		};
	to->discards = discards;
	to->n_discards = from->n;
}

static int make(const struct comm_status_result *from, struct comm_status **ret)
{
	struct report *r = calloc(1, sizeof *r);
	struct making m = { r ? &r->arena : NULL, false };

	if (!r)
		return COMM_ENO_MEMORY;
	r->status = (struct comm_status){
		.version = string(&m, from->version),
		.mode = string(&m, from->mode),
		.librdkafka = string(&m, from->librdkafka),
		.pid = from->pid,
		.uptime_ms = from->uptime_ms,
	};
	make_counters(&m, &from->counters, &r->status);
	make_profiles(&m, &from->profiles, &r->status);
	make_subscriptions(&m, &from->subscriptions, &r->status);
	make_topics(&m, &from->topics, &r->status);
	make_clients(&m, &from->clients, &r->status);
	make_discards(&m, &from->discards, &r->status);
	if (m.failed) {
		comm_status_free(&r->status);
		return COMM_ENO_MEMORY;
	}
	*ret = &r->status;
	return 0;
}

void comm_status_free(struct comm_status *status)
{
	struct report *r;

	if (!status)
		return;
	r = container_of(status, struct report, status);
	arena_fini(&r->arena);
	free(r);
}

/* ---- calls ---- */

static void status_drop(struct call *call)
{
	call_fini(call);
	free(container_of(call, struct status_call, call));
}

static void status_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct status_call *s = container_of(call, struct status_call, call);
	struct comm_status *status = NULL;
	int error = reply->error;
	unsigned int entered;

	if (!error && make(reply->result, &status))
		error = client_fail(c, COMM_ENO_MEMORY, "out of memory for the status");
	entered = client_enter_callback(c);
	s->status(c, error, status, s->arg);
	(void)client_leave_callback(c, entered);
	status_drop(call);
}

static void ping_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct status_call *s = container_of(call, struct status_call, call);
	const struct comm_ping_result *result = reply->result;
	unsigned int entered = client_enter_callback(c);

	s->ping(c, reply->error, reply->error ? 0 : result->time_ms, s->arg);
	(void)client_leave_callback(c, entered);
	status_drop(call);
}

static const struct call_type status_type = {
	.method = COMM_METHOD_STATUS,
	.done = status_done,
	.drop = status_drop,
};

static const struct call_type ping_type = {
	.method = COMM_METHOD_PING,
	.done = ping_done,
	.drop = status_drop,
};

static int start(struct comm *c, const struct call_type *type, comm_ping_fn ping,
		 comm_status_fn status, void *arg)
{
	struct status_call *s;
	int error = client_enter_async(c, ping || status);

	if (error)
		return error;
	s = calloc(1, sizeof *s);
	if (!s)
		return client_no_memory(c);
	call_init(&s->call, type, c->timeout_ms);
	s->call.repeat = true;
	s->ping = ping;
	s->status = status;
	s->arg = arg;
	error = call_start(c, &s->call, NULL);
	if (error)
		status_drop(&s->call);
	return error;
}

int comm_ping_async(struct comm *c, comm_ping_fn done, void *arg)
{
	return start(c, &ping_type, done, NULL, arg);
}

int comm_status_async(struct comm *c, comm_status_fn done, void *arg)
{
	return start(c, &status_type, NULL, done, arg);
}

/* ---- and waiting for them ---- */

struct asking {
	struct waiter waiter;
	int64_t time_ms;
	struct comm_status *status;
};

static void on_ping(struct comm *c, int error, int64_t time_ms, void *arg)
{
	struct asking *asking = arg;

	asking->time_ms = time_ms;
	waiter_end(&asking->waiter, c, error);
}

int comm_ping(struct comm *c, int64_t *ret_time_ms)
{
	struct asking asking = { .time_ms = 0 };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_ping_async(c, on_ping, &asking);
	if (!error)
		error = waiter_wait(&asking.waiter, c);
	if (!error && ret_time_ms)
		*ret_time_ms = asking.time_ms;
	return error;
}

static void on_status(struct comm *c, int error, struct comm_status *status, void *arg)
{
	struct asking *asking = arg;

	asking->status = status;
	waiter_end(&asking->waiter, c, error);
}

int comm_status(struct comm *c, struct comm_status **ret_status)
{
	struct asking asking = { .status = NULL };
	int error = client_enter_blocking(c);

	if (!error)
		error = comm_status_async(c, on_status, &asking);
	if (!error)
		error = waiter_wait(&asking.waiter, c);
	if (!error)
		*ret_status = asking.status;
	return error;
}

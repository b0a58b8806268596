#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/accounts.h"
#include "daemon/counters.h"
#include "daemon/daemon.h"
#include "daemon/discards.h"
#include "daemon/events.h"
#include "daemon/kafka.h"
#include "daemon/permit.h"
#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/utf8.h"
#include "proto/util.h"

/* The answer has room for that of many profiles. */
#define DESCRIPTION_BYTES_MAX 256

static const char *mode_of(const struct daemon *d)
{
	return d->state != DAEMON_RUNNING ? "stopping" : d->is_dev ? "dev" : "normal";
}

/* What is for the operator; whose file has a book in it finds how it begins. */
static struct comm_bytes description_of(const struct profile_entry *e, const struct session *viewer)
{
	struct comm_bytes text = comm_bytes_of(e->profile ? e->profile->description : NULL);

	if (!text.data || !permit_sees_all(viewer, e->name))
		return (struct comm_bytes){ 0 };
	text.len = comm_utf8_cut(text, DESCRIPTION_BYTES_MAX);
	return text;
}

static void describe_profile(const struct daemon *d, const struct profile_entry *e,
			     const struct session *viewer, struct comm_wire_profile *ret)
{
	*ret = (struct comm_wire_profile){ .state = comm_bytes_of("unused") };
	if (!e->profile || e->problem.text[0]) {
		ret->state = comm_bytes_of("bad");
		ret->error = comm_bytes_of(e->problem.text);
	} else if (d->kafka) {
		kafka_profile_status(d->kafka, e->profile, ret);
	}
	ret->name = comm_bytes_of(e->name);
	ret->description = description_of(e, viewer);
}

static struct comm_list list_profiles(const struct daemon *d, const struct session *viewer)
{
	const struct profile_set *set = d->profiles;
	struct comm_wire_profile *items = calloc(set->n_entries + 1, sizeof *items);

	if (!items)
		return (struct comm_list){ NULL, 0 };
	for (size_t i = 0; i < set->n_entries; i++)
		describe_profile(d, &set->entries[i], viewer, &items[i]);
	return (struct comm_list){ items, set->n_entries };
}

static void describe_subscription(const struct subscription *sub, size_t *lags_left,
				  struct comm_wire_subscription *ret)
{
	const struct session *s = sub->session;

	*ret = (struct comm_wire_subscription){ 0 };
	kafka_reader_status(sub->reader, ret);
	ret->lag = kafka_reader_lag(sub->reader, lags_left);
	ret->subscription = sub->id;
	ret->client = comm_bytes_of(s->name);
	ret->pid = s->peer.pid;
	ret->idle_ms =
		sub->n_receives ? COMM_NONE : (int64_t)(uv_now(s->daemon->loop) - sub->asked_ms);
}

static struct comm_list list_subscriptions(const struct daemon *d, const struct session *viewer)
{
	size_t n = (size_t)d->stats.subscriptions;
	struct comm_wire_subscription *items = calloc(n + 1, sizeof *items);
	const struct session *s;
	const struct subscription *sub;
	size_t i = 0, lags_left = KAFKA_LAGS_MAX;

	if (!items)
		return (struct comm_list){ NULL, 0 };
	LIST_FOREACH(s, &d->sessions, entry)
		LIST_FOREACH(sub, &s->subscriptions, entry)
			if (permit_sees_user(viewer, s->peer.uid, session_profile(s)))
				describe_subscription(sub, &lags_left, &items[i++]);
	return (struct comm_list){ items, i };
}

static struct comm_wire_event describe_event(const struct event_row *row)
{
	return (struct comm_wire_event){
		.first_ms = row->first_ms,
		.last_ms = row->last_ms,
		.event = comm_bytes_of(event_word(row->event)),
		.profile = comm_bytes_of(row->profile),
		.group = comm_bytes_of(row->group[0] ? row->group : NULL),
		.topic = comm_bytes_of(row->topic[0] ? row->topic : NULL),
		.partition = row->partition < 0 ? COMM_NONE : row->partition,
		.message = comm_bytes_of(row->message),
		.times = row->times,
	};
}

/* The last is the first. */
static struct comm_list list_events(const struct daemon *d, const struct session *viewer)
{
	const struct events *events = d->kafka ? kafka_events(d->kafka) : NULL;
	struct comm_wire_event *items = calloc(EVENTS_MAX, sizeof *items);
	const struct event_row *row;
	size_t n = 0;

	if (!items || !events)
		return (struct comm_list){ items, 0 };
	TAILQ_FOREACH_REVERSE(row, &events->rows, event_list, entry)
	if (permit_sees_all(viewer, row->profile))
		items[n++] = describe_event(row);
	return (struct comm_list){ items, n };
}

/* What is left out is known once the lists are. */
static void list_counters(const struct daemon *d, const struct accounts *a,
			  struct comm_wire_counter *ret)
{
	struct stats stats;

	counters_take(d, &stats);
	stats.topics_left_out = (int64_t)a->n_topics_left_out;
	stats.clients_left_out = (int64_t)a->n_clients_left_out;
	stats_list(&stats, ret);
}

void op_status(struct request *r, const void *params)
{
	const struct daemon *d = r->session->daemon;
	struct comm_wire_counter counters[N_STATS];
	struct accounts accounts;
	int error = accounts_init(&accounts, d->kafka, &d->senders, r->session);
	struct comm_status_result result = {
		.server = comm_bytes_of("commd"),
		.version = comm_bytes_of(COMMD_VERSION),
		.mode = comm_bytes_of(mode_of(d)),
		.librdkafka = comm_bytes_of(kafka_version()),
		.pid = getpid(),
		.uptime_ms = (int64_t)(uv_now(d->loop) - d->started_ms),
		.counters = { counters, N_STATS },
		.profiles = list_profiles(d, r->session),
		.subscriptions = list_subscriptions(d, r->session),
		.topics = accounts.topics,
		.clients = accounts.clients,
		.discards = accounts.discards,
		.events = list_events(d, r->session),
	};

	(void)params;
	list_counters(d, &accounts, counters);
	if (!error && result.profiles.items && result.subscriptions.items && result.events.items)
		request_answer_many(r, &result);
	else
		request_fail_with(r, -ENOMEM, NULL);
	accounts_fini(&accounts);
	free((void *)result.profiles.items);
	free((void *)result.subscriptions.items);
	free((void *)result.events.items);
}

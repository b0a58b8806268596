#include <inttypes.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/status_json.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const char *const profile_titles[] = { "PROFILE",   "STATE",     "ACCEPTED", "PERSISTED",
					      "FAILED",    "IN FLIGHT", "BYTES",    "DELIVERED",
					      "CONSUMERS", "LAST ERROR" };

static const char *const subscription_titles[] = { "SUBSCRIPTION", "CLIENT",  "PID",
						   "PROFILE",      "GROUP",   "PARTITIONS",
						   "DELIVERED",    "UNACKED", "LAG",
						   "PAUSED",       "STALLED", "IDLE MS" };

static const char *const topic_titles[] = { "TOPIC",     "PROFILE", "ACCEPTED",
					    "PERSISTED", "FAILED",  "IN FLIGHT" };

static const char *const client_titles[] = { "CLIENT",  "PID",       "UID",
					     "PROFILE", "ACCEPTED",  "PERSISTED",
					     "FAILED",  "IN FLIGHT", "CONNECTED" };

static const char *const discard_titles[] = { "DISCARDED SINCE", "LAST",   "RECORDS", "TOPIC",
					      "PROFILE",         "CLIENT", "PID",     "UID",
					      "PERSISTED",       "ERROR",  "MESSAGE" };

static const char *const event_titles[] = { "EVENT", "SINCE", "LAST",      "TIMES",  "PROFILE",
					    "GROUP", "TOPIC", "PARTITION", "MESSAGE" };

static const char *const counter_titles[] = { "COUNTER", "VALUE" };

static void print_profiles(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, profile_titles, ARRAY_SIZE(profile_titles));
	for (size_t i = 0; i < s->n_profiles; i++) {
		const struct comm_profile_status *p = &s->profiles[i];

		table_add(&t, "%s", p->name);
		table_add(&t, "%s", p->state);
		table_add_number(&t, p->accepted);
		table_add_number(&t, p->persisted);
		table_add_number(&t, p->failed);
		table_add_number(&t, p->in_flight);
		table_add_number(&t, p->in_flight_bytes);
		table_add_number(&t, p->delivered);
		table_add_number(&t, p->n_consumers);
		table_add(&t, "%s", p->error);
	}
	table_end(&t, ctl->human, "profile", &ctl->out);
}

static void print_subscriptions(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, subscription_titles, ARRAY_SIZE(subscription_titles));
	for (size_t i = 0; i < s->n_subscriptions; i++) {
		const struct comm_subscription_status *p = &s->subscriptions[i];

		table_add_number(&t, p->subscription);
		table_add(&t, "%s", p->client);
		table_add_number(&t, p->pid);
		table_add(&t, "%s", p->profile);
		table_add(&t, "%s", p->group ? p->group : "-");
		table_add_number(&t, p->n_partitions);
		table_add_number(&t, p->delivered);
		table_add_number(&t, p->unacknowledged);
		table_add_number(&t, p->lag);
		table_add_number(&t, p->n_paused);
		table_add(&t, "%s", p->is_stalled ? "yes" : "no");
		table_add_number(&t, p->idle_ms);
	}
	table_end(&t, ctl->human, "subscription", &ctl->out);
}

static void print_topics(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, topic_titles, ARRAY_SIZE(topic_titles));
	for (size_t i = 0; i < s->n_topics; i++) {
		const struct comm_topic_status *p = &s->topics[i];

		table_add(&t, "%s", p->topic);
		table_add(&t, "%s", p->profile);
		table_add_number(&t, p->accepted);
		table_add_number(&t, p->persisted);
		table_add_number(&t, p->failed);
		table_add_number(&t, p->in_flight);
	}
	table_end(&t, ctl->human, "topic", &ctl->out);
}

static void print_clients(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, client_titles, ARRAY_SIZE(client_titles));
	for (size_t i = 0; i < s->n_clients; i++) {
		const struct comm_client_status *p = &s->clients[i];

		table_add(&t, "%s", p->client);
		table_add_number(&t, p->pid);
		table_add_number(&t, p->uid);
		table_add(&t, "%s", p->profile);
		table_add_number(&t, p->accepted);
		table_add_number(&t, p->persisted);
		table_add_number(&t, p->failed);
		table_add_number(&t, p->in_flight);
		table_add(&t, "%s", p->is_connected ? "yes" : "no");
	}
	table_end(&t, ctl->human, "client", &ctl->out);
}

static void print_discards(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, discard_titles, ARRAY_SIZE(discard_titles));
	for (size_t i = 0; i < s->n_discards; i++) {
		const struct comm_discard *p = &s->discards[i];

		table_add_time(&t, ctl->human, p->first_ms);
		table_add_time(&t, ctl->human, p->last_ms);
		table_add_number(&t, p->n_records);
		table_add(&t, "%s", p->topic);
		table_add(&t, "%s", p->profile);
		table_add(&t, "%s", p->client);
		table_add_number(&t, p->pid);
		table_add_number(&t, p->uid);
		table_add(&t, "%s", p->maybe_persisted ? "maybe" : "no");
		table_add(&t, "%s", p->error_name);
		table_add(&t, "%s", p->message);
	}
	table_end(&t, ctl->human, "discard", &ctl->out);
}

static void print_events(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, event_titles, ARRAY_SIZE(event_titles));
	for (size_t i = 0; i < s->n_events; i++) {
		const struct comm_event *p = &s->events[i];

		table_add(&t, "%s", p->event);
		table_add_time(&t, ctl->human, p->first_ms);
		table_add_time(&t, ctl->human, p->last_ms);
		table_add_number(&t, p->n_times);
		table_add(&t, "%s", p->profile);
		table_add(&t, "%s", p->group ? p->group : "-");
		table_add(&t, "%s", p->topic ? p->topic : "-");
		table_add_number(&t, p->partition);
		table_add(&t, "%s", p->message);
	}
	table_end(&t, ctl->human, "event", &ctl->out);
}

static void print_counters(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, counter_titles, ARRAY_SIZE(counter_titles));
	for (size_t i = 0; i < s->n_counters; i++) {
		table_add(&t, "%s", s->counters[i].name);
		table_add_number(&t, s->counters[i].value);
	}
	table_end(&t, ctl->human, "counter", &ctl->out);
}

static void print_uptime(struct out *out, int64_t ms)
{
	int64_t minutes = ms / 60000;

	if (minutes < 1)
		out_printf(out, "%" PRId64 " s", ms / 1000);
	else if (minutes < 60)
		out_printf(out, "%" PRId64 " min", minutes);
	else if (minutes < 24 * 60)
		out_printf(out, "%" PRId64 " h %" PRId64 " min", minutes / 60, minutes % 60);
	else
		out_printf(out, "%" PRId64 " d %" PRId64 " h", minutes / 1440, minutes / 60 % 24);
}

static void print_daemon(struct ctl *ctl, const struct comm_status *s)
{
	struct out *out = &ctl->out;

	if (ctl->human) {
		out_printf(out, "commd %s (%s), librdkafka %s, process %" PRId64 ", up ",
			   s->version, s->mode, s->librdkafka, s->pid);
		print_uptime(out, s->uptime_ms);
		out_text(out, "\n");
		return;
	}
	out_printf(out, "daemon\tversion\t%s\n", s->version);
	out_printf(out, "daemon\tmode\t%s\n", s->mode);
	out_printf(out, "daemon\tlibrdkafka\t%s\n", s->librdkafka);
	out_printf(out, "daemon\tpid\t%" PRId64 "\n", s->pid);
	out_printf(out, "daemon\tuptime_ms\t%" PRId64 "\n", s->uptime_ms);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct comm_status *s;
	int error, code;

	if (!options_none(ctl, &verb_status, argc, argv, &code))
		return code;
	code = ctl_connect(ctl, COMM_ACK_BROKER);
	if (code)
		return code;
	error = comm_status(ctl->c, &s);
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json) {
		json_print(status_json(s), &ctl->out);
	} else {
		print_daemon(ctl, s);
		print_profiles(ctl, s);
		print_subscriptions(ctl, s);
		print_topics(ctl, s);
		print_clients(ctl, s);
		print_discards(ctl, s);
		print_events(ctl, s);
		print_counters(ctl, s);
	}
	comm_status_free(s);
	return CTL_OK;
}

const struct verb verb_status = {
	.name = "status",
	.arguments = "",
	.summary = "Show what commd holds and does: profiles, subscriptions, lost records, events.",
	.help = "For each profile, topic and client, accepted = persisted + failed + in flight. "
		"Topics\n"
		"that nobody sends to are forgotten after ten minutes, clients when they have "
		"gone\n"
		"and have nothing in flight. Discarded are records that failed after they had "
		"been\n"
		"accepted, by client, topic and reason; the most recent kinds of them are kept. A\n"
		"subscription's lag are the records in its partitions that it was not handed yet; "
		"it is\n"
		"stalled when it asks for records, more and more are written, and it has been "
		"handed none\n"
		"for a minute. A program that does not ask is not stalled: its lag grows, and it "
		"is idle\n"
		"since it asked last.\n"
		"Events are what happened to Kafka consumers, and mended itself or did not.\n"
		"\n"
		"Separated by tabs, each line begins with its kind:\n"
		"  daemon        key, value\n"
		"  profile       name, state, accepted, persisted, failed, in flight, bytes in "
		"flight,\n"
		"                delivered, consumers, last error\n"
		"  subscription  number, client, pid, profile, group or -, partitions, delivered,\n"
		"                unacknowledged, lag or - (not known), paused partitions, stalled "
		"(yes or no),\n"
		"                milliseconds idle or - (it asks now)\n"
		"  topic         name, profile, accepted, persisted, failed, in flight\n"
		"  client        name, pid, uid, profile, accepted, persisted, failed, in flight,\n"
		"                connected (yes or no)\n"
		"  discard       first and last time (milliseconds since 1970), records, topic,\n"
		"                profile, client, pid, uid, persisted (maybe or no), error, "
		"message\n"
		"  event         name, first and last time (milliseconds since 1970), times, "
		"profile,\n"
		"                group, topic, partition (each may be -), message\n"
		"  counter       name, value\n"
		"With --json one object: version, mode, librdkafka, pid, uptime_ms, profiles,\n"
		"subscriptions, topics, clients, discards, events, counters.\n"
		"\n",
	.examples = "  commctl status\n"
		    "  commctl status --json | jq .profiles\n"
		    "  watch commctl status\n",
	.run = run,
};

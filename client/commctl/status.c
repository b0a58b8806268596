#include <inttypes.h>
#include <time.h>

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

static const char *const subscription_titles[] = { "SUBSCRIPTION", "CLIENT", "PID",
						   "PROFILE",      "GROUP",  "PARTITIONS",
						   "DELIVERED",    "UNACKED" };

static const char *const topic_titles[] = { "TOPIC",     "PROFILE", "ACCEPTED",
					    "PERSISTED", "FAILED",  "IN FLIGHT" };

static const char *const client_titles[] = { "CLIENT",  "PID",       "UID",
					     "PROFILE", "ACCEPTED",  "PERSISTED",
					     "FAILED",  "IN FLIGHT", "CONNECTED" };

static const char *const discard_titles[] = { "DISCARDED SINCE", "LAST",   "RECORDS", "TOPIC",
					      "PROFILE",         "CLIENT", "PID",     "UID",
					      "PERSISTED",       "ERROR",  "MESSAGE" };

static const char *const counter_titles[] = { "COUNTER", "VALUE" };

static void add_number(struct table *t, int64_t number)
{
	table_add(t, "%" PRId64, number);
}

static void print_table(struct ctl *ctl, struct table *t, const char *kind)
{
	if (ctl->human && t->n_cells)
		out_text(&ctl->out, "\n");
	if (t->n_cells)
		table_print(t, ctl->human, kind, &ctl->out);
	table_fini(t);
}

static void print_profiles(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, profile_titles, ARRAY_SIZE(profile_titles));
	for (size_t i = 0; i < s->n_profiles; i++) {
		const struct comm_profile_status *p = &s->profiles[i];

		table_add(&t, "%s", p->name);
		table_add(&t, "%s", p->state);
		add_number(&t, p->accepted);
		add_number(&t, p->persisted);
		add_number(&t, p->failed);
		add_number(&t, p->in_flight);
		add_number(&t, p->in_flight_bytes);
		add_number(&t, p->delivered);
		add_number(&t, p->n_consumers);
		table_add(&t, "%s", p->error);
	}
	print_table(ctl, &t, "profile");
}

static void print_subscriptions(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, subscription_titles, ARRAY_SIZE(subscription_titles));
	for (size_t i = 0; i < s->n_subscriptions; i++) {
		const struct comm_subscription_status *p = &s->subscriptions[i];

		add_number(&t, p->subscription);
		table_add(&t, "%s", p->client);
		add_number(&t, p->pid);
		table_add(&t, "%s", p->profile);
		table_add(&t, "%s", p->group ? p->group : "-");
		add_number(&t, p->n_partitions);
		add_number(&t, p->delivered);
		add_number(&t, p->unacknowledged);
	}
	print_table(ctl, &t, "subscription");
}

static void print_topics(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, topic_titles, ARRAY_SIZE(topic_titles));
	for (size_t i = 0; i < s->n_topics; i++) {
		const struct comm_topic_status *p = &s->topics[i];

		table_add(&t, "%s", p->topic);
		table_add(&t, "%s", p->profile);
		add_number(&t, p->accepted);
		add_number(&t, p->persisted);
		add_number(&t, p->failed);
		add_number(&t, p->in_flight);
	}
	print_table(ctl, &t, "topic");
}

static void print_clients(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, client_titles, ARRAY_SIZE(client_titles));
	for (size_t i = 0; i < s->n_clients; i++) {
		const struct comm_client_status *p = &s->clients[i];

		table_add(&t, "%s", p->client);
		add_number(&t, p->pid);
		add_number(&t, p->uid);
		table_add(&t, "%s", p->profile);
		add_number(&t, p->accepted);
		add_number(&t, p->persisted);
		add_number(&t, p->failed);
		add_number(&t, p->in_flight);
		table_add(&t, "%s", p->is_connected ? "yes" : "no");
	}
	print_table(ctl, &t, "client");
}

/* For people in their own time; programs get what the daemon said. */
static void add_time(struct ctl *ctl, struct table *t, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32] = "?";
	struct tm tm;

	if (!ctl->human) {
		add_number(t, ms);
		return;
	}
	if (localtime_r(&seconds, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	table_add(t, "%s", text);
}

static void print_discards(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, discard_titles, ARRAY_SIZE(discard_titles));
	for (size_t i = 0; i < s->n_discards; i++) {
		const struct comm_discard *p = &s->discards[i];

		add_time(ctl, &t, p->first_ms);
		add_time(ctl, &t, p->last_ms);
		add_number(&t, p->n_records);
		table_add(&t, "%s", p->topic);
		table_add(&t, "%s", p->profile);
		table_add(&t, "%s", p->client);
		add_number(&t, p->pid);
		add_number(&t, p->uid);
		table_add(&t, "%s", p->maybe_persisted ? "maybe" : "no");
		table_add(&t, "%s", p->error_name);
		table_add(&t, "%s", p->message);
	}
	print_table(ctl, &t, "discard");
}

static void print_counters(struct ctl *ctl, const struct comm_status *s)
{
	struct table t;

	table_init(&t, counter_titles, ARRAY_SIZE(counter_titles));
	for (size_t i = 0; i < s->n_counters; i++) {
		table_add(&t, "%s", s->counters[i].name);
		add_number(&t, s->counters[i].value);
	}
	print_table(ctl, &t, "counter");
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
	struct options o;
	int error, code;

	options_init(&o, ctl, &verb_status, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	if (optind < argc) {
		options_wrong(&o, "'%s' is one word too many", argv[optind]);
		return o.exit_code;
	}
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
		print_counters(ctl, s);
	}
	comm_status_free(s);
	return CTL_OK;
}

const struct verb verb_status = {
	.name = "status",
	.arguments = "",
	.summary =
		"Show what commd holds and does: profiles, subscriptions, lost records, counters.",
	.help = "For each profile, topic and client, accepted = persisted + failed + in flight. "
		"Topics\n"
		"that nobody sends to are forgotten after ten minutes, clients when they have "
		"gone\n"
		"and have nothing in flight. Discarded are records that failed after they had "
		"been\n"
		"accepted, by client, topic and reason; the most recent kinds of them are kept.\n"
		"\n"
		"Separated by tabs, each line begins with its kind:\n"
		"  daemon        key, value\n"
		"  profile       name, state, accepted, persisted, failed, in flight, bytes in "
		"flight,\n"
		"                delivered, consumers, last error\n"
		"  subscription  number, client, pid, profile, group or -, partitions, delivered,\n"
		"                unacknowledged\n"
		"  topic         name, profile, accepted, persisted, failed, in flight\n"
		"  client        name, pid, uid, profile, accepted, persisted, failed, in flight,\n"
		"                connected (yes or no)\n"
		"  discard       first and last time (milliseconds since 1970), records, topic,\n"
		"                profile, client, pid, uid, persisted (maybe or no), error, "
		"message\n"
		"  counter       name, value\n"
		"With --json one object: version, mode, librdkafka, pid, uptime_ms, profiles,\n"
		"subscriptions, topics, clients, discards, counters.\n"
		"\n",
	.examples = "  commctl status\n"
		    "  commctl status --json | jq .profiles\n"
		    "  watch commctl status\n",
	.run = run,
};

#include <inttypes.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const char *const profile_titles[] = { "PROFILE",   "STATE",     "ACCEPTED", "PERSISTED",
					      "FAILED",    "IN FLIGHT", "BYTES",    "DELIVERED",
					      "CONSUMERS", "LAST ERROR" };

static const char *const subscription_titles[] = { "SUBSCRIPTION", "CLIENT", "PID",
						   "PROFILE",      "GROUP",  "PARTITIONS",
						   "DELIVERED",    "UNACKED" };

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

static json_t *profiles_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_profiles; i++) {
		const struct comm_profile_status *p = &s->profiles[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
				  json_text(p->name), "state", json_text(p->state), "error",
				  json_text(p->error), "accepted", (json_int_t)p->accepted,
				  "persisted", (json_int_t)p->persisted, "failed",
				  (json_int_t)p->failed, "in_flight", (json_int_t)p->in_flight,
				  "in_flight_bytes", (json_int_t)p->in_flight_bytes, "delivered",
				  (json_int_t)p->delivered, "consumers",
				  (json_int_t)p->n_consumers));
	}
	return list;
}

static json_t *subscriptions_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_subscriptions; i++) {
		const struct comm_subscription_status *p = &s->subscriptions[i];

		(void)json_array_append_new(
			list, json_pack("{s:I, s:o, s:I, s:o, s:o, s:I, s:I, s:I}", "subscription",
					(json_int_t)p->subscription, "client", json_text(p->client),
					"pid", (json_int_t)p->pid, "profile", json_text(p->profile),
					"group", json_text(p->group), "partitions",
					(json_int_t)p->n_partitions, "delivered",
					(json_int_t)p->delivered, "unacknowledged",
					(json_int_t)p->unacknowledged));
	}
	return list;
}

static json_t *status_json(const struct comm_status *s)
{
	json_t *counters = json_object();

	for (size_t i = 0; i < s->n_counters; i++)
		(void)json_object_set_new(counters, s->counters[i].name,
					  json_integer(s->counters[i].value));
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "version",
			 json_text(s->version), "mode", json_text(s->mode), "librdkafka",
			 json_text(s->librdkafka), "pid", (json_int_t)s->pid, "uptime_ms",
			 (json_int_t)s->uptime_ms, "profiles", profiles_json(s), "subscriptions",
			 subscriptions_json(s), "counters", counters);
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
		print_counters(ctl, s);
	}
	comm_status_free(s);
	return CTL_OK;
}

const struct verb verb_status = {
	.name = "status",
	.arguments = "",
	.summary = "Show what commd holds and does: profiles, subscriptions, counters.",
	.help = "For each profile, accepted = persisted + failed + in flight.\n"
		"\n"
		"Separated by tabs, each line begins with its kind:\n"
		"  daemon        key, value\n"
		"  profile       name, state, accepted, persisted, failed, in flight, bytes in "
		"flight,\n"
		"                delivered, consumers, last error\n"
		"  subscription  number, client, pid, profile, group or -, partitions, delivered,\n"
		"                unacknowledged\n"
		"  counter       name, value\n"
		"With --json one object: version, mode, librdkafka, pid, uptime_ms, profiles,\n"
		"subscriptions, counters.\n"
		"\n",
	.examples = "  commctl status\n"
		    "  commctl status --json | jq .profiles\n"
		    "  watch commctl status\n",
	.run = run,
};

#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/each.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/partitions.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

enum { OPTION_ALL = OPTION_OWN };

static const char *const titles[] = { "SETTING", "VALUE", "SET FOR", "READ ONLY" };

static bool is_shown(const struct comm_config *s, bool all)
{
	return all || strcmp(s->source, "default") != 0;
}

static json_t *settings_json(const struct comm_topic_description *d, bool all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_settings; i++) {
		const struct comm_config *s = &d->settings[i];

		if (is_shown(s, all))
			(void)json_array_append_new(
				list, json_pack("{s:o, s:o, s:o, s:b, s:b}", "name",
						json_text(s->name), "value", json_text(s->value),
						"source", json_text(s->source), "read_only",
						s->is_read_only, "sensitive", s->is_sensitive));
	}
	return list;
}

static void print_settings(struct ctl *ctl, const struct comm_topic_description *d, bool all)
{
	struct table t;

	table_init(&t, titles, ARRAY_SIZE(titles));
	t.of = d->topic.name;
	for (size_t i = 0; i < d->n_settings; i++) {
		const struct comm_config *s = &d->settings[i];

		if (!is_shown(s, all))
			continue;
		table_add(&t, "%s", s->name);
		table_add(&t, "%s", s->value ? s->value : "-");
		table_add(&t, "%s", s->source);
		table_add(&t, "%s", s->is_read_only ? "yes" : "no");
	}
	table_end(&t, ctl->human, "setting", &ctl->out);
}

static void print(struct ctl *ctl, const struct comm_topic_description *d, bool all)
{
	const char *topic = d->topic.name;

	if (ctl->json) {
		json_print(json_pack("{s:o, s:o, s:o}", "topic", json_text(topic), "partitions",
				     partitions_json(&d->topic), "settings", settings_json(d, all)),
			   &ctl->out);
		return;
	}
	if (ctl->human)
		out_printf(&ctl->out, "%s%s: %zu partitions, replicas %zu\n\n",
			   ctl->out.len ? "\n" : "", topic, d->topic.n_partitions,
			   d->topic.n_partitions ? d->topic.partitions[0].n_replicas : 0);
	/* Programs want to know of which topic a line is. */
	partitions_print(&d->topic, ctl->human, "partition", &ctl->out);
	print_settings(ctl, d, all);
}

static int describe(struct ctl *ctl, const char *topic, const void *arg)
{
	const bool *all = arg;
	struct comm_topic_description *d;
	int error = comm_describe_topic(ctl->c, topic, &d);

	if (error)
		return ctl_fail(ctl, error);
	print(ctl, d, *all);
	comm_topic_description_free(d);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "all", no_argument, NULL, OPTION_ALL },
		{ 0 },
	};
	struct options o;
	bool all = false;
	int opt;

	options_init(&o, ctl, &verb_describe, argc, argv, "", names);
	while ((opt = options_next(&o)) > 0)
		all = true;
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	if (optind == argc) {
		options_wrong(&o, "needs the name of a topic");
		return o.exit_code;
	}
	return each_do(ctl, argv + optind, describe, &all);
}

const struct verb verb_describe = {
	.name = "describe",
	.arguments = "TOPIC... [--all]",
	.summary = "Tell a topic's partitions, and its settings that are no defaults.",
	.help = "  --all    all settings\n"
		"\n"
		"Separated by tabs, each line begins with its kind:\n"
		"  partition  topic, partition, leader (-1: none), replicas and in-sync replicas "
		"as "
		"broker\n"
		"             ids with commas\n"
		"  setting    topic, name, value or - (secret), set for (topic, broker, default, "
		"unknown),\n"
		"             read only (yes or no)\n"
		"With --json one object per topic: topic, partitions (a list of partition, leader "
		"or null,\n"
		"replicas, isr), settings (a list of name, value, source, read_only, sensitive).\n"
		"\n",
	.examples = "  commctl describe orders\n"
		    "  commctl describe orders --all | grep retention\n"
		    "  commctl describe orders --json | jq '.settings[] | {(.name): .value}'\n",
	.run = run,
};

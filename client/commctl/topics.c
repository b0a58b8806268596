#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/partitions.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const char *const list_titles[] = { "TOPIC", "PARTITIONS", "REPLICAS", "ERROR" };

static json_t *topic_json(const struct comm_topic_info *t)
{
	return json_pack("{s:o, s:o, s:o}", "topic", json_text(t->name), "partitions",
			 partitions_json(t), "error",
			 json_text(t->error ? t->error_message : NULL));
}

static int by_name(const void *a, const void *b)
{
	const struct comm_topic_info *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void print_list(struct ctl *ctl, const struct comm_topic_info *const *list, size_t n)
{
	struct table t;

	table_init(&t, list_titles, ARRAY_SIZE(list_titles));
	for (size_t i = 0; i < n; i++) {
		const struct comm_topic_info *topic = list[i];

		table_add(&t, "%s", topic->name);
		table_add(&t, "%zu", topic->n_partitions);
		table_add(&t, "%zu", topic->n_partitions ? topic->partitions[0].n_replicas : 0);
		table_add(&t, "%s", topic->error ? topic->error_message : "");
	}
	if (n || ctl->human)
		table_print(&t, ctl->human, NULL, &ctl->out);
	table_fini(&t);
}

static int print_all(struct ctl *ctl, const struct comm_topics *topics)
{
	size_t n = topics->n_topics;
	_cleanup_free_ const struct comm_topic_info **sorted = calloc(n + 1, sizeof(void *));

	if (!sorted) {
		ctl_say("out of memory");
		return CTL_FAILED;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &topics->topics[i];
	qsort(sorted, n, sizeof *sorted, by_name);
	for (size_t i = 0; ctl->json && i < n; i++)
		json_print(topic_json(sorted[i]), &ctl->out);
	if (!ctl->json)
		print_list(ctl, sorted, n);
	return CTL_OK;
}

static int print_one(struct ctl *ctl, const char *name, const struct comm_topics *topics)
{
	const struct comm_topic_info *t = topics->n_topics ? &topics->topics[0] : NULL;

	if (!t || t->error) {
		ctl_say("topic %s: %s", name,
			t && *t->error_message ? t->error_message
					       : comm_strerror(COMM_ETOPIC_UNAVAILABLE));
		return ctl_exit_code(t ? t->error : COMM_ETOPIC_UNAVAILABLE);
	}
	if (ctl->json)
		json_print(topic_json(t), &ctl->out);
	else
		partitions_print(t, ctl->human, NULL, &ctl->out);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct comm_topics *topics;
	const char *name;
	struct options o;
	int error, code;

	options_init(&o, ctl, &verb_topics, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	if (!options_at_most(&o, 1))
		return o.exit_code;
	name = argv[optind];
	code = ctl_connect(ctl, COMM_ACK_BROKER);
	if (code)
		return code;
	error = comm_list_topics(ctl->c, name, &topics);
	if (error)
		return ctl_fail(ctl, error);
	code = name ? print_one(ctl, name, topics) : print_all(ctl, topics);
	comm_topics_free(topics);
	return code;
}

const struct verb verb_topics = {
	.name = "topics",
	.arguments = "[TOPIC]",
	.summary = "List the topics, or the partitions of one.",
	.help = "Separated by tabs: topic, partitions, replicas, error; for one topic: partition,\n"
		"leader (-1: none), replicas and in-sync replicas as broker ids with commas.\n"
		"With --json one object per topic: topic, error (null: none), partitions, a list "
		"of\n"
		"partition, leader or null, replicas, isr.\n"
		"\n",
	.examples = "  commctl topics\n"
		    "  commctl topics orders\n"
		    "  commctl topics | cut -f1\n",
	.run = run,
};

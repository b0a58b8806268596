#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/options.h"
#include "client/commctl/rows.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const struct column columns[] = {
	{ "GROUP", "group", COLUMN_TEXT },
	{ "PROFILE", "profile", COLUMN_TEXT },
	{ "STATE", "state", COLUMN_TEXT },
	{ "SUBSCRIPTIONS", "subscriptions", COLUMN_NUMBER },
	{ "PARTITIONS", "partitions", COLUMN_NUMBER },
	{ "LAG", "lag", COLUMN_NUMBER },
	{ "UNACKED", "unacknowledged", COLUMN_NUMBER },
	{ "ERROR", "error", COLUMN_TEXT },
};

static const struct column topic_columns[] = {
	{ "GROUP", "group", COLUMN_TEXT }, { "PROFILE", "profile", COLUMN_TEXT },
	{ "TOPIC", "topic", COLUMN_TEXT }, { "PARTITIONS", "partitions", COLUMN_NUMBER },
	{ "LAG", "lag", COLUMN_NUMBER },
};

static const struct listing consumer_listing = { "consumers", "consumer", columns,
						 ARRAY_SIZE(columns) };
static const struct listing topic_listing = { "topics", "topic", topic_columns,
					      ARRAY_SIZE(topic_columns) };

/* The topics of all consumers, each with whose it is. */
static json_t *topics_of(const json_t *consumers)
{
	json_t *all = json_array(), *topic;
	const json_t *consumer;
	size_t i, k;

	json_array_foreach(consumers, i, consumer)
		json_array_foreach(json_object_get(consumer, "topics"), k, topic) {
			json_t *row = json_copy(topic);

			(void)json_object_set(row, "group", json_object_get(consumer, "group"));
			(void)json_object_set(row, "profile", json_object_get(consumer, "profile"));
			(void)json_array_append_new(all, row);
		}
	return all;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	json_t *result = NULL, *topics;
	const json_t *consumers;
	int code;

	if (!options_none(ctl, &verb_consumers, argc, argv, &code))
		return code;
	code = host_ask(ctl, "consumers", NULL, 0, &result);
	if (code)
		return code;
	consumers = json_object_get(result, "consumers");
	if (ctl->json) {
		rows_print_json(ctl, consumers);
	} else {
		topics = topics_of(consumers);
		rows_print(ctl, &consumer_listing, consumers, SIZE_MAX);
		rows_print(ctl, &topic_listing, topics, SIZE_MAX);
		json_decref(topics);
	}
	rows_say_left_out(result);
	json_decref(result);
	return CTL_OK;
}

const struct verb verb_consumers = {
	.name = "consumers",
	.arguments = "",
	.summary = "List commd's Kafka consumers, their topics, and how far behind each is.",
	.help = "One consumer stands for all subscriptions of its group here; a subscription "
		"without "
		"a\n"
		"group has one of its own. The lag is what is known without asking the brokers: "
		"commctl lag\n"
		"GROUP asks them, for all members.\n"
		"\n"
		"Separated by tabs, each line begins with its kind:\n"
		"  consumer  group or -, profile, state (joining, reading, rebuilding, closing),\n"
		"            subscriptions, partitions, lag or -, unacknowledged, error or -\n"
		"  topic     group or -, profile, topic, partitions, lag or -\n"
		"With --json one object for each consumer, with its topics.\n"
		"\n",
	.examples = "  commctl consumers\n"
		    "  commctl consumers --json | jq 'select(.lag > 1000)'\n"
		    "  commctl consumers | grep ^topic\n",
	.run = run,
};

#include <limits.h>
#include <stdlib.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/setting.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

struct wish {
	int64_t n_partitions; /* -1: the brokers' default */
	int64_t replication;
	struct comm_setting *settings; /* owned, with room for one per word */
	size_t n_settings;
};

static bool take(struct options *o, struct wish *w, int opt)
{
	switch (opt) {
	case 'p':
		return options_number(o, "-p", optarg, 1, INT_MAX, &w->n_partitions);
	case 'r':
		return options_number(o, "-r", optarg, 1, SHRT_MAX, &w->replication);
	default:
		return setting_parse(o, optarg, &w->settings[w->n_settings++]);
	}
}

static int create(struct ctl *ctl, const char *topic, const struct wish *w)
{
	int code = ctl_connect(ctl, COMM_ACK_BROKER);
	int error;

	if (code)
		return code;
	error = comm_create_topic(ctl->c, topic, (int)w->n_partitions, (int)w->replication,
				  w->settings, w->n_settings);
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json)
		json_print(json_pack("{s:o, s:b}", "topic", json_text(topic), "created", 1),
			   &ctl->out);
	else
		out_printf(&ctl->out, ctl->human ? "created %s\n" : "created\t%s\n", topic);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "partitions", required_argument, NULL, 'p' },
		{ "replication", required_argument, NULL, 'r' },
		{ "setting", required_argument, NULL, 's' },
		{ 0 },
	};
	_cleanup_free_ struct comm_setting *settings = calloc((size_t)argc, sizeof *settings);
	struct wish w = { .n_partitions = -1, .replication = -1, .settings = settings };
	struct options o;
	int opt;

	if (!settings) {
		ctl_say("out of memory");
		return CTL_FAILED;
	}
	options_init(&o, ctl, &verb_create_topic, argc, argv, "p:r:s:", names);
	while ((opt = options_next(&o)) > 0)
		if (!take(&o, &w, opt))
			return o.exit_code;
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	if (argc - optind != 1) {
		options_wrong(&o, "needs the name of one topic");
		return o.exit_code;
	}
	return create(ctl, argv[optind], &w);
}

const struct verb verb_create_topic = {
	.name = "create-topic",
	.arguments = "TOPIC [-p N] [-r N] [-s KEY=VALUE]...",
	.summary = "Create a topic.",
	.help = "  -p, --partitions N        so many partitions (default: the brokers' default)\n"
		"  -r, --replication N       so many replicas of each (default: the brokers' "
		"default)\n"
		"  -s, --setting KEY=VALUE   a setting of the topic, by Kafka's name; repeatable\n"
		"\n"
		"Prints, separated by a tab, created and the topic. With --json: topic, created.\n"
		"\n",
	.examples = "  commctl create-topic orders\n"
		    "  commctl create-topic orders -p 12 -r 3\n"
		    "  commctl create-topic logs -p 4 -s retention.ms=86400000 -s "
		    "cleanup.policy=delete\n",
	.run = run,
};

#include <stdlib.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/setting.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static int alter(struct ctl *ctl, const char *topic, const struct comm_setting *settings, size_t n)
{
	int code = ctl_connect(ctl, COMM_ACK_BROKER);
	int error;

	if (code)
		return code;
	error = comm_alter_topic(ctl->c, topic, settings, n);
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json)
		json_print(json_pack("{s:o, s:b}", "topic", json_text(topic), "altered", 1),
			   &ctl->out);
	else
		out_printf(&ctl->out, ctl->human ? "altered %s\n" : "altered\t%s\n", topic);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "setting", required_argument, NULL, 's' },
		{ "default", required_argument, NULL, 'd' },
		{ 0 },
	};
	_cleanup_free_ struct comm_setting *settings = calloc((size_t)argc, sizeof *settings);
	struct options o;
	size_t n = 0;
	int opt;

	if (!settings) {
		ctl_say("out of memory");
		return CTL_FAILED;
	}
	options_init(&o, ctl, &verb_alter_topic, argc, argv, "s:d:", names);
	while ((opt = options_next(&o)) > 0) {
		if (opt == 'd')
			settings[n].name = optarg;
		else if (!setting_parse(&o, optarg, &settings[n]))
			return o.exit_code;
		n++;
	}
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	if (argc - optind != 1 || !n) {
		options_wrong(&o, "needs the name of one topic, and -s KEY=VALUE or -d KEY");
		return o.exit_code;
	}
	return alter(ctl, argv[optind], settings, n);
}

const struct verb verb_alter_topic = {
	.name = "alter-topic",
	.arguments = "TOPIC [-s KEY=VALUE]... [-d KEY]...",
	.summary = "Change settings of a topic.",
	.help = "  -s, --setting KEY=VALUE   set this one, by Kafka's name; repeatable\n"
		"  -d, --default KEY         set this one to what it is by default; repeatable\n"
		"\n"
		"The others stay as they are. Prints, separated by a tab, altered and the topic. "
		"With\n"
		"--json: topic, altered.\n"
		"\n",
	.examples = "  commctl alter-topic orders -s retention.ms=86400000\n"
		    "  commctl alter-topic orders -d retention.ms\n"
		    "  commctl alter-topic logs -s cleanup.policy=compact -d retention.ms\n",
	.run = run,
};

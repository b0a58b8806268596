#include <stddef.h>

#include "client/commctl/ctl.h"
#include "client/commctl/each.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"

static int delete_one(struct ctl *ctl, const char *topic, const void *arg)
{
	int error = comm_delete_topic(ctl->c, topic);

	(void)arg;
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json)
		json_print(json_pack("{s:o, s:b}", "topic", json_text(topic), "deleted", 1),
			   &ctl->out);
	else
		out_printf(&ctl->out, ctl->human ? "deleted %s\n" : "deleted\t%s\n", topic);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct options o;

	options_init(&o, ctl, &verb_delete_topic, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	if (optind == argc) {
		options_wrong(&o, "needs the name of a topic");
		return o.exit_code;
	}
	return each_do(ctl, argv + optind, delete_one, NULL);
}

const struct verb verb_delete_topic = {
	.name = "delete-topic",
	.arguments = "TOPIC...",
	.summary = "Delete topics with all their records, without asking.",
	.help = "Prints, separated by a tab, deleted and the topic, a line for each. With --json:\n"
		"topic, deleted. If one fails the others are deleted all the same, and the exit "
		"code is\n"
		"that of the first failure.\n"
		"\n",
	.examples = "  commctl delete-topic orders\n"
		    "  commctl delete-topic test-1 test-2\n"
		    "  commctl topics | cut -f1 | grep '^test-' | xargs commctl delete-topic\n",
	.run = run,
};

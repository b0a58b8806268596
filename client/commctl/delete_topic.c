#include "client/commclient.h"
#include "client/commctl/delete.h"
#include "client/commctl/verb.h"

static int run(struct ctl *ctl, int argc, char **argv)
{
	return delete_run(ctl, argc, argv, &verb_delete_topic, "topic", comm_delete_topic);
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

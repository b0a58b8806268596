#include "client/commclient.h"
#include "client/commctl/delete.h"
#include "client/commctl/verb.h"

static int run(struct ctl *ctl, int argc, char **argv)
{
	return delete_run(ctl, argc, argv, &verb_delete_group, "group", comm_delete_group);
}

const struct verb verb_delete_group = {
	.name = "delete-group",
	.arguments = "GROUP...",
	.summary = "Forget groups with all their offsets, without asking.",
	.help = "A group that has members is not deleted: stop them first.\n"
		"\n"
		"Prints, separated by a tab, deleted and the group, a line for each. With --json:\n"
		"group, deleted. If one fails the others are deleted all the same, and the exit "
		"code is\n"
		"that of the first failure.\n"
		"\n",
	.examples = "  commctl delete-group billing\n"
		    "  commctl delete-group test-1 test-2\n"
		    "  commctl groups | cut -f1 | grep '^test-' | xargs commctl delete-group\n",
	.run = run,
};

#include <stddef.h>

#include "client/commctl/ctl.h"
#include "client/commctl/each.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"

static int delete_one(struct ctl *ctl, const char *group, const void *arg)
{
	int error = comm_delete_group(ctl->c, group);

	(void)arg;
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json)
		json_print(json_pack("{s:o, s:b}", "group", json_text(group), "deleted", 1),
			   &ctl->out);
	else
		out_printf(&ctl->out, ctl->human ? "deleted %s\n" : "deleted\t%s\n", group);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct options o;

	options_init(&o, ctl, &verb_delete_group, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	if (optind == argc) {
		options_wrong(&o, "needs the name of a group");
		return o.exit_code;
	}
	return each_do(ctl, argv + optind, delete_one, NULL);
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

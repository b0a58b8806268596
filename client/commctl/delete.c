#include "client/commctl/delete.h"

#include <stddef.h>

#include "client/commctl/ctl.h"
#include "client/commctl/each.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"

/* What is deleted. */
struct kind {
	const char *noun;
	int (*one)(struct comm *c, const char *name);
};

static int delete_one(struct ctl *ctl, const char *name, const void *arg)
{
	const struct kind *kind = arg;
	int error = kind->one(ctl->c, name);

	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json)
		json_print(json_pack("{s:o, s:b}", kind->noun, json_text(name), "deleted", 1),
			   &ctl->out);
	else
		out_printf(&ctl->out, ctl->human ? "deleted %s\n" : "deleted\t%s\n", name);
	return CTL_OK;
}

int delete_run(struct ctl *ctl, int argc, char **argv, const struct verb *verb, const char *noun,
	       int (*one)(struct comm *c, const char *name))
{
	const struct kind kind = { noun, one };
	struct options o;

	options_init(&o, ctl, verb, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	if (optind == argc) {
		options_wrong(&o, "needs the name of a %s", noun);
		return o.exit_code;
	}
	return each_do(ctl, argv + optind, delete_one, &kind);
}

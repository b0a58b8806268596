#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/options.h"
#include "client/commctl/rows.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const char *const titles[] = { "WHAT", "HOW", "IN FORCE" };

static const char *text_of(const json_t *change, const char *key)
{
	const char *text = json_string_value(json_object_get(change, key));

	return text ? text : "";
}

static void print_table(struct ctl *ctl, const json_t *changes)
{
	const json_t *change;
	struct table t;
	size_t i;

	if (ctl->human && !json_array_size(changes)) {
		out_text(&ctl->out, "nothing has changed\n");
		return;
	}
	table_init(&t, titles, ARRAY_SIZE(titles));
	json_array_foreach(changes, i, change) {
		bool needs_restart = json_is_true(json_object_get(change, "needs_restart"));

		table_add(&t, "%s", text_of(change, "what"));
		table_add(&t, "%s", text_of(change, "how"));
		table_add(&t, "%s", needs_restart ? "after a restart" : "now");
	}
	table_print(&t, ctl->human, NULL, &ctl->out);
	table_fini(&t);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	json_t *result;
	const json_t *changes;
	int code;

	if (!options_none(ctl, &verb_reload, argc, argv, &code))
		return code;
	code = host_ask(ctl, "reload", NULL, 0, &result);
	if (code)
		return code;
	changes = json_object_get(result, "changes");
	if (ctl->json)
		rows_print_json(ctl, changes);
	else
		print_table(ctl, changes);
	json_decref(result);
	return CTL_OK;
}

const struct verb verb_reload = {
	.name = "reload",
	.arguments = "",
	.summary = "Have commd read its configuration and the profiles again.",
	.help = "Prints what has changed, separated by tabs: a key of commd.conf as SECTION.KEY, "
		"a\n"
		"section, or a profile; how; and now, or after a restart. With --json: what, how,\n"
		"needs_restart. If anything is wrong in any file nothing changes, and the exit "
		"code "
		"is 1.\n"
		"Connections stay open.\n"
		"\n",
	.examples = "  commctl reload\n"
		    "  commctl --json reload | jq -r 'select(.needs_restart).what'\n"
		    "  commd --check-config && commctl reload\n",
	.run = run,
};

#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/rows.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const struct column list_columns[] = { { "METHOD", "name", COLUMN_TEXT },
					      { "MEANING", "meaning", COLUMN_TEXT } };
static const struct listing listing = { "methods", NULL, list_columns, ARRAY_SIZE(list_columns) };

static const char *const field_titles[] = { "OF", "FIELD", "TYPE", "NEED", "MEANING" };

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "-";
}

static void add_fields(struct table *t, const char *of, const json_t *fields)
{
	const json_t *f;
	size_t i;

	json_array_foreach(fields, i, f) {
		table_add(t, "%s", of);
		table_add(t, "%s", text_of(f, "name"));
		table_add(t, "%s", text_of(f, "type"));
		table_add(t, "%s", text_of(f, "need"));
		table_add(t, "%s", text_of(f, "meaning"));
	}
}

static void print_one(struct ctl *ctl, const json_t *method, const json_t *parts)
{
	const json_t *part;
	struct table t;
	size_t i;

	if (ctl->human)
		out_printf(&ctl->out, "The method %s %s.\n", text_of(method, "name"),
			   text_of(method, "meaning"));
	table_init(&t, field_titles, ARRAY_SIZE(field_titles));
	add_fields(&t, "params", json_object_get(method, "params"));
	add_fields(&t, "result", json_object_get(method, "result"));
	json_array_foreach(parts, i, part)
		add_fields(&t, text_of(part, "name"), json_object_get(part, "fields"));
	table_end(&t, ctl->human, NULL, &ctl->out);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	json_t *help = NULL, *methods;
	struct options o;
	const char *name;
	int code;

	options_init(&o, ctl, &verb_methods, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	if (!options_at_most(&o, 1))
		return o.exit_code;
	name = optind < argc ? argv[optind] : NULL;
	if (name && !options_text(&o, "METHOD", name))
		return o.exit_code;
	code = host_ask(ctl, "help", json_pack("{s:s?}", "method", name), 0, &help);
	if (code)
		return code;
	methods = json_object_get(help, "methods");
	if (ctl->json)
		json_print(json_incref(help), &ctl->out);
	else if (name)
		print_one(ctl, json_array_get(methods, 0), json_object_get(help, "parts"));
	else
		rows_print(ctl, &listing, methods, SIZE_MAX);
	json_decref(help);
	return CTL_OK;
}

const struct verb verb_methods = {
	.name = "methods",
	.arguments = "[METHOD]",
	.summary = "List the methods of the protocol, or what one of them takes and gives.",
	.help = "Separated by tabs: method, meaning; of one method, a line for each field: params, "
		"result or\n"
		"the name of the part that it belongs to, name, type, need, meaning. Nullable is "
		"what has\n"
		"to be there and may be null. With --json one object: methods, parts.\n"
		"\n",
	.examples = "  commctl methods\n"
		    "  commctl methods send\n"
		    "  commctl methods --json | jq -r '.methods[].name'\n",
	.run = run,
};

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"
#include "proto/limits.h"

/* What the command line has as parameters. Returns false after options_wrong(). */
static bool read_params(struct options *o, const char *text, json_t **ret)
{
	json_error_t error;
	int flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;

	*ret = strcmp(text, "-") ? json_loads(text, flags, &error)
				 : json_loadf(stdin, flags, &error);
	if (*ret)
		return true;
	options_wrong(o, "the parameters are not a JSON object or array: line %d, column %d: %s",
		      error.line, error.column, error.text);
	return false;
}

static void print(struct ctl *ctl, json_t *result)
{
	char *text = ctl->human ? json_dumps(result, JSON_INDENT(2)) : NULL;

	if (text)
		out_printf(&ctl->out, "%s\n", text);
	else
		json_print(json_incref(result), &ctl->out);
	free(text);
	json_decref(result);
}

/* What a method is asked to wait comes on top of what the answer may take. */
static int waits_ms(const json_t *params)
{
	json_int_t ms = json_integer_value(json_object_get(params, "timeout_ms"));

	return ms > 0 && ms <= COMM_TIMEOUT_MAX_MS ? (int)ms : 0;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	json_t *params = NULL, *result = NULL;
	struct options o;
	int wait_ms, code;

	options_init(&o, ctl, &verb_call, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	if (optind == argc) {
		options_wrong(&o, "needs the name of a method; commctl methods lists them");
		return o.exit_code;
	}
	if (!options_at_most(&o, 2))
		return o.exit_code;
	if (!options_text(&o, "METHOD", argv[optind]))
		return o.exit_code;
	if (argc - optind == 2 && !read_params(&o, argv[optind + 1], &params))
		return o.exit_code;
	wait_ms = waits_ms(params);
	code = host_ask(ctl, argv[optind], params, wait_ms, &result);
	if (!code)
		print(ctl, result);
	return code;
}

const struct verb verb_call = {
	.name = "call",
	.arguments = "METHOD [JSON]",
	.summary = "Make any request of the protocol, with JSON in and JSON out.",
	.help = "JSON are the parameters, an object by their names or an array in their order; - "
		"reads\n"
		"them from standard input. Bytes are strings, or {\"base64\": \"...\"} where they "
		"are no\n"
		"text. Prints the result, on a terminal in several lines, otherwise in one. What "
		"methods\n"
		"there are, and their parameters: commctl methods.\n"
		"\n",
	.examples = "  commctl call ping\n"
		    "  commctl call describe_topic '{\"topic\": \"orders\"}'\n"
		    "  commctl call send '{\"topic\": \"orders\", \"records\": [\"hi\", "
		    "{\"value\": \"ho\", \"key\": \"k\"}]}'\n",
	.run = run,
};

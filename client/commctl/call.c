#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"
#include "proto/limits.h"
#include "proto/message.h"

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

/* The library's schema leaves out what only operators ask for; of that, trace alone has a time. */
#define TRACE_PLACE(S, kind, member, need, absent, doc) TRACE_PLACE_##member,
enum { COMM_TRACE_PARAMS(TRACE_PLACE, , , ) TRACE_N_PLACES };
#undef TRACE_PLACE

/* Where the parameters of @method, as an array, have timeout_ms. SIZE_MAX: nowhere. */
static size_t find_timeout(const char *method)
{
	const struct comm_method *m = comm_method_find(comm_bytes_of(method));
	const struct comm_message *fields = m ? comm_method_params(m) : NULL;

	for (size_t i = 0; fields && i < fields->n_fields; i++)
		if (!strcmp(comm_message_field(fields, i)->name, "timeout_ms"))
			return i;
	return strcmp(method, "trace") ? SIZE_MAX : TRACE_PLACE_timeout_ms;
}

/* What a method is asked to wait comes on top of what the answer may take. */
static int waits_ms(const char *method, const json_t *params)
{
	const json_t *asked = json_is_array(params) ? json_array_get(params, find_timeout(method))
						    : json_object_get(params, "timeout_ms");
	json_int_t ms = json_integer_value(asked);

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
	wait_ms = waits_ms(argv[optind], params);
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
		"there are, and their parameters: commctl methods. What one is asked to wait, its "
		"timeout_ms,\n"
		"comes on top of --timeout, and so do up to 5 s for commd to say that it took too "
		"long.\n"
		"\n",
	.examples = "  commctl call ping\n"
		    "  commctl call describe_topic '{\"topic\": \"orders\"}'\n"
		    "  commctl call send '{\"topic\": \"orders\", \"records\": [\"hi\", "
		    "{\"value\": \"ho\", \"key\": \"k\"}]}'\n",
	.run = run,
};

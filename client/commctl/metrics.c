#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"

static int run(struct ctl *ctl, int argc, char **argv)
{
	json_t *result = NULL;
	const char *text;
	int code;

	if (!options_none(ctl, &verb_metrics, argc, argv, &code))
		return code;
	code = host_ask(ctl, "metrics", NULL, 0, &result);
	if (code)
		return code;
	text = json_string_value(json_object_get(result, "text"));
	if (ctl->json)
		json_print(json_incref(result), &ctl->out);
	else
		out_text(&ctl->out, text ? text : "");
	json_decref(result);
	return CTL_OK;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.arguments = "",
	.summary = "Print all numbers in the text format of Prometheus.",
	.help = "The same text is written to a file for node_exporter if [metrics] of commd.conf\n"
		"names one. With --json one object, whose member text has it.\n"
		"\n",
	.examples = "  commctl metrics\n"
		    "  commctl metrics | grep ^commd_topic_\n"
		    "  commctl metrics | promtool check metrics\n",
	.run = run,
};

#include <inttypes.h>
#include <limits.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"

static int add(struct ctl *ctl, const char *topic, int64_t n_partitions)
{
	int code = ctl_connect(ctl, COMM_ACK_BROKER);
	int error;

	if (code)
		return code;
	error = comm_add_partitions(ctl->c, topic, (int)n_partitions);
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json)
		json_print(json_pack("{s:o, s:I}", "topic", json_text(topic), "partitions",
				     (json_int_t)n_partitions),
			   &ctl->out);
	else
		out_printf(&ctl->out,
			   ctl->human ? "%s has %" PRId64 " partitions\n"
				      : "partitions\t%s\t%" PRId64 "\n",
			   topic, n_partitions);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "partitions", required_argument, NULL, 'p' },
		{ 0 },
	};
	int64_t n_partitions = 0;
	struct options o;
	int opt;

	options_init(&o, ctl, &verb_add_partitions, argc, argv, "p:", names);
	while ((opt = options_next(&o)) > 0)
		if (!options_number(&o, "-p", optarg, 1, INT_MAX, &n_partitions))
			return o.exit_code;
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	if (argc - optind != 1 || !n_partitions) {
		options_wrong(&o, "needs the name of one topic, and -p N");
		return o.exit_code;
	}
	return add(ctl, argv[optind], n_partitions);
}

const struct verb verb_add_partitions = {
	.name = "add-partitions",
	.arguments = "TOPIC -p N",
	.summary = "Give a topic more partitions.",
	.help = "  -p, --partitions N   so many it has then; more than it has now\n"
		"\n"
		"Records with a key go to other partitions from then on, and partitions cannot be "
		"taken\n"
		"away again. Prints, separated by tabs, partitions, the topic and how many. With "
		"--json:\n"
		"topic, partitions.\n"
		"\n",
	.examples = "  commctl add-partitions orders -p 12\n"
		    "  commctl add-partitions orders --partitions 24 --json\n"
		    "  commctl topics | awk '$2 < 3 { print $1 }' | xargs -I{} commctl "
		    "add-partitions {} -p 3\n",
	.run = run,
};

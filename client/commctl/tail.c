#include "client/commctl/ctl.h"
#include "client/commctl/receive.h"
#include "client/commctl/verb.h"

/* As tail(1) does. */
#define N_DEFAULT 10

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "framed", no_argument, NULL, OPTION_FRAMED },
		{ 0 },
	};
	const struct receive_way way = {
		.verb = &verb_tail,
		.letters = "n:o:p:c:ef:JD:uW:",
		.names = names,
		.offset = { .start = COMM_START_TAIL, .at = N_DEFAULT },
	};

	return receive_by(ctl, &way, argc, argv);
}

const struct verb verb_tail = {
	.name = "tail",
	.arguments = "TOPIC... [-n N] [OPTIONS]",
	.summary = "Print the last records, and then those that come.",
	.help = "  -n N            begin so many records before the end of each partition "
		"(default: "
		"10)\n"
		"  -o OFFSET       begin elsewhere, as receive has it\n"
		"  -e              stop at the end of all partitions\n"
		"  -p PARTITION, -c COUNT, -W SEC, -f FORMAT, -D DELIM, --framed, -J, --json, -u\n"
		"                  as receive has them: commctl receive --help\n"
		"\n"
		"The same as receive without a group: nothing is acknowledged, and other readers "
		"are not\n"
		"disturbed.\n"
		"\n",
	.examples = "  commctl tail orders\n"
		    "  commctl tail orders -n 100 -f '%T %k %s\\n'\n"
		    "  commctl tail orders payments -n 0 -J\n",
	.run = run,
};

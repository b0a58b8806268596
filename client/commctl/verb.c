#include "client/commctl/verb.h"

#include <string.h>

#include "client/commctl/out.h"
#include "proto/util.h"

/* clang-format off */
const struct verb *const verbs[] = {
	&verb_send,
	&verb_receive,
	&verb_tail,
	&verb_topics,
	&verb_describe,
	&verb_offsets,
	&verb_create_topic,
	&verb_add_partitions,
	&verb_alter_topic,
	&verb_delete_topic,
	&verb_groups,
	&verb_lag,
	&verb_reset,
	&verb_delete_group,
	&verb_check,
	&verb_status,
	&verb_top,
	&verb_clients,
	&verb_consumers,
	&verb_brokers,
	&verb_trace,
	&verb_metrics,
	&verb_ping,
	&verb_bench,
	&verb_reload,
	&verb_call,
	&verb_methods,
	&verb_completion,
	NULL,
};
/* clang-format on */

/* What stands over the verbs from this one on. */
static const struct {
	const struct verb *first;
	const char *title;
} sections[] = {
	{ &verb_send, "Records" },
	{ &verb_topics, "Topics" },
	{ &verb_groups, "Consumer groups" },
	{ &verb_check, "The daemon" },
};

static const char overview_begin[] =
	"Usage: commctl [OPTIONS] VERB [OPTIONS] ...\n"
	"Send, receive and manage Kafka topics through commd, the gateway of this host.\n"
	"\n"
	"Verbs (commctl VERB --help tells more):\n";

const char verb_common_options[] =
	"  --socket PATH    socket of commd (default: $COMMD_SOCKET, or /run/commd/commd.sock)\n"
	"  --profile NAME   profile to use, the administrator's name for a set of Kafka settings\n"
	"                   (default: default)\n"
	"  --json           print JSON, one object a line\n"
	"  --timeout SEC    longest wait for an answer (default: 30; of check: 10), but for "
	"commd's\n"
	"                   word that it took too long, which may come up to 5 s later\n"
	"  --version        print the version\n"
	"  -h, --help       print this, or after a verb what it can do\n";

static const char overview_end[] =
	"\n"
	"Output: aligned for people on a terminal, otherwise separated by tabs, without titles.\n"
	"Data goes to standard output, everything else to standard error.\n"
	"\n"
	"Exit codes:\n"
	"   0  done\n"
	"   1  the request failed\n"
	"   2  the command line is wrong\n"
	"   3  commd cannot be reached\n"
	"   4  permission denied\n"
	"   5  timed out\n"
	"   6  some records failed: sent without acknowledgement, or too large to be received\n"
	"   7  a quota or limit of commd is reached\n"
	"  78  the profile is missing or wrong\n"
	" 130  interrupted: receive -c had fewer records, the outcome of some is not known, or not "
	"all\n"
	"      that was read or named was sent\n"
	"\n"
	"Examples:\n"
	"  commctl topics\n"
	"  echo hello | commctl send greetings\n"
	"  commctl tail greetings\n"
	"  commctl lag billing --watch\n";

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

void verb_print_help(const struct verb *v, struct out *out)
{
	out_printf(out, "Usage: commctl %s%s%s\n%s\n", v->name, *v->arguments ? " " : "",
		   v->arguments, v->summary);
	out_printf(out, "\n%sOptions of every verb: commctl --help\n\nExamples:\n%s", v->help,
		   v->examples);
}

void verb_print_overview(struct out *out)
{
	out_text(out, overview_begin);
	for (size_t i = 0, section = 0; verbs[i]; i++) {
		if (section < ARRAY_SIZE(sections) && verbs[i] == sections[section].first)
			out_printf(out, "\n%s:\n", sections[section++].title);
		out_printf(out, "  %-14s %s\n", verbs[i]->name, verbs[i]->summary);
	}
	out_printf(out, "\nOptions of every verb, before or after it:\n%s%s", verb_common_options,
		   overview_end);
}

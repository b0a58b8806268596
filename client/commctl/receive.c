#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/format.h"
#include "client/commctl/options.h"
#include "client/commctl/receive.h"
#include "client/commctl/receiver.h"
#include "client/commctl/verb.h"

/* The command line, read. */
struct request {
	struct receive_job job;
	struct offset offset;
	struct format format;
	bool is_framed;
	bool has_format;
	bool has_acks;
	bool has_delim;
	const char *format_text;
	char *delim;
	size_t delim_len;
};

static bool take_ack(struct options *o, struct request *r, const char *text)
{
	if (strcmp(text, "auto") && strcmp(text, "none")) {
		options_wrong(o, "--ack is auto or none, not '%s'", text);
		return false;
	}
	r->has_acks = !strcmp(text, "auto");
	return true;
}

static bool take_offset(struct options *o, struct request *r, const char *text)
{
	if (offset_parse(text, &r->offset) == 0)
		return true;
	options_wrong(o,
		      "-o is beginning, end, stored, N, -N, s@MS, e@MS or @2026-01-31T08:00Z, "
		      "not '%s'",
		      text);
	return false;
}

static bool take_number(struct options *o, struct request *r, const char *text)
{
	r->offset = (struct offset){ .start = COMM_START_TAIL };
	return options_number(o, "-n", text, 0, INT32_MAX, &r->offset.at);
}

static bool take_partition(struct options *o, struct request *r, const char *text)
{
	int64_t number;

	if (!options_number(o, "-p", text, 0, INT32_MAX, &number))
		return false;
	r->job.options.one_partition = 1;
	r->job.options.partition = (int32_t)number;
	return true;
}

static bool take(struct options *o, struct request *r, int opt)
{
	switch (opt) {
	case 'g':
		r->job.group = optarg;
		return true;
	case 'n':
		return take_number(o, r, optarg);
	case 'o':
		return take_offset(o, r, optarg);
	case 'p':
		return take_partition(o, r, optarg);
	case 'c':
		return options_number(o, "-c", optarg, 1, INT64_MAX, &r->job.n_wanted);
	case 'e':
		r->job.options.until_end = 1;
		return true;
	case 'f':
		r->has_format = true;
		r->format_text = optarg;
		return true;
	case 'J':
		o->ctl->json = true;
		return true;
	case 'D':
		r->has_delim = true;
		r->delim = optarg;
		return options_bytes(o, "-D", optarg, &r->delim_len);
	case 'u':
		r->job.is_unbuffered = true;
		return true;
	case 'W':
		return options_seconds(o, "-W", optarg, &r->job.wait_ms);
	case OPTION_ACK:
		return take_ack(o, r, optarg);
	default:
		r->is_framed = true;
		return true;
	}
}

/* Work out how to print. False after options_wrong(). */
static bool complete_format(struct options *o, struct request *r)
{
	const char *wrong = "";
	int n_ways = r->has_format + r->has_delim + r->is_framed + o->ctl->json;
	int error;

	if (n_ways > 1) {
		options_wrong(o, "only one of -f, -D, -J and --framed can be");
		return false;
	}
	if (o->ctl->json)
		return true;
	if (r->has_format || r->is_framed)
		error = format_parse(r->has_format ? r->format_text : "%R%s", &r->format, &wrong);
	else if (r->has_delim)
		error = format_delimited(r->delim, r->delim_len, &r->format);
	else if (o->ctl->human)
		error = format_for_terminal(&r->format);
	else
		error = format_delimited("\n", 1, &r->format);
	r->job.format = &r->format;
	if (!error)
		return true;
	if (error == -EINVAL)
		options_wrong(o, "-f does not understand '%s'", wrong);
	else
		options_wrong(o, "out of memory");
	return false;
}

/* A topic that is a pattern, or NULL. */
static const char *find_pattern(const struct receive_job *job)
{
	for (size_t i = 0; i < job->n_topics; i++)
		if (*job->topics[i] == '^')
			return job->topics[i];
	return NULL;
}

/* Work out where to begin and to end. False after options_wrong(). */
static bool complete_offset(struct options *o, struct request *r)
{
	struct comm_subscribe_options *s = &r->job.options;

	s->start = r->offset.start;
	s->at = r->offset.at;
	r->job.has_stop = r->offset.has_stop;
	r->job.stop_ms = r->offset.stop_ms;
	/* What is not there yet may come to be older than the time to stop at: do not wait. */
	s->until_end = s->until_end || r->job.has_stop;
	s->ack = r->has_acks && r->job.group ? COMM_ACK_MANUAL : COMM_ACK_NONE;
	if (r->offset.is_stored && !r->job.group)
		options_wrong(o, "-o stored needs a group: add -g GROUP");
	else if (r->job.group && s->start >= COMM_START_OFFSET)
		options_wrong(o, "a group begins where it stopped: with -g, -o is beginning, end "
				 "or stored");
	else if (!r->job.group && find_pattern(&r->job))
		options_wrong(o, "%s is a pattern, which needs a group: receive -g GROUP",
			      find_pattern(&r->job));
	else if (s->one_partition && r->job.group)
		options_wrong(o, "-p reads without a group: leave out -g");
	else if (s->one_partition && r->job.n_topics != 1)
		options_wrong(o, "-p is for one topic");
	else
		return true;
	return false;
}

static int receive(struct options *o, struct request *r)
{
	int code;

	r->job.topics = (const char *const *)o->argv + optind;
	r->job.n_topics = (size_t)(o->argc - optind);
	if (!r->job.n_topics) {
		options_wrong(o, "needs the name of a topic");
		return o->exit_code;
	}
	if (!complete_offset(o, r) || !complete_format(o, r))
		return o->exit_code;
	code = ctl_connect(o->ctl, COMM_ACK_BROKER);
	return code ? code : receiver_run(o->ctl, &r->job);
}

int receive_by(struct ctl *ctl, const struct receive_way *way, int argc, char **argv)
{
	struct request r = {
		.job = { .n_wanted = INT64_MAX },
		.offset = way->offset,
		.has_acks = true,
	};
	struct options o;
	int opt, code;

	options_init(&o, ctl, way->verb, argc, argv, way->letters, way->names);
	while ((opt = options_next(&o)) > 0)
		if (!take(&o, &r, opt))
			return o.exit_code;
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	code = receive(&o, &r);
	format_fini(&r.format);
	return code;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "ack", required_argument, NULL, OPTION_ACK },
		{ "framed", no_argument, NULL, OPTION_FRAMED },
		{ "group", required_argument, NULL, 'g' },
		{ 0 },
	};
	const struct receive_way way = {
		.verb = &verb_receive,
		.letters = "g:o:p:c:ef:JD:uW:",
		.names = names,
	};

	return receive_by(ctl, &way, argc, argv);
}

const struct verb verb_receive = {
	.name = "receive",
	.arguments = "TOPIC... [OPTIONS]",
	.summary = "Print records as they come.",
	.help = "  -g, --group GROUP  share the topics with the other members of GROUP; what was "
		"printed is\n"
		"                     acknowledged, and not printed again. A TOPIC that begins "
		"with ^ is then\n"
		"                     a pattern for names of topics, such as '^orders-.*'\n"
		"  -o OFFSET          where to begin: beginning (or earliest), end (or latest), "
		"stored,\n"
		"                     N (an offset), -N (so many before the end), s@MS (a time, "
		"in\n"
		"                     milliseconds since 1970), @2026-01-31T08:00Z (a time; "
		"without Z or\n"
		"                     +02:00: local); e@MS: stop at this time. With a group: only "
		"where\n"
		"                     it has not read yet. Default: beginning with a group, end "
		"without\n"
		"  -p PARTITION       only this partition\n"
		"  -c COUNT           stop after so many records\n"
		"  -e                 stop at the end of all partitions\n"
		"  -W SEC             stop with exit code 5 when no record came for so long\n"
		"  -f FORMAT          how to print a record, see below (default: %s\\n)\n"
		"  -D DELIM           print the value and DELIM; \\n \\r \\t \\0 \\xHH are "
		"understood\n"
		"  --framed           print the value's length in 4 bytes, big-endian (ff ff ff "
		"ff: null),\n"
		"                     then the value, as send --framed reads it\n"
		"  -J, --json         print one JSON object a line: topic, partition, offset, "
		"tstype, ts,\n"
		"                     headers (names and values in turn), key, payload. What is "
		"not UTF-8\n"
		"                     is base64: then \"enc\" (of payload) or \"key_enc\" is "
		"\"base64\", and a\n"
		"                     header's value is {\"base64\": ...}\n"
		"  -u                 write each record out at once, not only when no more are at "
		"hand\n"
		"  --ack MODE         auto: acknowledge each record after it was written "
		"(default);\n"
		"                     none: never\n"
		"\n"
		"FORMAT is text with:\n"
		"  %s value   %S its length, -1 for null   %R the same in 4 bytes, big-endian\n"
		"  %k key     %K its length, -1 for null   %h headers: name=value,name=value\n"
		"  %t topic   %p partition   %o offset     %T milliseconds since 1970   %% a "
		"percent sign\n"
		"  \\n \\r \\t \\0 \\xHH bytes\n"
		"\n"
		"On a terminal, unless -f, -D or --framed is there, control characters other than "
		"tab and\n"
		"line break are shown as \\xHH, so that no record can do anything to the "
		"terminal.\n"
		"\n"
		"Ctrl-C finishes the record being written, acknowledges what was written, tells "
		"how much\n"
		"that was, and exits 0; or 130 when -c asked for more.\n"
		"A record larger than 16 MiB is told on standard error and passed over; exit code "
		"6.\n"
		"What Kafka says about the reading itself, such as records that come again, or "
		"that one of\n"
		"several topics is gone, is told on standard error, and reading goes "
		"on. So it is,\n"
		"without -e, while Kafka or commd does not answer in time, or a limit of commd "
		"keeps it from\n"
		"reading on after a restart.\n"
		"\n",
	.examples = "  commctl receive orders -g billing\n"
		    "  commctl receive orders -o -10 -e -f '%p:%o %k %s\\n'\n"
		    "  commctl receive orders -o beginning -e -J | jq -r .payload\n",
	.run = run,
};

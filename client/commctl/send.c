#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "client/commctl/options.h"
#include "client/commctl/sender.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

enum { OPTION_FRAMED = OPTION_OWN, OPTION_ACK };

/* The command line, read. */
struct request {
	struct send_job job;
	enum comm_ack ack;
	bool is_framed;
	bool has_delim;
	struct comm_header *headers; /* with room for one per word */
	char **files;                /* as well */
};

/* Take NAME=VALUE apart, in place; without = the value is null. */
static bool add_header(struct options *o, struct request *r, char *text)
{
	char *equals = strchr(text, '=');
	struct comm_header *h = &r->headers[r->job.base.n_headers];

	if (!*text || equals == text) {
		options_wrong(o, "-H needs NAME=VALUE, or NAME for null, not '%s'", text);
		return false;
	}
	h->name = text;
	if (equals) {
		*equals = '\0';
		h->value = equals + 1;
		h->value_len = strlen(equals + 1);
	}
	r->job.base.headers = r->headers;
	r->job.base.n_headers++;
	return true;
}

static bool take_ack(struct options *o, struct request *r, const char *text)
{
	if (strcmp(text, "broker") && strcmp(text, "queued")) {
		options_wrong(o, "--ack is broker or queued, not '%s'", text);
		return false;
	}
	r->ack = strcmp(text, "queued") ? COMM_ACK_BROKER : COMM_ACK_QUEUED;
	return true;
}

static bool take_partition(struct options *o, struct request *r, const char *text)
{
	int64_t number;

	if (!options_number(o, "-p", text, -1, INT32_MAX, &number))
		return false;
	r->job.base.partition = (int32_t)number;
	return true;
}

static bool take(struct options *o, struct request *r, int opt)
{
	switch (opt) {
	case 'k':
		r->job.base.key = optarg;
		r->job.base.key_len = strlen(optarg);
		return true;
	case 'K':
		r->job.key_delim = optarg;
		return options_bytes(o, "-K", optarg, &r->job.key_delim_len);
	case 'D':
		r->has_delim = true;
		r->job.delim = optarg;
		return options_bytes(o, "-D", optarg, &r->job.delim_len);
	case 'H':
		return add_header(o, r, optarg);
	case 'p':
		return take_partition(o, r, optarg);
	case 't':
		return options_number(o, "-t", optarg, 1, INT64_MAX, &r->job.base.timestamp_ms);
	case 'Z':
		r->job.empty_is_null = true;
		return true;
	case 'f':
		r->files[r->job.n_files++] = optarg;
		return true;
	case OPTION_ACK:
		return take_ack(o, r, optarg);
	default:
		r->is_framed = true;
		return true;
	}
}

/* What goes together and what does not. Returns whether the request can be carried out. */
static bool complete(struct options *o, struct request *r)
{
	if (optind == o->argc) {
		options_wrong(o, "needs the name of a topic");
		return false;
	}
	r->job.topic = o->argv[optind];
	for (int i = optind + 1; i < o->argc; i++)
		r->files[r->job.n_files++] = o->argv[i];
	r->job.files = r->files;
	if (r->is_framed && r->has_delim) {
		options_wrong(o, "--framed records have no delimiter: leave out -D");
		return false;
	}
	if (r->job.n_files && (r->is_framed || r->has_delim)) {
		options_wrong(o, "a file is one record: leave out %s",
			      r->is_framed ? "--framed" : "-D");
		return false;
	}
	if (r->is_framed)
		r->job.delim = NULL;
	r->job.unit = r->is_framed || strcmp(r->job.delim, "\n") ? "record" : "line";
	return true;
}

static int send_all(struct ctl *ctl, const struct request *r)
{
	int code = ctl_connect(ctl, r->ack);

	if (!code)
		code = interrupt_catch();
	return code ? code : sender_run(ctl, &r->job);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "ack", required_argument, NULL, OPTION_ACK },
		{ "framed", no_argument, NULL, OPTION_FRAMED },
		{ 0 },
	};
	_cleanup_free_ struct comm_header *headers = calloc((size_t)argc, sizeof *headers);
	_cleanup_free_ char **files = calloc((size_t)argc, sizeof *files);
	struct request r = { .job = { .base = COMM_RECORD_INIT, .delim = "\n", .delim_len = 1 },
			     .headers = headers,
			     .files = files };
	struct options o;
	int opt;

	if (!headers || !files) {
		ctl_say("out of memory");
		return CTL_FAILED;
	}
	options_init(&o, ctl, &verb_send, argc, argv, "k:K:D:H:p:t:Zf:", names);
	while ((opt = options_next(&o)) > 0)
		if (!take(&o, &r, opt))
			return o.exit_code;
	if (opt == OPTIONS_STOP || !complete(&o, &r))
		return o.exit_code;
	return send_all(ctl, &r);
}

const struct verb verb_send = {
	.name = "send",
	.arguments = "TOPIC [OPTIONS] [FILE...]",
	.summary = "Send standard input, a record a line, or whole files.",
	.help = "  -k KEY          key of every record\n"
		"  -K DELIM        what is before the first DELIM of a record is its key\n"
		"  -D DELIM        what ends a record (default: \\n); \\n \\r \\t \\0 \\xHH are "
		"understood\n"
		"  --framed        each record comes after its length, 4 bytes, big-endian; ff ff "
		"ff ff is\n"
		"                  null; newlines and NULs in values pass unharmed\n"
		"  -f FILE         the whole file is one record, - is standard input; repeatable, "
		"and\n"
		"                  FILE alone does the same\n"
		"  -H NAME=VALUE   a header of every record; repeatable; NAME alone has the value "
		"null\n"
		"  -p PARTITION    partition (default: the key decides)\n"
		"  -t MS           timestamp, milliseconds since 1970 (default: now)\n"
		"  -Z              an empty value is null (a tombstone), an empty key no key\n"
		"  --ack LEVEL     broker: done when the brokers have it (default); queued: when "
		"commd\n"
		"                  has it in memory\n"
		"\n"
		"Exit code 0 when everything read was acknowledged, 6 when something was not. The "
		"first\n"
		"failures are told with their reason; if there are more, the numbers of all failed "
		"lines\n"
		"come at the end: 3-1000, 1500. Ctrl-C stops reading, waits for the outcomes of "
		"what was\n"
		"sent, and tells them; a second one does not wait: exit code 130, as when a record "
		"that was\n"
		"read, or a file, was not sent.\n"
		"\n"
		"With --json an object for each record that was not acknowledged: number (of the "
		"line,\n"
		"record or file), file (its name), error (null: it could not be read), message,\n"
		"maybe_persisted; and one at the end: sent, acknowledged, failed, unknown, "
		"interrupted.\n"
		"\n",
	.examples = "  echo hello | commctl send greetings\n"
		    "  printf 'k1:v1\\nk2:v2\\n' | commctl send pairs -K : -H source=shell\n"
		    "  commctl send pictures -k cat cat.png\n",
	.run = run,
};

#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/options.h"
#include "client/commctl/rows.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

/* Of the daemon, which also tells of numbers that are too large. */
#define DURATION_DEFAULT_MS 10000
#define DURATION_MAX_MS     60000

static const struct column columns[] = {
	{ "CAME", "time_ms", COLUMN_TIME },
	{ "CLIENT", "client", COLUMN_TEXT },
	{ "PID", "pid", COLUMN_NUMBER },
	{ "UID", "uid", COLUMN_NUMBER },
	{ "RECORDS", "records", COLUMN_NUMBER },
	{ "BYTES", "bytes", COLUMN_NUMBER },
	{ "HANDED US", "handed_us", COLUMN_NUMBER },
	{ "DONE US", "done_us", COLUMN_NUMBER },
	{ "PARTITION", "partition", COLUMN_NUMBER },
	{ "OFFSET", "offset", COLUMN_NUMBER },
	{ "FAILED", "failed", COLUMN_NUMBER },
	{ "KEY", "key", COLUMN_TEXT },
	{ "VALUE", "value", COLUMN_TEXT },
	{ "ERROR", "error.message", COLUMN_TEXT },
};

static const struct listing listing = { "sends", NULL, columns, ARRAY_SIZE(columns) };

/* What is to be traced. */
struct wish {
	const char *topic;
	int duration_ms;
	int64_t n_sends;    /* 0: as many as the daemon thinks right */
	int64_t head_bytes; /* likewise */
};

static void print(struct ctl *ctl, const json_t *result)
{
	const json_t *sends = json_object_get(result, "sends");
	const char *ended = json_string_value(json_object_get(result, "ended"));

	if (ctl->json) {
		rows_print_json(ctl, sends);
		return;
	}
	rows_print(ctl, &listing, sends, SIZE_MAX);
	if (ctl->human)
		ctl_say("%zu sends in %" JSON_INTEGER_FORMAT " ms; ended by %s",
			json_array_size(sends),
			json_integer_value(json_object_get(result, "duration_ms")),
			ended ? ended : "?");
}

static int trace(struct ctl *ctl, const struct wish *w)
{
	json_t *params = json_pack("{s:s, s:i}", "topic", w->topic, "timeout_ms", w->duration_ms);
	json_t *result = NULL;
	int code;

	if (w->n_sends)
		(void)json_object_set_new(params, "max_sends", json_integer(w->n_sends));
	if (w->head_bytes)
		(void)json_object_set_new(params, "head_bytes", json_integer(w->head_bytes));
	if (ctl->human)
		ctl_say("tracing what is sent to %s, for %g s", w->topic, w->duration_ms / 1e3);
	code = host_ask(ctl, "trace", params, w->duration_ms, &result);
	if (code)
		return code;
	print(ctl, result);
	json_decref(result);
	return CTL_OK;
}

/* Returns whether the value of option @c is right. */
static bool take_option(struct options *o, int c, struct wish *w)
{
	if (c == 'd')
		return options_seconds(o, "-d", optarg, &w->duration_ms);
	if (c == 'c')
		return options_number(o, "-c", optarg, 1, INT32_MAX, &w->n_sends);
	return options_number(o, "-b", optarg, 1, INT32_MAX, &w->head_bytes);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "duration", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'c' },
		{ "bytes", required_argument, NULL, 'b' },
		{ 0 },
	};
	struct wish w = { .duration_ms = DURATION_DEFAULT_MS };
	struct options o;
	int c;

	options_init(&o, ctl, &verb_trace, argc, argv, "d:c:b:", names);
	while ((c = options_next(&o)) > 0)
		if (!take_option(&o, c, &w))
			return o.exit_code;
	if (c == OPTIONS_STOP)
		return o.exit_code;
	if (argc - optind != 1) {
		options_wrong(&o, "needs the name of one topic");
		return o.exit_code;
	}
	if (!options_text(&o, "TOPIC", argv[optind]))
		return o.exit_code;
	if (w.duration_ms > DURATION_MAX_MS) {
		options_wrong(&o, "-d: a trace lasts up to %d seconds", DURATION_MAX_MS / 1000);
		return o.exit_code;
	}
	w.topic = argv[optind];
	return trace(ctl, &w);
}

const struct verb verb_trace = {
	.name = "trace",
	.arguments = "TOPIC",
	.summary =
		"Look on while others send to a topic: what came, when it was sent, acknowledged.",
	.help = "  -d, --duration SEC  for how long, at most 60 (default: 10)\n"
		"  -c, --count N       end when so many sends have their outcomes, at most 1000\n"
		"                      (default: 100)\n"
		"  -b, --bytes N       so many bytes of a key and of a value, at most 1024 "
		"(default: "
		"64)\n"
		"\n"
		"Columns: when the send came, name, process and user of its client, records, bytes "
		"of their\n"
		"keys and values, microseconds until librdkafka had them, microseconds until the "
		"last had\n"
		"its outcome, partition and offset of the first, how many have failed, the "
		"beginning of the\n"
		"first one's key and value, and why it has failed. - is not known, or not there. "
		"Prints all\n"
		"when the trace ends.\n"
		"\n",
	.examples = "  commctl trace orders\n"
		    "  commctl trace orders -d 60 -c 1\n"
		    "  commctl trace orders --json | jq 'select(.failed > 0)'\n",
	.run = run,
};

#include <sys/ioctl.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "client/commctl/interrupt.h"
#include "client/commctl/json.h"
#include "client/commctl/keys.h"
#include "client/commctl/options.h"
#include "client/commctl/rows.h"
#include "client/commctl/verb.h"
#include "client/commctl/view.h"
#include "proto/util.h"

#define INTERVAL_DEFAULT_MS 1000

/* Lines of a terminal that does not say how many it has. */
#define HEIGHT_DEFAULT 24

/* Whether lines that are too long go on in the next. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON  "\033[?7h"

static const struct column topic_columns[] = {
	{ "TOPIC", "topic", COLUMN_TEXT },
	{ "PROFILE", "profile", COLUMN_TEXT },
	{ "SENT/S", "sent_rate", COLUMN_NUMBER },
	{ "PERSISTED/S", "persisted_rate", COLUMN_NUMBER },
	{ "FAILED/S", "failed_rate", COLUMN_NUMBER },
	{ "FAILED", "failed", COLUMN_NUMBER },
	{ "IN FLIGHT", "in_flight", COLUMN_NUMBER },
	{ "LAG", "lag", COLUMN_NUMBER },
};

static const struct column client_columns[] = {
	{ "CLIENT", "client", COLUMN_TEXT },
	{ "PID", "pid", COLUMN_NUMBER },
	{ "UID", "uid", COLUMN_NUMBER },
	{ "SENT/S", "sent_rate", COLUMN_NUMBER },
	{ "RECEIVED/S", "received_rate", COLUMN_NUMBER },
	{ "REQUESTS", "requests", COLUMN_NUMBER },
	{ "BYTES", "inflight_bytes", COLUMN_NUMBER },
	{ "HELD BY", "held", COLUMN_TEXT },
};

static const struct column consumer_columns[] = {
	{ "GROUP", "group", COLUMN_TEXT },
	{ "PROFILE", "profile", COLUMN_TEXT },
	{ "STATE", "state", COLUMN_TEXT },
	{ "SUBSCRIPTIONS", "subscriptions", COLUMN_NUMBER },
	{ "PARTITIONS", "partitions", COLUMN_NUMBER },
	{ "LAG", "lag", COLUMN_NUMBER },
};

static const struct column broker_columns[] = {
	{ "BROKER", "broker", COLUMN_TEXT },         { "PROFILE", "profile", COLUMN_TEXT },
	{ "STATE", "state", COLUMN_TEXT },           { "RTT US", "rtt_us", COLUMN_NUMBER },
	{ "P99 US", "rtt_p99_us", COLUMN_NUMBER },   { "IN FLIGHT", "in_flight", COLUMN_NUMBER },
	{ "ERRORS", "errors_total", COLUMN_NUMBER },
};

/* In the order in which they get room that is left. */
static const struct listing parts[] = {
	{ "topics", "topic", topic_columns, ARRAY_SIZE(topic_columns) },
	{ "clients", "client", client_columns, ARRAY_SIZE(client_columns) },
	{ "consumers", "consumer", consumer_columns, ARRAY_SIZE(consumer_columns) },
	{ "brokers", "broker", broker_columns, ARRAY_SIZE(broker_columns) },
};

/* Above the tables; and of a table, its title and the line before it. */
enum { HEAD_LINES = 2, TITLE_LINES = 2 };

/* ---- printing ---- */

static size_t height_of(int fd)
{
	struct winsize size;

	return !ioctl(fd, TIOCGWINSZ, &size) && size.ws_row ? size.ws_row : HEIGHT_DEFAULT;
}

/* How many rows each part shows: as many as there are, if the terminal has room for all. */
static void share_out(const json_t *view, size_t height, size_t *ret)
{
	size_t taken = HEAD_LINES + TITLE_LINES * ARRAY_SIZE(parts);
	size_t room = height > taken ? height - taken : 0, share = room / ARRAY_SIZE(parts);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		ret[i] = MIN(json_array_size(json_object_get(view, parts[i].list)), share);
		room -= ret[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t more = json_array_size(json_object_get(view, parts[i].list)) - ret[i];

		ret[i] += MIN(more, room);
		room -= MIN(more, room);
	}
}

static void print_number(struct out *out, const json_t *view, const char *key, const char *words)
{
	const json_t *value = json_object_get(view, key);

	if (json_is_integer(value))
		out_number(out, json_integer_value(value));
	else
		out_text(out, "-");
	out_text(out, words);
}

static void print_head(struct ctl *ctl, const json_t *view)
{
	struct out *out = &ctl->out;

	out_printf(out, "commd %s (%s)  ", json_string_value(json_object_get(view, "version")),
		   json_string_value(json_object_get(view, "mode")));
	print_number(out, view, "sent_rate", " sent/s, ");
	print_number(out, view, "received_rate", " received/s, ");
	print_number(out, view, "failed_rate", " failed/s, ");
	print_number(out, view, "error_rate", " errors/s\n");
	print_number(out, view, "clients_connected", " clients, ");
	print_number(out, view, "clients_held", " held back, ");
	print_number(out, view, "requests", " requests in flight, ");
	print_number(out, view, "inflight_bytes", " bytes in flight\n");
}

static void print_totals(struct ctl *ctl, const json_t *view)
{
	static const char *const keys[] = { "uptime_ms",   "clients_connected", "clients_held",
					    "requests",    "sent_rate",         "received_rate",
					    "failed_rate", "error_rate",        "inflight_bytes" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		out_printf(&ctl->out, "daemon\t%s\t", keys[i]);
		print_number(&ctl->out, view, keys[i], "\n");
	}
}

static void print(struct ctl *ctl, json_t *view)
{
	size_t max[ARRAY_SIZE(parts)] = { SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX };

	if (ctl->json) {
		json_print(json_incref(view), &ctl->out);
	} else {
		if (ctl->human) {
			share_out(view, height_of(ctl->out.fd), max);
			out_text(&ctl->out, OUT_CLEAR);
			print_head(ctl, view);
		} else {
			print_totals(ctl, view);
		}
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			rows_print(ctl, &parts[i], json_object_get(view, parts[i].list), max[i]);
	}
	(void)out_flush(&ctl->out);
}

/* ---- again and again ---- */

struct pace {
	int interval_ms;
	int64_t n; /* how many times it is shown; 0: until somebody ends it */
};

/*
 * For people the first view comes at once, without rates. Programs want it once, and with rates.
 */
static int show(struct ctl *ctl, struct host *h, const struct pace *pace)
{
	struct view v = { 0 };
	int64_t n = 0, due_ms = ctl_now_ms();
	bool is_first = true;
	json_t *view;
	int code;

	for (;;) {
		code = view_take(&v, h, &view);
		if (code)
			break;
		if (ctl->human || !is_first) {
			print(ctl, view);
			n++;
		}
		json_decref(view);
		is_first = false;
		/* What took longer is not made up for. */
		due_ms = MAX(due_ms + pace->interval_ms, ctl_now_ms());
		if ((pace->n && n >= pace->n) || ctl->out.error || keys_wait(due_ms, ctl->out.fd))
			break;
	}
	view_fini(&v);
	return interrupt_count() ? CTL_OK : code;
}

static int top(struct ctl *ctl, const struct pace *pace)
{
	struct host *h = NULL;
	int code = host_open(ctl, &h);

	if (code)
		return code;
	code = interrupt_catch();
	if (code) {
		host_close(h);
		return code;
	}
	if (ctl->human) {
		keys_begin();
		out_text(&ctl->out, WRAP_OFF);
	}
	code = show(ctl, h, pace);
	if (ctl->human)
		out_text(&ctl->out, WRAP_ON);
	keys_end();
	host_close(h);
	return code;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "interval", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' },
		{ 0 },
	};
	struct pace pace = { .interval_ms = INTERVAL_DEFAULT_MS };
	struct options o;
	bool is_right = true;
	int c;

	options_init(&o, ctl, &verb_top, argc, argv, "d:n:", names);
	while (is_right && (c = options_next(&o)) > 0)
		is_right = c == 'd' ? options_seconds(&o, "-d", optarg, &pace.interval_ms)
				    : options_number(&o, "-n", optarg, 1, INT32_MAX, &pace.n);
	if (!is_right || c == OPTIONS_STOP)
		return o.exit_code;
	if (!options_at_most(&o, 0))
		return o.exit_code;
	if (!pace.n && !ctl->human)
		pace.n = 1;
	return top(ctl, &pace);
}

const struct verb verb_top = {
	.name = "top",
	.arguments = "",
	.summary =
		"Show topics, clients, consumers and brokers with their rates, again each second.",
	.help = "  -d, --interval SEC  how often (default: 1)\n"
		"  -n, --count N       so many times, then end (default: once without a terminal)\n"
		"\n"
		"On a terminal until q or Ctrl-C is pressed. Topics and clients with the highest "
		"rates\n"
		"come first, and the consumers that are farthest behind; what does not fit is left "
		"out.\n"
		"Rates are records per second since the last time; - is not known.\n"
		"\n"
		"Separated by tabs, each line begins with its kind:\n"
		"  daemon    key, value\n"
		"  topic     name, profile, sent/s, persisted/s, failed/s, failed, in flight, lag\n"
		"  client    name, pid, uid, sent/s, received/s, requests, bytes in flight, held "
		"by\n"
		"  consumer  group, profile, state, subscriptions, partitions, lag\n"
		"  broker    address, profile, state, round trip (mean and 99th percentile, us),\n"
		"            requests in flight, errors\n"
		"With --json one object each time: topics, clients, consumers, brokers, and "
		"numbers of all.\n"
		"\n",
	.examples = "  commctl top\n"
		    "  commctl top -d 5\n"
		    "  commctl top --json | jq '.topics[0]'\n",
	.run = run,
};

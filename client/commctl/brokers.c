#include "client/commctl/ctl.h"
#include "client/commctl/rows.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const struct column columns[] = {
	{ "BROKER", "broker", COLUMN_TEXT },
	{ "ID", "id", COLUMN_NUMBER },
	{ "PROFILE", "profile", COLUMN_TEXT },
	{ "STATE", "state", COLUMN_TEXT },
	{ "FOR MS", "state_ms", COLUMN_NUMBER },
	{ "RTT US", "rtt_us", COLUMN_NUMBER },
	{ "P99 US", "rtt_p99_us", COLUMN_NUMBER },
	{ "QUEUED US", "queued_us", COLUMN_NUMBER },
	{ "P99 US", "queued_p99_us", COLUMN_NUMBER },
	{ "THROTTLE MS", "throttle_ms", COLUMN_NUMBER },
	{ "OUTBUF", "outbuf", COLUMN_NUMBER },
	{ "IN FLIGHT", "in_flight", COLUMN_NUMBER },
	{ "REQUESTS", "requests_total", COLUMN_NUMBER },
	{ "ERRORS", "errors_total", COLUMN_NUMBER },
	{ "RETRIES", "retries_total", COLUMN_NUMBER },
	{ "TIMEOUTS", "timeouts_total", COLUMN_NUMBER },
	{ "CONNECTS", "connects_total", COLUMN_NUMBER },
	{ "LOST", "lost_total", COLUMN_NUMBER },
};

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct listing listing = { "brokers", NULL, columns, ARRAY_SIZE(columns) };

	return rows_run(ctl, &verb_brokers, argc, argv, &listing);
}

const struct verb verb_brokers = {
	.name = "brokers",
	.arguments = "",
	.summary = "Show how the brokers are: connected or not, how fast, what has gone wrong.",
	.help = "As the producer of each profile that is in use has seen them in the last "
		"seconds.\n"
		"Columns: address, id (- while it is only one of bootstrap.servers), profile, "
		"state, for how\n"
		"long, time from a request to its response (mean and 99th percentile), time of a "
		"record\n"
		"in the queue (likewise), time for which the broker holds us back, requests "
		"waiting to be\n"
		"sent, requests without response; and since the profile was opened: requests, "
		"errors,\n"
		"retries, timeouts, attempts to connect, connections lost. - is not known: there "
		"was\n"
		"nothing in the last seconds.\n"
		"\n",
	.examples = "  commctl brokers\n"
		    "  commctl brokers --json | jq 'select(.state != \"UP\")'\n"
		    "  watch commctl brokers\n",
	.run = run,
};

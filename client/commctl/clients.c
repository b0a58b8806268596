#include "client/commctl/ctl.h"
#include "client/commctl/rows.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const struct column columns[] = {
	{ "CONNECTION", "connection", COLUMN_NUMBER },
	{ "CLIENT", "client", COLUMN_TEXT },
	{ "PID", "pid", COLUMN_NUMBER },
	{ "UID", "uid", COLUMN_NUMBER },
	{ "GID", "gid", COLUMN_NUMBER },
	{ "PROFILE", "profile", COLUMN_TEXT },
	{ "SINCE", "connected_ms", COLUMN_TIME },
	{ "PROTOCOL", "protocol", COLUMN_TEXT },
	{ "REQUESTS", "requests", COLUMN_NUMBER },
	{ "BYTES", "inflight_bytes", COLUMN_NUMBER },
	{ "UNREAD", "unread_bytes", COLUMN_NUMBER },
	{ "SUBSCRIPTIONS", "subscriptions", COLUMN_NUMBER },
	{ "SENT", "sent", COLUMN_NUMBER },
	{ "PER S", "sent_rate", COLUMN_NUMBER },
	{ "RECEIVED", "received", COLUMN_NUMBER },
	{ "PER S", "received_rate", COLUMN_NUMBER },
	{ "HELD BY", "held", COLUMN_TEXT },
};

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct listing listing = { "clients", NULL, columns, ARRAY_SIZE(columns) };

	return rows_run(ctl, &verb_clients, argc, argv, &listing);
}

const struct verb verb_clients = {
	.name = "clients",
	.arguments = "",
	.summary = "List who is connected to commd, what each has in flight, and who is held back.",
	.help = "Columns: number of the connection, name the client gave itself, process, user, "
		"group,\n"
		"profile, since when, what it speaks, requests without answer, bytes of records "
		"without\n"
		"outcome, bytes of answers that it has not read, subscriptions, records taken from "
		"it, in\n"
		"the last second, records handed to it, in the last second, and the limit for "
		"which it is\n"
		"not read from now, or -. Those with something under way come first.\n"
		"Times are milliseconds since 1970 where columns are separated by tabs. With "
		"--json more.\n"
		"\n",
	.examples = "  commctl clients\n"
		    "  commctl clients --json | jq 'select(.held)'\n"
		    "  commctl clients | awk -F'\\t' '$4 == 1000'\n",
	.run = run,
};

#include <inttypes.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/offset.h"
#include "client/commctl/options.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const char *const titles[] = { "PARTITION", "FIRST", "NEXT", "RECORDS", "AT TIME" };

static json_t *offsets_json(const char *topic, const struct comm_offsets *offsets)
{
	json_t *list = json_array();

	for (size_t i = 0; i < offsets->n_partitions; i++) {
		const struct comm_watermarks *p = &offsets->partitions[i];

		(void)json_array_append_new(
			list, json_pack("{s:i, s:I, s:I, s:o, s:o}", "partition", (int)p->partition,
					"first", (json_int_t)p->low, "next", (json_int_t)p->high,
					"records", json_number(p->high - p->low), "at_time",
					json_number(p->at_time)));
	}
	return json_pack("{s:o, s:o}", "topic", json_text(topic), "partitions", list);
}

static void print(struct ctl *ctl, const struct comm_offsets *offsets, bool has_time)
{
	struct table t;

	/* People have asked for a time, or not; for programs a column is always there. */
	table_init(&t, titles, ARRAY_SIZE(titles) - (ctl->human && !has_time));
	for (size_t i = 0; i < offsets->n_partitions; i++) {
		const struct comm_watermarks *p = &offsets->partitions[i];

		table_add(&t, "%" PRId32, p->partition);
		table_add_number(&t, p->low);
		table_add_number(&t, p->high);
		table_add_number(&t, p->high - p->low);
		if (t.n_columns == ARRAY_SIZE(titles))
			table_add_number(&t, p->at_time);
	}
	table_print(&t, ctl->human, NULL, &ctl->out);
	table_fini(&t);
}

static int show(struct ctl *ctl, const char *topic, int64_t time_ms)
{
	struct comm_offsets *offsets;
	int code = ctl_connect(ctl, COMM_ACK_BROKER);
	int error;

	if (code)
		return code;
	error = comm_offsets(ctl->c, topic, time_ms, &offsets);
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json)
		json_print(offsets_json(topic, offsets), &ctl->out);
	else
		print(ctl, offsets, time_ms >= 0);
	comm_offsets_free(offsets);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct offset offset = { 0 };
	struct options o;
	int opt;

	options_init(&o, ctl, &verb_offsets, argc, argv, "o:", NULL);
	while ((opt = options_next(&o)) > 0) {
		if (offset_parse(optarg, &offset) < 0 || offset.start != COMM_START_TIME ||
		    offset.has_stop) {
			options_wrong(&o, "-o is s@MS or @2026-01-31T08:00Z, not '%s'", optarg);
			return o.exit_code;
		}
	}
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	if (argc - optind != 1) {
		options_wrong(&o, "needs the name of one topic");
		return o.exit_code;
	}
	return show(ctl, argv[optind], offset.start == COMM_START_TIME ? offset.at : -1);
}

const struct verb verb_offsets = {
	.name = "offsets",
	.arguments = "TOPIC [-o TIME]",
	.summary = "Tell the first and the next offset of each partition, and those of a time.",
	.help = "  -o TIME    tell also where a time is: s@MS (in milliseconds since 1970),\n"
		"             @2026-01-31T08:00Z (without Z or +02:00: local)\n"
		"\n"
		"Separated by tabs: partition, offset of the first record, offset of the next one "
		"to be\n"
		"written, how many are between them, offset of the first record at or after the "
		"time or -\n"
		"(there is none). With --json: topic, partitions, a list of partition, first, "
		"next,\n"
		"records, at_time.\n"
		"\n",
	.examples = "  commctl offsets orders\n"
		    "  commctl offsets orders -o @2026-01-31T08:00Z\n"
		    "  commctl offsets orders | awk '{ n += $4 } END { print n }'\n",
	.run = run,
};

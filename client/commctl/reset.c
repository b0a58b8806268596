#include <inttypes.h>
#include <stdlib.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/offset.h"
#include "client/commctl/options.h"
#include "client/commctl/place.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

enum { OPTION_DRY_RUN = OPTION_OWN };

static const char *const titles[] = { "TOPIC", "PARTITION", "OFFSET" };

/* The command line, read. */
struct request {
	struct comm_reset reset;
	struct comm_position *positions; /* owned, with room for one per word */
	bool has_offset;
};

static bool take_offset(struct options *o, struct request *r, const char *text)
{
	struct offset offset = { 0 };

	if (offset_parse(text, &offset) < 0 || offset.is_stored || offset.has_stop) {
		options_wrong(o,
			      "-o is beginning, end, N, -N, s@MS or @2026-01-31T08:00Z, not '%s'",
			      text);
		return false;
	}
	r->has_offset = true;
	r->reset.start = offset.start;
	r->reset.at = offset.at;
	return true;
}

static bool take(struct options *o, struct request *r, int opt)
{
	switch (opt) {
	case 'o':
		return take_offset(o, r, optarg);
	case 't':
		if (place_parse(optarg, &r->positions[r->reset.n_positions++]) == 0)
			return true;
		options_wrong(o, "-t is TOPIC, TOPIC:PARTITION or TOPIC:PARTITION:OFFSET");
		return false;
	default:
		r->reset.dry_run = 1;
		return true;
	}
}

/* Each partition has a place to go to. False after options_wrong(). */
static bool is_complete(struct options *o, const struct request *r)
{
	size_t n = r->reset.n_positions;

	if (o->argc - optind != 1) {
		options_wrong(o, "needs the name of one group");
		return false;
	}
	for (size_t i = 0; n && r->positions[i].offset >= 0; i++)
		if (i + 1 == n)
			return true;
	if (!r->has_offset)
		options_wrong(o, "where to? add -o OFFSET");
	return r->has_offset;
}

static void print(struct ctl *ctl, const char *group, const struct request *r,
		  const struct comm_positions *p)
{
	json_t *list = json_array();
	struct table t;

	table_init(&t, titles, ARRAY_SIZE(titles));
	for (size_t i = 0; i < p->n_positions; i++) {
		const struct comm_position *at = &p->positions[i];

		(void)json_array_append_new(list, json_pack("{s:o, s:i, s:I}", "topic",
							    json_text(at->topic), "partition",
							    (int)at->partition, "offset",
							    (json_int_t)at->offset));
		table_add(&t, "%s", at->topic);
		table_add(&t, "%" PRId32, at->partition);
		table_add_number(&t, at->offset);
	}
	if (ctl->json)
		json_print(json_pack("{s:o, s:b, s:O}", "group", json_text(group), "dry_run",
				     r->reset.dry_run, "positions", list),
			   &ctl->out);
	else
		table_print(&t, ctl->human, NULL, &ctl->out);
	json_decref(list);
	table_fini(&t);
}

static int reset(struct ctl *ctl, const char *group, const struct request *r)
{
	struct comm_positions *positions;
	int code = ctl_connect(ctl, COMM_ACK_BROKER);
	int error;

	if (code)
		return code;
	error = comm_reset_group(ctl->c, group, &r->reset, &positions);
	if (error)
		return ctl_fail(ctl, error);
	print(ctl, group, r, positions);
	comm_positions_free(positions);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "topic", required_argument, NULL, 't' },
		{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
		{ 0 },
	};
	_cleanup_free_ struct comm_position *positions = calloc((size_t)argc, sizeof *positions);
	struct request r = { .positions = positions, .reset.positions = positions };
	struct options o;
	int opt;

	if (!positions) {
		ctl_say("out of memory");
		return CTL_FAILED;
	}
	options_init(&o, ctl, &verb_reset, argc, argv, "o:t:", names);
	while ((opt = options_next(&o)) > 0)
		if (!take(&o, &r, opt))
			return o.exit_code;
	if (opt == OPTIONS_STOP || !is_complete(&o, &r))
		return o.exit_code;
	return reset(ctl, argv[optind], &r);
}

const struct verb verb_reset = {
	.name = "reset",
	.arguments = "GROUP [-t TOPIC[:PARTITION[:OFFSET]]]... [-o OFFSET] [--dry-run]",
	.summary = "Have a consumer group go on elsewhere.",
	.help = "  -o OFFSET      where: beginning (or earliest), end (or latest), N (an offset), "
		"-N "
		"(so many\n"
		"                 before the end), s@MS (a time, in milliseconds since 1970),\n"
		"                 @2026-01-31T08:00Z (a time; without Z or +02:00: local); needed "
		"unless\n"
		"                 each -t has an OFFSET\n"
		"  -t, --topic TOPIC[:PARTITION[:OFFSET]]\n"
		"                 only this topic, or this partition of it, which goes to OFFSET "
		"if "
		"that is\n"
		"                 there; repeatable (default: all that the group has committed)\n"
		"  --dry-run      only tell where it would go on\n"
		"\n"
		"A group that has members is not touched: stop them first.\n"
		"Separated by tabs: topic, partition, offset it goes on at. With --json: group, "
		"dry_run,\n"
		"positions (a list of topic, partition, offset).\n"
		"\n",
	.examples = "  commctl reset billing -o beginning --dry-run\n"
		    "  commctl reset billing -t orders -o @2026-01-31T08:00Z\n"
		    "  commctl reset billing -t orders:0:4711 -t orders:1:4242\n",
	.run = run,
};

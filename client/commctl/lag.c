#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/table.h"
#include "client/commctl/turn.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

#define WATCH_DEFAULT_MS 2000

enum { OPTION_WATCH = OPTION_OWN };

static const char *const topic_titles[] = { "TOPIC", "PARTITIONS", "LAG" };
static const char *const partition_titles[] = { "TOPIC", "PARTITION", "COMMITTED", "END", "LAG" };

/* All the partitions of a topic, one after the other. */
struct sum {
	const char *topic;
	size_t n_partitions;
	int64_t lag; /* negative: of some it is not known */
};

/* Of the partitions from the @first on that are of one topic. */
static struct sum sum_topic(const struct comm_group *g, size_t first)
{
	struct sum sum = { .topic = g->partitions[first].topic };

	for (size_t i = first; i < g->n_partitions; i++) {
		const struct comm_group_lag *p = &g->partitions[i];

		if (strcmp(p->topic, sum.topic))
			break;
		sum.n_partitions++;
		sum.lag = p->lag < 0 || sum.lag < 0 ? -1 : sum.lag + p->lag;
	}
	return sum;
}

static int64_t sum_all(const struct comm_group *g)
{
	int64_t lag = 0;

	for (size_t i = 0; i < g->n_partitions; i++) {
		if (g->partitions[i].lag < 0)
			return -1;
		lag += g->partitions[i].lag;
	}
	return lag;
}

/* What is at its end needs no line of its own. */
static bool is_behind(const struct comm_group_lag *p)
{
	return p->lag != 0;
}

static json_t *lag_json(const struct comm_group *g)
{
	json_t *topics = json_array(), *partitions = json_array();
	struct sum sum;

	for (size_t i = 0; i < g->n_partitions; i += sum.n_partitions) {
		sum = sum_topic(g, i);
		(void)json_array_append_new(topics, json_pack("{s:o, s:I, s:o}", "topic",
							      json_text(sum.topic), "partitions",
							      (json_int_t)sum.n_partitions, "lag",
							      json_number(sum.lag)));
	}
	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct comm_group_lag *p = &g->partitions[i];

		if (is_behind(p))
			(void)json_array_append_new(
				partitions,
				json_pack("{s:o, s:i, s:o, s:o, s:o}", "topic", json_text(p->topic),
					  "partition", (int)p->partition, "committed",
					  json_number(p->committed), "end", json_number(p->end),
					  "lag", json_number(p->lag)));
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "group", json_text(g->group.group), "state",
			 json_text(g->group.state), "lag", json_number(sum_all(g)), "topics",
			 topics, "partitions", partitions);
}

static void print_topics(struct ctl *ctl, const struct comm_group *g)
{
	struct table t;
	struct sum sum;

	table_init(&t, topic_titles, ARRAY_SIZE(topic_titles));
	for (size_t i = 0; i < g->n_partitions; i += sum.n_partitions) {
		sum = sum_topic(g, i);
		table_add(&t, "%s", sum.topic);
		table_add_number(&t, (int64_t)sum.n_partitions);
		table_add_number(&t, sum.lag);
	}
	table_end(&t, ctl->human, "topic", &ctl->out);
}

static void print_partitions(struct ctl *ctl, const struct comm_group *g)
{
	struct table t;

	table_init(&t, partition_titles, ARRAY_SIZE(partition_titles));
	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct comm_group_lag *p = &g->partitions[i];

		if (!is_behind(p))
			continue;
		table_add(&t, "%s", p->topic);
		table_add(&t, "%" PRId32, p->partition);
		table_add_number(&t, p->committed);
		table_add_number(&t, p->end);
		table_add_number(&t, p->lag);
	}
	table_end(&t, ctl->human, "partition", &ctl->out);
}

static void print(struct ctl *ctl, const struct comm_group *g)
{
	int64_t lag = sum_all(g);
	struct out *out = &ctl->out;

	if (ctl->json) {
		json_print(lag_json(g), out);
		return;
	}
	if (ctl->human) {
		out_printf(out, "%s is %s, lag ", g->group.group, g->group.state);
		if (lag < 0)
			out_text(out, "not known");
		else
			out_number(out, lag);
		out_text(out, "\n");
	} else {
		out_text(out, "group\t");
		out_field(out, g->group.group);
		out_printf(out, "\t%s\t", g->group.state);
		lag < 0 ? out_text(out, "-") : out_number(out, lag);
		out_text(out, "\n");
	}
	print_topics(ctl, g);
	print_partitions(ctl, g);
}

static int show(struct ctl *ctl, const char *name)
{
	struct comm_group *g;
	int error = comm_describe_group(ctl->c, name, &g);

	if (error)
		return ctl_fail(ctl, error);
	print(ctl, g);
	comm_group_free(g);
	return CTL_OK;
}

/* Again and again. */
struct watch {
	struct ctl *ctl;
	bool is_waiting; /* for an answer */
	bool has_shown;  /* at least once: what may be answered the next time is no reason to end */
	int code;
};

static bool is_over(const struct watch *w)
{
	return w->code || interrupt_count() || w->ctl->out.error;
}

static void note_failure(struct watch *w, int error)
{
	/* Who has pressed Ctrl-C has seen enough. */
	int code = is_over(w) ? CTL_OK : ctl_fail(w->ctl, error);

	if (!w->has_shown || !comm_is_retriable(error))
		w->code = code;
}

static void on_described(struct comm *c, int error, struct comm_group *g, void *arg)
{
	struct watch *w = arg;

	(void)c;
	w->is_waiting = false;
	if (error) {
		note_failure(w, error);
		return;
	}
	if (w->ctl->human)
		out_text(&w->ctl->out, OUT_CLEAR);
	print(w->ctl, g);
	comm_group_free(g);
	(void)out_flush(&w->ctl->out);
	w->has_shown = true;
}

/* Until Ctrl-C, which is how it is meant to end. */
static int watch(struct ctl *ctl, const char *name, int interval_ms)
{
	struct watch w = { .ctl = ctl };
	int error = interrupt_catch();

	if (error)
		return error;
	ctl->watches_out = true;
	while (!is_over(&w)) {
		int64_t next_ms = ctl_now_ms() + interval_ms;

		error = comm_describe_group_async(ctl->c, name, on_described, &w);
		w.is_waiting = !error;
		if (error)
			note_failure(&w, error);
		while (!is_over(&w) && (w.is_waiting || ctl_now_ms() < next_ms))
			(void)turn_wait(ctl, -1, w.is_waiting ? -1 : next_ms);
	}
	/* What is still asked is told to @w. */
	ctl_disconnect(ctl);
	return interrupt_count() ? CTL_OK : w.code;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option names[] = {
		{ "watch", optional_argument, NULL, OPTION_WATCH },
		{ 0 },
	};
	int interval_ms = 0, code;
	struct options o;

	options_init(&o, ctl, &verb_lag, argc, argv, "", names);
	while ((code = options_next(&o)) > 0) {
		interval_ms = WATCH_DEFAULT_MS;
		if (optarg && !options_seconds(&o, "--watch", optarg, &interval_ms))
			return o.exit_code;
	}
	if (code == OPTIONS_STOP)
		return o.exit_code;
	if (argc - optind != 1) {
		options_wrong(&o, "needs the name of one group");
		return o.exit_code;
	}
	code = ctl_connect(ctl, COMM_ACK_BROKER);
	if (code)
		return code;
	return interval_ms ? watch(ctl, argv[optind], interval_ms) : show(ctl, argv[optind]);
}

const struct verb verb_lag = {
	.name = "lag",
	.arguments = "GROUP [--watch[=SEC]]",
	.summary = "Tell how far a consumer group is behind.",
	.help = "  --watch[=SEC]  again and again, so many seconds apart (default: 2), until "
		"Ctrl-C;\n"
		"                 what goes wrong meanwhile is told, and tried again if that may "
		"help\n"
		"\n"
		"Separated by tabs, each line begins with its kind:\n"
		"  group      name, state, lag\n"
		"  topic      name, partitions, lag\n"
		"  partition  topic, partition, committed offset, end offset, lag; those at their "
		"end are\n"
		"             left out\n"
		"What is not known is -. With --json one object: group, state, lag, topics, "
		"partitions.\n"
		"\n",
	.examples = "  commctl lag billing\n"
		    "  commctl lag billing --watch=5\n"
		    "  commctl lag billing --json | jq .lag\n",
	.run = run,
};

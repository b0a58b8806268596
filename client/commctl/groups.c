#include <inttypes.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/each.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

static const char *const list_titles[] = { "GROUP", "STATE", "OFFSETS ONLY" };

static const char *const group_titles[] = { "GROUP",    "STATE",       "OFFSETS ONLY",
					    "ASSIGNOR", "COORDINATOR", "MEMBERS" };

static const char *const member_titles[] = { "MEMBER", "CLIENT",   "HOST",
					     "HERE",   "INSTANCE", "PARTITIONS" };

static const char *const partition_titles[] = { "TOPIC", "PARTITION", "COMMITTED", "END",
						"LAG",   "CLIENT",    "HOST",      "MEMBER" };

/* ---- all ---- */

static void print_list(struct ctl *ctl, const struct comm_groups *groups)
{
	struct table t;

	table_init(&t, list_titles, ARRAY_SIZE(list_titles));
	for (size_t i = 0; i < groups->n_groups; i++) {
		const struct comm_group_info *g = &groups->groups[i];

		if (ctl->json) {
			json_print(json_pack("{s:o, s:o, s:b}", "group", json_text(g->group),
					     "state", json_text(g->state), "offsets_only",
					     g->is_simple),
				   &ctl->out);
			continue;
		}
		table_add(&t, "%s", g->group);
		table_add(&t, "%s", g->state);
		table_add(&t, "%s", g->is_simple ? "yes" : "no");
	}
	if (!ctl->json)
		table_print(&t, ctl->human, NULL, &ctl->out);
	table_fini(&t);
}

static int list(struct ctl *ctl)
{
	struct comm_groups *groups;
	int code = ctl_connect(ctl, COMM_ACK_BROKER);
	int error;

	if (code)
		return code;
	error = comm_list_groups(ctl->c, &groups);
	if (error)
		return ctl_fail(ctl, error);
	print_list(ctl, groups);
	comm_groups_free(groups);
	return CTL_OK;
}

/* ---- one ---- */

static json_t *owned_json(const struct comm_member *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_partitions; i++)
		(void)json_array_append_new(
			list, json_pack("{s:o, s:i}", "topic", json_text(m->partitions[i].topic),
					"partition", (int)m->partitions[i].partition));
	return list;
}

static json_t *members_json(const struct comm_group *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_members; i++) {
		const struct comm_member *m = &g->members[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:o, s:o, s:b, s:o}", "member", json_text(m->member),
				  "client", json_text(m->client), "host", json_text(m->host),
				  "instance", json_text(m->instance), "here", m->is_here,
				  "partitions", owned_json(m)));
	}
	return list;
}

static json_t *partitions_json(const struct comm_group *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct comm_group_lag *p = &g->partitions[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:i, s:o, s:o, s:o, s:o}", "topic", json_text(p->topic),
				  "partition", (int)p->partition, "committed",
				  json_number(p->committed), "end", json_number(p->end), "lag",
				  json_number(p->lag), "member", json_text(p->member)));
	}
	return list;
}

static json_t *group_json(const struct comm_group *g)
{
	return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "group", json_text(g->group.group),
			 "state", json_text(g->group.state), "offsets_only", g->group.is_simple,
			 "assignor", json_text(*g->assignor ? g->assignor : NULL), "coordinator",
			 json_number(g->coordinator), "members", members_json(g), "partitions",
			 partitions_json(g));
}

static void print_head(struct ctl *ctl, const struct comm_group *g)
{
	struct table t;

	table_init(&t, group_titles, ARRAY_SIZE(group_titles));
	table_add(&t, "%s", g->group.group);
	table_add(&t, "%s", g->group.state);
	table_add(&t, "%s", g->group.is_simple ? "yes" : "no");
	table_add(&t, "%s", *g->assignor ? g->assignor : "-");
	table_add_number(&t, g->coordinator);
	table_add_number(&t, (int64_t)g->n_members);
	table_print(&t, ctl->human, "group", &ctl->out);
	table_fini(&t);
}

static void print_members(struct ctl *ctl, const struct comm_group *g)
{
	struct table t;

	table_init(&t, member_titles, ARRAY_SIZE(member_titles));
	/* Programs want to know of which group a line is. */
	t.of = g->group.group;
	for (size_t i = 0; i < g->n_members; i++) {
		const struct comm_member *m = &g->members[i];

		table_add(&t, "%s", m->member);
		table_add(&t, "%s", m->client);
		table_add(&t, "%s", m->host);
		table_add(&t, "%s", m->is_here ? "yes" : "no");
		table_add(&t, "%s", m->instance ? m->instance : "-");
		table_add_number(&t, (int64_t)m->n_partitions);
	}
	table_end(&t, ctl->human, "member", &ctl->out);
}

static const struct comm_member *find_member(const struct comm_group *g, const char *id)
{
	for (size_t i = 0; id && i < g->n_members; i++)
		if (!strcmp(g->members[i].member, id))
			return &g->members[i];
	return NULL;
}

static void print_partitions(struct ctl *ctl, const struct comm_group *g)
{
	struct table t;

	table_init(&t, partition_titles, ARRAY_SIZE(partition_titles));
	t.of = g->group.group;
	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct comm_group_lag *p = &g->partitions[i];
		const struct comm_member *m = find_member(g, p->member);

		table_add(&t, "%s", p->topic);
		table_add(&t, "%" PRId32, p->partition);
		table_add_number(&t, p->committed);
		table_add_number(&t, p->end);
		table_add_number(&t, p->lag);
		table_add(&t, "%s", m ? m->client : "-");
		table_add(&t, "%s", m ? m->host : "-");
		table_add(&t, "%s", p->member ? p->member : "-");
	}
	table_end(&t, ctl->human, "partition", &ctl->out);
}

static int describe(struct ctl *ctl, const char *name, const void *arg)
{
	struct comm_group *g;
	int error = comm_describe_group(ctl->c, name, &g);

	(void)arg;
	if (error)
		return ctl_fail(ctl, error);
	if (ctl->json) {
		json_print(group_json(g), &ctl->out);
	} else {
		if (ctl->human && ctl->out.len)
			out_text(&ctl->out, "\n");
		print_head(ctl, g);
		print_members(ctl, g);
		print_partitions(ctl, g);
	}
	comm_group_free(g);
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct options o;

	options_init(&o, ctl, &verb_groups, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	return optind == argc ? list(ctl) : each_do(ctl, argv + optind, describe, NULL);
}

const struct verb verb_groups = {
	.name = "groups",
	.arguments = "[GROUP...]",
	.summary = "List the consumer groups, or tell members, offsets and lag of some.",
	.help = "Separated by tabs: group, state, offsets only (yes or no: its readers do not "
		"share).\n"
		"For a group by name, each line begins with its kind:\n"
		"  group      name, state, offsets only, assignor, coordinator, members\n"
		"  member     group, member, client, host, here (yes or no: it is this commd), "
		"instance,\n"
		"             partitions it has\n"
		"  partition  group, topic, partition, committed offset, end offset, lag, client, "
		"host,\n"
		"             member\n"
		"What is not known or not there is -; lag are the records from the committed "
		"offset to the\n"
		"end, or all there are if none is committed.\n"
		"With --json one object per group: group, state, offsets_only; by name also "
		"assignor,\n"
		"coordinator, members, partitions.\n"
		"\n",
	.examples = "  commctl groups\n"
		    "  commctl groups billing\n"
		    "  commctl groups billing --json | jq '.partitions[] | select(.lag > 0)'\n",
	.run = run,
};

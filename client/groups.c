#include "client/client.h"

#include <stdlib.h>

#include "client/query.h"
#include "client/shape.h"
#include "client/subscription.h"
#include "proto/util.h"

/* As comm_group_info. */
#define GROUP_SHAPE "SSb"

static void give_groups(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	((comm_groups_fn)done)(c, error, result, arg);
}

static const struct query_kind list_kind = {
	.method = COMM_METHOD_LIST_GROUPS,
	.repeats = true,
	.shape = "[" GROUP_SHAPE "]",
	.give = give_groups,
};

int comm_list_groups_async(struct comm *c, comm_groups_fn done, void *arg)
{
	struct comm_list_groups_params params;

	return query_run(c, &list_kind, &params, (query_fn)done, arg);
}

int comm_list_groups(struct comm *c, struct comm_groups **ret_groups)
{
	return comm_list_groups_async(c, (comm_groups_fn)query_wait, ret_groups);
}

void comm_groups_free(struct comm_groups *groups)
{
	shape_free(groups);
}

static void give_group(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	((comm_group_fn)done)(c, error, result, arg);
}

static const struct query_kind describe_kind = {
	.method = COMM_METHOD_DESCRIBE_GROUP,
	.repeats = true,
	.shape = "{" GROUP_SHAPE "}iS[SsSSb[" POSITION_SHAPE "]][Siqqqs]",
	.give = give_group,
};

int comm_describe_group_async(struct comm *c, const char *group, comm_group_fn done, void *arg)
{
	return query_run_named(c, &describe_kind, group, (query_fn)done, arg);
}

int comm_describe_group(struct comm *c, const char *group, struct comm_group **ret_group)
{
	return comm_describe_group_async(c, group, (comm_group_fn)query_wait, ret_group);
}

void comm_group_free(struct comm_group *group)
{
	shape_free(group);
}

static void give_positions(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	((comm_positions_fn)done)(c, error, result, arg);
}

struct resetting {
	const char *group;
	const struct comm_reset *reset;
};

static int reset_start(struct query *q, void *params)
{
	static const struct comm_reset nothing;
	const struct resetting *resetting = params;
	const struct comm_reset *reset = resetting->reset ? resetting->reset : &nothing;
	_cleanup_free_ struct comm_wire_topic_ref *refs = NULL;
	struct comm_reset_group_params wire = {
		.group = comm_bytes_of(resetting->group),
		.start = comm_bytes_of(start_word(reset->start)),
		.at = start_at(reset->start, reset->at),
		.dry_run = reset->dry_run != 0,
	};

	if (reset->start && !wire.start.data)
		return client_fail(q->c, COMM_EINVALID, "there is no such start");
	if (reset->n_positions && !reset->positions)
		return client_fail(q->c, COMM_EINVALID, "positions is NULL");
	/* Before there is memory for them. */
	if (reset->n_positions > COMM_TOPIC_REFS_MAX)
		return client_fail(q->c, COMM_EINVALID, "%zu positions; at most %d are allowed",
				   reset->n_positions, COMM_TOPIC_REFS_MAX);
	refs = calloc(reset->n_positions + 1, sizeof *refs);
	if (!refs)
		return client_no_memory(q->c);
	for (size_t i = 0; i < reset->n_positions; i++) {
		const struct comm_position *p = &reset->positions[i];

		refs[i] = (struct comm_wire_topic_ref){
			comm_bytes_of(p->topic),
			p->partition < 0 ? COMM_NONE : p->partition,
			p->offset < 0 ? COMM_NONE : p->offset,
		};
	}
	wire.topics = (struct comm_list){ refs, reset->n_positions };
	return query_send(q, &wire);
}

/* Not asked again: so many before the end may be somewhere else by then. */
static const struct query_steps reset_steps = { reset_start, NULL };

static const struct query_kind reset_kind = {
	.method = COMM_METHOD_RESET_GROUP,
	.shape = "[" POSITION_SHAPE "]",
	.give = give_positions,
	.steps = &reset_steps,
};

int comm_reset_group_async(struct comm *c, const char *group, const struct comm_reset *reset,
			   comm_positions_fn done, void *arg)
{
	struct resetting params = { group, reset };

	return query_run(c, &reset_kind, &params, (query_fn)done, arg);
}

int comm_reset_group(struct comm *c, const char *group, const struct comm_reset *reset,
		     struct comm_positions **ret_positions)
{
	return comm_reset_group_async(c, group, reset, (comm_positions_fn)query_wait,
				      ret_positions);
}

void comm_positions_free(struct comm_positions *positions)
{
	shape_free(positions);
}

static const struct query_kind delete_kind = {
	.method = COMM_METHOD_DELETE_GROUP,
	.give = query_give_done,
};

int comm_delete_group_async(struct comm *c, const char *group, comm_done_fn done, void *arg)
{
	return query_run_named(c, &delete_kind, group, (query_fn)done, arg);
}

int comm_delete_group(struct comm *c, const char *group)
{
	return comm_delete_group_async(c, group, (comm_done_fn)query_wait, NULL);
}

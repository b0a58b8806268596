/*
 * Describing a group: its members, and for each of its partitions how far it has come and who has it.
 *
 * The coordinator tells members and committed offsets, the partitions' leaders where they end. What a
 * leader does not tell is unknown, and the rest is told all the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_coordinator.h"
#include "daemon/kafka_groups.h"
#include "daemon/kafka_offsets.h"
#include "proto/util.h"

struct description {
	struct kafka_coordinator coordinator;
	struct comm_wire_member *wire_members; /* owned */
	struct comm_wire_topic_ref *assigned; /* owned; those of all members, one after the other */
	struct comm_wire_group_lag *lags;     /* owned; sorted by topic and partition */
	size_t n_lags;
	rd_kafka_event_t *listed; /* owned; group's strings may be in it */
	struct comm_wire_group group;
	struct comm_describe_group_result result;
};

/* NULL: none. */
static const rd_kafka_topic_partition_list_t *
assignment_of(const rd_kafka_MemberDescription_t *member)
{
	return rd_kafka_MemberAssignment_partitions(rd_kafka_MemberDescription_assignment(member));
}

/* ---- members ---- */

static void describe_member(struct description *d, const rd_kafka_MemberDescription_t *member,
			    size_t *n_assigned, struct comm_wire_member *ret)
{
	const rd_kafka_topic_partition_list_t *parts = assignment_of(member);
	size_t n = parts ? (size_t)parts->cnt : 0;

	*ret = (struct comm_wire_member){
		.member = comm_bytes_of(rd_kafka_MemberDescription_consumer_id(member)),
		.instance = comm_bytes_of(rd_kafka_MemberDescription_group_instance_id(member)),
		.client = comm_bytes_of(rd_kafka_MemberDescription_client_id(member)),
		.host = comm_bytes_of(rd_kafka_MemberDescription_host(member)),
		.partitions = { d->assigned + *n_assigned, n },
	};
	for (size_t i = 0; i < n; i++)
		d->assigned[(*n_assigned)++] = (struct comm_wire_topic_ref){
			.topic = comm_bytes_of(parts->elems[i].topic),
			.partition = parts->elems[i].partition,
			.offset = COMM_NONE,
		};
}

static int describe_members(struct description *d)
{
	const rd_kafka_ConsumerGroupDescription_t *g = d->coordinator.described;
	size_t n = rd_kafka_ConsumerGroupDescription_member_count(g), n_assigned = 0;

	for (size_t i = 0; i < n; i++) {
		const rd_kafka_topic_partition_list_t *parts =
			assignment_of(rd_kafka_ConsumerGroupDescription_member(g, i));

		n_assigned += parts ? (size_t)parts->cnt : 0;
	}
	d->wire_members = calloc(n + 1, sizeof *d->wire_members);
	d->assigned = calloc(n_assigned + 1, sizeof *d->assigned);
	if (!d->wire_members || !d->assigned)
		return -ENOMEM;
	n_assigned = 0;
	for (size_t i = 0; i < n; i++)
		describe_member(d, rd_kafka_ConsumerGroupDescription_member(g, i), &n_assigned,
				&d->wire_members[i]);
	d->result.members = (struct comm_list){ d->wire_members, n };
	return 0;
}

/* ---- partitions ---- */

static int compare(const void *a, const void *b)
{
	const struct comm_wire_group_lag *x = a, *y = b;
	int r = comm_bytes_compare(x->topic, y->topic);

	return r ? r : (x->partition > y->partition) - (x->partition < y->partition);
}

static struct comm_wire_group_lag *add(struct description *d, struct comm_bytes topic,
				       int64_t partition)
{
	struct comm_wire_group_lag *lag = &d->lags[d->n_lags++];

	*lag = (struct comm_wire_group_lag){ .topic = topic,
					     .partition = partition,
					     .committed = COMM_NONE,
					     .end = COMM_NONE,
					     .lag = COMM_NONE };
	return lag;
}

static void add_committed(struct description *d)
{
	const rd_kafka_topic_partition_list_t *parts = d->coordinator.committed;

	for (int i = 0; i < parts->cnt; i++)
		if (parts->elems[i].offset >= 0)
			add(d, comm_bytes_of(parts->elems[i].topic), parts->elems[i].partition)
				->committed = parts->elems[i].offset;
}

static void add_assigned(struct description *d)
{
	for (size_t i = 0; i < d->result.members.n; i++) {
		const struct comm_wire_member *member = &d->wire_members[i];
		const struct comm_wire_topic_ref *refs = member->partitions.items;

		for (size_t k = 0; k < member->partitions.n; k++)
			add(d, refs[k].topic, refs[k].partition)->member = member->member;
	}
}

/* Make one of those that are there twice, for they are committed and assigned. */
static void merge(struct description *d)
{
	size_t n = 0;

	qsort(d->lags, d->n_lags, sizeof *d->lags, compare);
	for (size_t i = 0; i < d->n_lags; i++) {
		struct comm_wire_group_lag *last = n ? &d->lags[n - 1] : NULL;

		if (!last || compare(last, &d->lags[i])) {
			d->lags[n++] = d->lags[i];
			continue;
		}
		last->committed = MAX(last->committed, d->lags[i].committed);
		last->member = last->member.data ? last->member : d->lags[i].member;
	}
	d->n_lags = n;
}

static int list_partitions(struct description *d)
{
	size_t n = (size_t)d->coordinator.committed->cnt;

	for (size_t i = 0; i < d->result.members.n; i++)
		n += d->wire_members[i].partitions.n;
	d->lags = calloc(n + 1, sizeof *d->lags);
	if (!d->lags)
		return -ENOMEM;
	add_committed(d);
	add_assigned(d);
	merge(d);
	d->result.partitions = (struct comm_list){ d->lags, d->n_lags };
	return 0;
}

/* ---- how far it has come ---- */

static rd_kafka_topic_partition_list_t *look_up(struct description *d, int64_t time)
{
	const struct kafka_errand *e = &d->coordinator.errand;
	rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new((int)d->n_lags);
	rd_kafka_topic_partition_list_t *found;

	for (size_t i = 0; i < d->n_lags; i++) {
		char topic[COMM_TOPIC_NAME_MAX + 1];

		(void)snprintf(topic, sizeof topic, "%.*s", (int)d->lags[i].topic.len,
			       d->lags[i].topic.data);
		rd_kafka_topic_partition_list_add(all, topic, (int32_t)d->lags[i].partition);
	}
	found = kafka_offsets_try(all, &e->job, time, e->deadline_ms);
	rd_kafka_topic_partition_list_destroy(all);
	return found;
}

static void measure(struct description *d)
{
	rd_kafka_topic_partition_list_t *low = look_up(d, KAFKA_TIME_BEGIN);
	rd_kafka_topic_partition_list_t *high = look_up(d, KAFKA_TIME_END);

	for (size_t i = 0; i < d->n_lags; i++) {
		struct comm_wire_group_lag *lag = &d->lags[i];
		int64_t from = lag->committed == COMM_NONE ? low->elems[i].offset : lag->committed;

		if (high->elems[i].offset < 0)
			continue;
		lag->end = high->elems[i].offset;
		if (from >= 0)
			lag->lag = MAX(lag->end - from, 0);
	}
	rd_kafka_topic_partition_list_destroy(low);
	rd_kafka_topic_partition_list_destroy(high);
}

/* ---- the group itself ---- */

static void describe(struct description *d)
{
	const rd_kafka_ConsumerGroupDescription_t *g = d->coordinator.described;
	const rd_kafka_Node_t *node = rd_kafka_ConsumerGroupDescription_coordinator(g);
	const char *assignor = rd_kafka_ConsumerGroupDescription_partition_assignor(g);

	d->group = (struct comm_wire_group){
		.group = comm_bytes_of(d->coordinator.errand.name),
		.state = comm_bytes_of(rd_kafka_consumer_group_state_name(
			rd_kafka_ConsumerGroupDescription_state(g))),
		.simple = rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(g),
	};
	d->result.group = &d->group;
	d->result.coordinator = node ? rd_kafka_Node_id(node) : COMM_NONE;
	d->result.assignor = comm_bytes_of(assignor ? assignor : "");
}

/*
 * A group whose members speak Kafka's newer protocol is dead to who asks in the older way, which is all
 * that librdkafka may know: it is listed, and its members stay unknown.
 */
static void look_for(struct description *d)
{
	struct kafka_errand *e = &d->coordinator.errand;
	const rd_kafka_ConsumerGroupListing_t **groups;
	size_t n;

	d->listed = kafka_groups_ask(e);
	if (!d->listed)
		return;
	groups = rd_kafka_ListConsumerGroups_result_valid(
		rd_kafka_event_ListConsumerGroups_result(d->listed), &n);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rd_kafka_ConsumerGroupListing_group_id(groups[i]), e->name))
			continue;
		kafka_groups_describe(groups[i], &d->group);
		return;
	}
	if (!d->n_lags)
		(void)kafka_failure_refuse(&e->why, COMM_EGROUP_QUERY, "group", "%s does not exist",
					   e->subject);
}

/* ---- the errand ---- */

static void run(struct kafka_errand *e)
{
	struct description *d = container_of(e, struct description, coordinator.errand);

	if (kafka_coordinator_ask(&d->coordinator) ||
	    kafka_coordinator_ask_committed(&d->coordinator))
		return;
	if (describe_members(d) || list_partitions(d)) {
		(void)kafka_errand_fail_memory(e);
		return;
	}
	describe(d);
	if (kafka_coordinator_is_dead(&d->coordinator))
		look_for(d);
	if (!e->why.code && d->n_lags)
		measure(d);
}

static const void *finish(struct kafka_errand *e)
{
	struct description *d = container_of(e, struct description, coordinator.errand);

	kafka_coordinator_mark_here(&d->coordinator, d->wire_members, d->result.members.n);
	return &d->result;
}

static void fini(struct kafka_errand *e)
{
	struct description *d = container_of(e, struct description, coordinator.errand);

	free(d->wire_members);
	free(d->assigned);
	free(d->lags);
	if (d->listed)
		rd_kafka_event_destroy(d->listed);
	kafka_coordinator_fini(e);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.finish = finish,
	.fini = fini,
	.before = "group \"",
	.after = "\"",
	.code = COMM_EGROUP_QUERY,
	.size = sizeof(struct description),
};

int kafka_describe_group(struct kafka_client *c, struct comm_bytes group, int timeout_ms,
			 kafka_answer_fn done, void *arg, struct kafka_failure *ret_why)
{
	struct kafka_coordinator *co;
	int error = kafka_coordinator_new(&kind, c, group, &co, ret_why);

	if (error)
		return error;
	return kafka_errand_start(c, &co->errand, timeout_ms, done, arg, ret_why);
}

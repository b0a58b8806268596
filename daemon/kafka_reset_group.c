/*
 * Resetting a group: it goes on elsewhere when its next member comes.
 *
 * The offsets are found as those of a tail are, and committed on the group's behalf, which its
 * coordinator allows as long as it has no members. Only to tell where it would go on, members are no
 * hindrance.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/kafka_consumer.h"
#include "daemon/kafka_coordinator.h"
#include "proto/util.h"

struct reset {
	struct kafka_coordinator coordinator;
	/* What is named, partition RD_KAFKA_PARTITION_UA for a whole topic; owned. Empty: all that is
	 * committed. */
	rd_kafka_topic_partition_list_t *named;
	struct kafka_tail tail;
	bool is_dry;
	struct comm_reset_group_result result;
};

/* ---- which partitions ---- */

static int add_committed(struct reset *r)
{
	struct kafka_errand *e = &r->coordinator.errand;
	const rd_kafka_topic_partition_list_t *parts;

	if (kafka_coordinator_ask_committed(&r->coordinator))
		return e->why.code;
	parts = r->coordinator.committed;
	for (int i = 0; i < parts->cnt; i++)
		if (parts->elems[i].offset >= 0)
			rd_kafka_topic_partition_list_add(r->tail.list, parts->elems[i].topic,
							  parts->elems[i].partition);
	if (r->tail.list->cnt)
		return 0;
	return kafka_failure_refuse(&e->why, COMM_EGROUP_ALTER, "topics",
				    "%s has no committed offsets; name the topics", e->subject);
}

/* The partitions of one topic, from @i on. Returns where the next begins, or -1: it has failed. */
static int add_topic(struct reset *r, int i)
{
	struct kafka_errand *e = &r->coordinator.errand;
	const char *topic = r->named->elems[i].topic;
	bool is_whole = false;
	int32_t n;

	for (; i < r->named->cnt && !strcmp(r->named->elems[i].topic, topic); i++) {
		const rd_kafka_topic_partition_t *part = &r->named->elems[i];

		if (part->partition == RD_KAFKA_PARTITION_UA)
			is_whole = true;
		else
			rd_kafka_topic_partition_list_add(r->tail.list, topic, part->partition)
				->offset = part->offset;
	}
	if (kafka_errand_count(e, topic, &n) ||
	    kafka_tail_add_topic(&r->tail, topic, is_whole, n, &e->why))
		return -1;
	return i;
}

static int list_partitions(struct reset *r)
{
	int i = 0, error = 0;

	if (!r->named->cnt)
		error = add_committed(r);
	rd_kafka_topic_partition_list_sort(r->named, NULL, NULL);
	while (i >= 0 && i < r->named->cnt)
		i = add_topic(r, i);
	rd_kafka_topic_partition_list_sort(r->tail.list, NULL, NULL);
	return i < 0 ? r->coordinator.errand.why.code : error;
}

/* ---- in the thread ---- */

/* Some may have been reset, and others not. */
static void check_parts(struct reset *r, const rd_kafka_topic_partition_list_t *parts)
{
	const rd_kafka_topic_partition_t *failed = NULL;
	char words[COMM_TOPIC_NAME_MAX + 100];
	int n_failed = 0;

	for (int i = 0; i < parts->cnt; i++) {
		if (!parts->elems[i].err)
			continue;
		failed = failed ? failed : &parts->elems[i];
		n_failed++;
	}
	if (!failed)
		return;
	(void)snprintf(words, sizeof words,
		       "topic %s, partition %d; %d of %d partitions were reset", failed->topic,
		       (int)failed->partition, parts->cnt - n_failed, parts->cnt);
	(void)kafka_errand_fail(&r->coordinator.errand, kafka_error_of_group(failed->err), words);
}

static void commit(struct reset *r)
{
	struct kafka_errand *e = &r->coordinator.errand;
	rd_kafka_AlterConsumerGroupOffsets_t *question;
	const rd_kafka_group_result_t **groups;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_event_t *event;
	size_t n;

	if (kafka_errand_ask_change(e))
		return;
	question = rd_kafka_AlterConsumerGroupOffsets_new(e->name, r->tail.list);
	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
	rd_kafka_AlterConsumerGroupOffsets(e->rk, &question, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_AlterConsumerGroupOffsets_destroy(question);
	event = kafka_errand_await(e);
	if (!event)
		return;
	groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
		rd_kafka_event_AlterConsumerGroupOffsets_result(event), &n);
	check_parts(r, rd_kafka_group_result_partitions(groups[0]));
	rd_kafka_event_destroy(event);
}

static void run(struct kafka_errand *e)
{
	struct reset *r = container_of(e, struct reset, coordinator.errand);
	int error;

	error = r->is_dry ? kafka_coordinator_ask(&r->coordinator)
			  : kafka_coordinator_await_none(&r->coordinator);
	if (!error)
		error = list_partitions(r);
	if (!error)
		error = kafka_tail_resolve(&r->tail, &e->job, e->deadline_ms, &e->why);
	if (!error && !r->is_dry)
		commit(r);
}

/* ---- on the loop ---- */

static const void *finish(struct kafka_errand *e)
{
	struct reset *r = container_of(e, struct reset, coordinator.errand);

	r->result.positions = kafka_tail_begins(&r->tail);
	return &r->result;
}

static void fini(struct kafka_errand *e)
{
	struct reset *r = container_of(e, struct reset, coordinator.errand);

	if (r->named)
		rd_kafka_topic_partition_list_destroy(r->named);
	kafka_tail_fini(&r->tail);
	kafka_coordinator_fini(e);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.finish = finish,
	.fini = fini,
	.before = "group \"",
	.after = "\"",
	.code = COMM_EGROUP_ALTER,
	.size = sizeof(struct reset),
};

/* What reads may be told by patterns, what is reset by names. */
static int refuse_patterns(const struct comm_list *topics, struct kafka_failure *ret_why)
{
	const struct comm_wire_topic_ref *refs = topics->items;
	char detail[64];

	for (size_t i = 0; i < topics->n; i++) {
		if (!kafka_pattern_is(refs[i].topic))
			continue;
		(void)snprintf(detail, sizeof detail, "topics[%zu].topic", i);
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "patterns are for subscribe; name the topics");
	}
	return 0;
}

/* Each partition has to go somewhere. */
static int check(const struct kafka *k, const struct comm_reset_group_params *p,
		 enum kafka_start start, struct kafka_failure *ret_why)
{
	const struct comm_wire_topic_ref *refs = p->topics.items;
	const struct kafka_reader_options options = {
		.topics = refs, .n_topics = p->topics.n, .start = start, .at = p->at
	};
	bool has_offsets = p->topics.n;
	int error;

	for (size_t i = 0; i < p->topics.n; i++)
		has_offsets = has_offsets && refs[i].offset != COMM_NONE;
	if (!p->start.data && !has_offsets)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "start",
					    "start: it is needed, unless each partition is named "
					    "with an offset");
	if (!p->topics.n)
		return kafka_ask_start(&options, ret_why);
	error = refuse_patterns(&p->topics, ret_why);
	return error ? error : kafka_ask_check(k, &options, ret_why);
}

static int take(struct reset *r, const struct comm_reset_group_params *p)
{
	const struct comm_wire_topic_ref *refs = p->topics.items;

	r->tail.at = p->at;
	r->is_dry = p->dry_run;
	r->tail.list = rd_kafka_topic_partition_list_new(0);
	r->named = rd_kafka_topic_partition_list_new((int)p->topics.n);
	for (size_t i = 0; i < p->topics.n; i++) {
		_cleanup_free_ char *topic = comm_bytes_dup(refs[i].topic);
		rd_kafka_topic_partition_t *part;

		if (!topic)
			return -ENOMEM;
		part = rd_kafka_topic_partition_list_add(r->named, topic,
							 refs[i].partition == COMM_NONE
								 ? RD_KAFKA_PARTITION_UA
								 : (int32_t)refs[i].partition);
		if (refs[i].offset != COMM_NONE)
			part->offset = refs[i].offset;
	}
	return 0;
}

int kafka_reset_group(struct kafka_client *c, const struct comm_reset_group_params *p,
		      enum kafka_start start, int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why)
{
	struct kafka_coordinator *co;
	struct reset *r;
	int error = check(c->kafka, p, start, ret_why);

	if (!error)
		error = kafka_coordinator_new(&kind, c, p->group, &co, ret_why);
	if (error)
		return error;
	r = container_of(co, struct reset, coordinator);
	r->tail.start = start;
	if (take(r, p)) {
		kafka_errand_free(&co->errand);
		return -ENOMEM;
	}
	if (!r->is_dry)
		kafka_coordinator_leave(co, c);
	return kafka_errand_start(c, &co->errand, timeout_ms, done, arg, ret_why);
}

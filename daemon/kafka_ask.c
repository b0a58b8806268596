#include "daemon/kafka_consumer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_topic.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "proto/util.h"

static int check_pattern(const struct comm_wire_topic_ref *ref, bool has_group, const char *detail,
			 struct kafka_failure *ret_why)
{
	if (!has_group)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "patterns need a group; without one, name the topics");
	if (ref->partition != COMM_NONE || ref->offset != COMM_NONE)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "with a group the brokers decide about partitions");
	return kafka_pattern_check(ref->topic, detail, ret_why);
}

static int check_ref(const struct kafka *k, const struct comm_wire_topic_ref *ref, bool has_group,
		     size_t i, struct kafka_failure *ret_why)
{
	char detail[64];

	(void)snprintf(detail, sizeof detail, "topics[%zu].topic", i);
	if (kafka_pattern_is(ref->topic))
		return check_pattern(ref, has_group, detail, ret_why);
	if (!kafka_topic_is_name(ref->topic))
		return kafka_failure_refuse(
			ret_why, COMM_ETOPIC_UNAVAILABLE, detail,
			"INVALID_TOPIC_EXCEPTION: \"%.*s\" cannot be the name of "
			"a topic: 1 to %d of A-Z a-z 0-9 . _ - are",
			(int)MIN(ref->topic.len, (size_t)COMM_TOPIC_NAME_MAX), ref->topic.data,
			COMM_TOPIC_NAME_MAX);
	if (k->dev && !kafka_dev_has_topic(k->dev, ref->topic)) {
		kafka_failure_set(ret_why, COMM_ETOPIC_UNAVAILABLE,
				  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic %.*s",
				  (int)ref->topic.len, ref->topic.data);
		return ret_why->code;
	}
	(void)snprintf(detail, sizeof detail, "topics[%zu].partition", i);
	if (has_group && ref->partition != COMM_NONE)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "with a group the brokers decide about partitions");
	if (ref->partition != COMM_NONE && (ref->partition < 0 || ref->partition > INT32_MAX))
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "partitions are numbered from 0");
	(void)snprintf(detail, sizeof detail, "topics[%zu].offset", i);
	if (ref->offset != COMM_NONE && (has_group || ref->partition == COMM_NONE))
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "an offset needs a partition, and no group");
	if (ref->offset != COMM_NONE && ref->offset < 0)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "offsets are numbered from 0");
	return 0;
}

static bool needs_at(enum kafka_start start)
{
	return start != KAFKA_EARLIEST && start != KAFKA_LATEST;
}

int kafka_ask_check_at(enum kafka_start start, int64_t at, struct kafka_failure *ret_why)
{
	if (needs_at(start) && at < 0)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "at",
					    "this start needs a number from 0");
	return 0;
}

int kafka_ask_start(const struct kafka_reader_options *o, struct kafka_failure *ret_why)
{
	if (needs_at(o->start) && o->group.data)
		return kafka_failure_refuse(
			ret_why, COMM_EBAD_VALUE, "start",
			"with a group it is earliest or latest, for the group's "
			"committed offsets say where to go on");
	return kafka_ask_check_at(o->start, o->at, ret_why);
}

/* By topic, then by partition, then by place. */
static int compare(const void *a, const void *b)
{
	const struct comm_wire_topic_ref *x = *(const struct comm_wire_topic_ref *const *)a;
	const struct comm_wire_topic_ref *y = *(const struct comm_wire_topic_ref *const *)b;
	int r = comm_bytes_compare(x->topic, y->topic);

	if (!r)
		r = (x->partition > y->partition) - (x->partition < y->partition);
	return r ? r : (x > y) - (x < y);
}

static int check_sorted(const struct kafka_reader_options *o,
			const struct comm_wire_topic_ref *const *refs,
			struct kafka_failure *ret_why)
{
	size_t n_names = 0, n_patterns = 0;
	char detail[64];

	for (size_t i = 0; i < o->n_topics; i++) {
		if (!i || comm_bytes_compare(refs[i]->topic, refs[i - 1]->topic)) {
			n_names++;
			n_patterns += kafka_pattern_is(refs[i]->topic);
			continue;
		}
		if (refs[i]->partition == COMM_NONE || refs[i]->partition != refs[i - 1]->partition)
			continue;
		(void)snprintf(detail, sizeof detail, "topics[%zu]", (size_t)(refs[i] - o->topics));
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail,
					    "this partition is named twice");
	}
	if (n_names > COMM_TOPICS_MAX)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "topics",
					    "%zu topics; at most %d are allowed", n_names,
					    COMM_TOPICS_MAX);
	if (n_patterns > KAFKA_PATTERNS_MAX)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "topics",
					    "%zu patterns; at most %d are allowed, join some of "
					    "them by \"|\"",
					    n_patterns, KAFKA_PATTERNS_MAX);
	return 0;
}

/* Each partition is named once, and a subscription has not too many topics. */
static int check_names(const struct kafka_reader_options *o, struct kafka_failure *ret_why)
{
	const struct comm_wire_topic_ref **refs =
		reallocarray(NULL, o->n_topics, sizeof(struct comm_wire_topic_ref *));
	int error;

	if (!refs)
		return -ENOMEM;
	for (size_t i = 0; i < o->n_topics; i++)
		refs[i] = &o->topics[i];
	qsort(refs, o->n_topics, sizeof(struct comm_wire_topic_ref *), compare);
	error = check_sorted(o, refs, ret_why);
	free(refs);
	return error;
}

int kafka_ask_group(struct comm_bytes group, struct kafka_failure *ret_why)
{
	if (group.len && group.len <= COMM_NAME_MAX && !memchr(group.data, '\0', group.len))
		return 0;
	return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "group",
				    "the name of a group has 1 to %d bytes, none of them 0",
				    COMM_NAME_MAX);
}

int kafka_ask_check(const struct kafka *k, const struct kafka_reader_options *o,
		    struct kafka_failure *ret_why)
{
	bool has_group = o->group.data != NULL;
	int error = 0;

	if (!o->n_topics)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "topics",
					    "at least one is needed");
	if (has_group)
		error = kafka_ask_group(o->group, ret_why);
	if (!error)
		error = kafka_ask_start(o, ret_why);
	if (!error)
		error = check_names(o, ret_why);
	for (size_t i = 0; i < o->n_topics && !error; i++)
		error = check_ref(k, &o->topics[i], has_group, i, ret_why);
	return error;
}

static int add(rd_kafka_topic_partition_list_t *list, const struct comm_wire_topic_ref *ref)
{
	_cleanup_free_ char *topic = comm_bytes_dup(ref->topic);
	rd_kafka_topic_partition_t *part;

	if (!topic)
		return -ENOMEM;
	part = rd_kafka_topic_partition_list_add(list, topic, (int32_t)ref->partition);
	if (ref->offset != COMM_NONE)
		part->offset = ref->offset;
	return 0;
}

static void note_whole(const struct kafka_reader *r, struct kafka_tail *t, struct comm_bytes topic)
{
	for (size_t i = 0; i < r->n_topics; i++)
		if (comm_bytes_is(topic, r->topics[i]))
			t->is_whole[i] = true;
}

int kafka_ask_list(const struct kafka_reader_options *o, const struct kafka_reader *r,
		   struct kafka_tail *t)
{
	int error = 0;

	t->list = rd_kafka_topic_partition_list_new((int)o->n_topics);
	t->is_whole = calloc(r->n_topics, sizeof *t->is_whole);
	if (!t->is_whole)
		return -ENOMEM;
	for (size_t i = 0; i < o->n_topics && !error; i++)
		if (o->topics[i].partition != COMM_NONE)
			error = add(t->list, &o->topics[i]);
		else
			note_whole(r, t, o->topics[i].topic);
	return error;
}

/*
 * Topics and partitions that a request names, such as the ones to pause. They are sorted once, so that
 * each partition of a reader is looked up among them and the work does not grow with both.
 */
#include "daemon/kafka_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "proto/util.h"

/* By topic, then by partition; a whole topic comes first. */
static int compare(const void *a, const void *b)
{
	const struct comm_wire_topic_ref *x = *(const struct comm_wire_topic_ref *const *)a;
	const struct comm_wire_topic_ref *y = *(const struct comm_wire_topic_ref *const *)b;
	int order = comm_bytes_compare(x->topic, y->topic);

	return order ? order : (x->partition > y->partition) - (x->partition < y->partition);
}

static const char *problem_of(const struct comm_wire_topic_ref *ref, bool allow_offsets)
{
	if (ref->partition != COMM_NONE && (ref->partition < 0 || ref->partition > INT32_MAX))
		return "partitions are numbered from 0";
	if (ref->offset == COMM_NONE)
		return NULL;
	if (!allow_offsets)
		return "no offset is wanted here";
	if (ref->partition == COMM_NONE)
		return "an offset needs a partition";
	return ref->offset < 0 ? "offsets are numbered from 0" : NULL;
}

static int refuse(const struct kafka_names *n, const struct comm_wire_topic_ref *ref,
		  const char *problem, struct kafka_failure *ret_why)
{
	char detail[64];

	(void)snprintf(detail, sizeof detail, "topics[%zu]", (size_t)(ref - n->refs));
	return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, detail, "%s", problem);
}

static int check(const struct kafka_names *n, bool allow_offsets, struct kafka_failure *ret_why)
{
	for (size_t i = 0; i < n->n; i++) {
		const char *problem = problem_of(&n->refs[i], allow_offsets);

		if (problem)
			return refuse(n, &n->refs[i], problem, ret_why);
	}
	for (size_t i = 1; i < n->n; i++)
		if (!compare(&n->sorted[i - 1], &n->sorted[i]))
			return refuse(n, n->sorted[i], "this topic or partition is named twice",
				      ret_why);
	return 0;
}

int kafka_names_init(struct kafka_names *n, const struct comm_wire_topic_ref *refs, size_t n_refs,
		     bool allow_offsets, struct kafka_failure *ret_why)
{
	int error;

	*n = (struct kafka_names){ .refs = refs, .n = n_refs };
	if (!n_refs)
		return 0;
	n->sorted = reallocarray(NULL, n_refs, sizeof(struct comm_wire_topic_ref *));
	if (!n->sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n_refs; i++)
		n->sorted[i] = &refs[i];
	qsort(n->sorted, n_refs, sizeof(struct comm_wire_topic_ref *), compare);
	error = check(n, allow_offsets, ret_why);
	if (error)
		kafka_names_fini(n);
	return error;
}

void kafka_names_fini(struct kafka_names *n)
{
	free(n->sorted);
}

static const struct comm_wire_topic_ref *find(const struct kafka_names *n, struct comm_bytes topic,
					      int64_t partition)
{
	const struct comm_wire_topic_ref wanted = { .topic = topic, .partition = partition };
	const struct comm_wire_topic_ref *key = &wanted, *const * found;

	found = bsearch(&key, n->sorted, n->n, sizeof(struct comm_wire_topic_ref *), compare);
	return found ? *found : NULL;
}

const struct comm_wire_topic_ref *kafka_names_find(const struct kafka_names *n, const char *topic,
						   int32_t number)
{
	static const struct comm_wire_topic_ref everything = { .partition = COMM_NONE,
							       .offset = COMM_NONE };
	struct comm_bytes name = comm_bytes_of(topic);
	const struct comm_wire_topic_ref *ref;

	if (!n->n)
		return &everything;
	ref = find(n, name, number);
	return ref ? ref : find(n, name, COMM_NONE);
}

static int compare_topic(const void *topic, const void *p)
{
	const struct kafka_partition *part = *(struct kafka_partition *const *)p;

	return comm_bytes_compare(*(const struct comm_bytes *)topic, comm_bytes_of(part->topic));
}

static bool has_topic(const struct kafka_reader *r, struct comm_bytes topic)
{
	return r->n_partitions && bsearch(&topic, r->partitions, r->n_partitions,
					  sizeof(struct kafka_partition *), compare_topic);
}

static bool is_owned(const struct kafka_reader *r, const struct comm_wire_topic_ref *ref)
{
	return ref->partition == COMM_NONE
		       ? has_topic(r, ref->topic)
		       : kafka_partition_find(r->partitions, r->n_partitions, ref->topic,
					      (int32_t)ref->partition) != NULL;
}

static int refuse_stranger(const struct comm_wire_topic_ref *ref, size_t i,
			   struct kafka_failure *ret_why)
{
	int len = (int)MIN(ref->topic.len, (size_t)COMM_TOPIC_NAME_MAX);
	char detail[64];

	(void)snprintf(detail, sizeof detail, "topics[%zu]", i);
	if (ref->partition == COMM_NONE)
		return kafka_failure_refuse(ret_why, COMM_ESTALE, detail,
					    "this subscription has no partition of topic %.*s now",
					    len, ref->topic.data);
	return kafka_failure_refuse(ret_why, COMM_ESTALE, detail,
				    "topic %.*s, partition %d is not this subscription's now", len,
				    ref->topic.data, (int)ref->partition);
}

int kafka_names_check(const struct kafka_names *n, const struct kafka_reader *r,
		      struct kafka_failure *ret_why)
{
	size_t i = 0;

	if (!r->consumer)
		return kafka_reader_explain(r, ret_why);
	while (i < n->n && is_owned(r, &n->refs[i]))
		i++;
	if (n->n && i == n->n)
		return 0;
	/* To do nothing, and call it done, would surprise who has just subscribed. */
	if (!kafka_group_is_settled(r->consumer))
		return kafka_failure_refuse(ret_why, COMM_EBUSY, NULL,
					    "the group has given this subscription no partitions "
					    "yet; try again");
	return n->n ? refuse_stranger(&n->refs[i], i, ret_why) : 0;
}

/*
 * Partitions that a reader keeps and does not read
 *
 * One that is paused is routed to its consumer's parking, which nobody takes from: librdkafka fetches
 * until that is full, or sleeps (kafka_sleep.c), and no more. To be resumed is to go back to the reader's
 * own lane, at its position. librdkafka's own pausing drops what was fetched each time, which is too much
 * for a moment.
 *
 * The reader remembers what it has paused, so that a partition that is taken away and given back, as
 * happens to all of them when a group's members change, is still paused then.
 */
#include "daemon/kafka_consumer.h"

#include <stdlib.h>

#include "daemon/kafka_names.h"

static int compare(const void *p, const void *paused)
{
	const rd_kafka_topic_partition_t *part = paused;
	int order = kafka_partition_compare(part->topic, part->partition, p);

	return (order < 0) - (order > 0);
}

bool kafka_pause_has(const struct kafka_reader *r, const struct kafka_partition *p)
{
	return r->paused && r->paused->cnt &&
	       bsearch(p, r->paused->elems, (size_t)r->paused->cnt, sizeof *r->paused->elems,
		       compare);
}

/* Without what was paused, the rest may be at its end. */
static void tell_change(struct kafka_reader *r)
{
	if (r->consumer)
		kafka_source_again(&r->consumer->source);
}

int kafka_reader_pause(struct kafka_reader *r, const struct comm_wire_topic_ref *refs,
		       size_t n_refs, struct kafka_failure *ret_why)
{
	struct kafka_names names;
	int error = kafka_names_init(&names, refs, n_refs, false, ret_why);

	if (error)
		return error;
	error = kafka_names_check(&names, r, ret_why);
	if (!error && !r->paused)
		r->paused = rd_kafka_topic_partition_list_new((int)r->n_partitions);
	for (size_t i = 0; i < r->n_partitions && !error; i++) {
		struct kafka_partition *p = r->partitions[i];

		if (p->is_paused || !kafka_names_find(&names, p->topic, p->number))
			continue;
		rd_kafka_topic_partition_list_add(r->paused, p->topic, p->number);
		kafka_partition_pause(p, true);
	}
	if (!error)
		rd_kafka_topic_partition_list_sort(r->paused, NULL, NULL);
	kafka_names_fini(&names);
	tell_change(r);
	return error;
}

/* Forget those that are named. */
static void forget(struct kafka_reader *r, const struct kafka_names *names)
{
	rd_kafka_topic_partition_list_t *kept =
		rd_kafka_topic_partition_list_new(names->n ? r->paused->cnt : 0);

	for (int i = 0; i < r->paused->cnt; i++) {
		const rd_kafka_topic_partition_t *part = &r->paused->elems[i];

		if (!kafka_names_find(names, part->topic, part->partition))
			rd_kafka_topic_partition_list_add(kept, part->topic, part->partition);
	}
	rd_kafka_topic_partition_list_destroy(r->paused);
	r->paused = kept;
}

int kafka_reader_resume(struct kafka_reader *r, const struct comm_wire_topic_ref *refs,
			size_t n_refs, struct kafka_failure *ret_why)
{
	struct kafka_names names;
	int error = kafka_names_init(&names, refs, n_refs, false, ret_why);

	if (error)
		return error;
	for (size_t i = 0; i < r->n_partitions; i++) {
		struct kafka_partition *p = r->partitions[i];

		if (p->is_paused && kafka_names_find(&names, p->topic, p->number))
			kafka_partition_pause(p, false);
	}
	if (r->paused)
		forget(r, &names);
	kafka_names_fini(&names);
	return 0;
}

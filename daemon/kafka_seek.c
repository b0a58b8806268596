#include "daemon/kafka_consumer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_names.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * To go on elsewhere, the brokers are asked in a thread which offsets there are. Back on the loop the
 * partitions that are still the reader's move: their position is the new offset, as if everything
 * before had been acknowledged and nothing behind it handed out, so that what the client says about
 * older records moves nothing.
 *
 * The reader may have been closed, lost its consumer, or been told not to wait in the meantime.
 */
struct kafka_seek {
	struct kafka_job job;
	struct kafka_reader *reader; /* borrowed; NULL: nobody waits any more */
	struct kafka_tail tail;
	uint64_t deadline_ms; /* of kafka_thread_ms() */
	struct kafka_failure why;
	kafka_positions_fn done;
	void *arg;
};

static void seek_free(struct kafka_seek *s)
{
	kafka_tail_fini(&s->tail);
	free(s);
}

static void on_run(struct kafka_job *job)
{
	struct kafka_seek *s = container_of(job, struct kafka_seek, job);

	if (s->tail.list->cnt)
		(void)kafka_tail_resolve(&s->tail, job, s->deadline_ms, &s->why);
}

/* Move what is still the reader's, and leave the rest out of what is told. Returns how many there are. */
static size_t move_all(struct kafka_seek *s)
{
	struct comm_wire_position *begins = s->tail.begins;
	struct kafka_reader *r = s->reader;
	size_t n = 0;

	for (int i = 0; i < s->tail.list->cnt; i++) {
		const rd_kafka_topic_partition_t *part = &s->tail.list->elems[i];
		struct kafka_partition *p =
			kafka_partition_find(r->partitions, r->n_partitions,
					     comm_bytes_of(part->topic), part->partition);

		if (!p)
			continue;
		kafka_partition_move(p, part->offset);
		begins[n++] = begins[i];
	}
	return n;
}

static void move(struct kafka_seek *s, struct comm_list *ret)
{
	struct kafka_reader *r = s->reader;

	*ret = (struct comm_list){ s->tail.begins, move_all(s) };
	kafka_assignment_store(r->consumer);
	/* It is not where it was told that it is. */
	if (ret->n)
		r->is_told_end = false;
	/* Those that were to go when they are acknowledged may go now. */
	kafka_share_hand_over(r->consumer);
}

static void finish(struct kafka_seek *s, struct comm_list positions)
{
	s->done(s->arg, s->why.code ? &s->why : NULL, positions);
	seek_free(s);
}

static void on_done(struct kafka_job *job)
{
	struct kafka_seek *s = container_of(job, struct kafka_seek, job);
	struct kafka_reader *r = s->reader;
	struct comm_list positions = { NULL, 0 };

	if (job->client->kafka->is_closing)
		(void)kafka_failure_refuse(&s->why, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	else if (!r)
		(void)kafka_failure_refuse(&s->why, COMM_ENO_SUBSCRIPTION, NULL,
					   "the subscription has been ended");
	else if (!r->consumer)
		(void)kafka_reader_explain(r, &s->why);
	if (r)
		r->seek = NULL;
	if (!s->why.code)
		move(s, &positions);
	finish(s, positions);
}

static void on_skip(struct kafka_job *job)
{
	struct kafka_seek *s = container_of(job, struct kafka_seek, job);

	kafka_reader_seek_cancel(s->reader);
	(void)kafka_failure_refuse(&s->why, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	finish(s, (struct comm_list){ NULL, 0 });
}

void kafka_reader_seek_cancel(struct kafka_reader *r)
{
	if (!r || !r->seek)
		return;
	r->seek->reader = NULL;
	r->seek = NULL;
}

/* ---- the beginning ---- */

/* The partitions that are named, with the offsets that are named with them. */
static int list_named(const struct kafka_reader *r, const struct kafka_seek_options *o,
		      rd_kafka_topic_partition_list_t *list, struct kafka_failure *ret_why)
{
	struct kafka_names names;
	int error = kafka_names_init(&names, o->topics, o->n_topics, true, ret_why);

	if (error)
		return error;
	error = kafka_names_check(&names, r, ret_why);
	for (size_t i = 0; i < r->n_partitions && !error; i++) {
		const struct kafka_partition *p = r->partitions[i];
		const struct comm_wire_topic_ref *ref =
			kafka_names_find(&names, p->topic, p->number);
		rd_kafka_topic_partition_t *part;

		if (!ref)
			continue;
		part = rd_kafka_topic_partition_list_add(list, p->topic, p->number);
		if (ref->offset != COMM_NONE)
			part->offset = ref->offset;
	}
	kafka_names_fini(&names);
	if (!error && list->cnt > KAFKA_TAIL_PARTITIONS_MAX)
		return kafka_failure_refuse(ret_why, COMM_ETOO_BIG, "topics",
					    "they have more than %d partitions; name some of them",
					    KAFKA_TAIL_PARTITIONS_MAX);
	return error;
}

static int begin(struct kafka_seek *s, struct kafka_failure *ret_why)
{
	struct kafka_client *c = s->reader->client;
	int error = kafka_job_start(c, &s->job);

	if (error == COMM_EBUSY)
		return kafka_failure_refuse(ret_why, error, NULL,
					    "too many calls to the brokers wait already");
	if (error)
		return kafka_failure_refuse(ret_why, error, NULL, "commd is shutting down");
	s->reader->seek = s;
	return 0;
}

int kafka_reader_seek(struct kafka_reader *r, const struct kafka_seek_options *o,
		      kafka_positions_fn done, void *arg, struct kafka_failure *ret_why)
{
	struct kafka_seek *s;
	int error = kafka_ask_check_at(o->start, o->at, ret_why);

	if (error)
		return error;
	if (r->seek)
		return kafka_failure_refuse(ret_why, COMM_EBUSY, NULL,
					    "a seek of this subscription is under way");
	s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	*s = (struct kafka_seek){
		.job = { .run = on_run, .done = on_done, .skip = on_skip },
		.reader = r,
		.tail = { .start = o->start, .at = o->at },
		.deadline_ms = kafka_thread_ms() + (uint64_t)MAX(o->timeout_ms, 0),
		.done = done,
		.arg = arg,
	};
	s->tail.list = rd_kafka_topic_partition_list_new((int)r->n_partitions);
	error = list_named(r, o, s->tail.list, ret_why);
	if (!error)
		error = begin(s, ret_why);
	if (error)
		seek_free(s);
	return error;
}

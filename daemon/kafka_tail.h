#pragma once

/*
 * Tail: where to begin, or to go on, in partitions: as offsets, times, or numbers of records before the
 * end are turned into offsets, and what a subscription may ask for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/kafka_internal.h"

struct kafka_reader;

/* Most partitions of a tail: one answer tells where each begins, topics with long names among them. */
#define KAFKA_TAIL_PARTITIONS_MAX 60000

/* Where a tail begins; resolved in a job. A reader with a group has no list. */
struct kafka_tail {
	enum kafka_start start;
	int64_t at;
	rd_kafka_topic_partition_list_t *list; /* owned; in: offsets asked for, or INVALID */
	bool *is_whole; /* owned; of each topic of the reader: all partitions are asked for */
	struct comm_wire_position *begins; /* owned; once resolved, one for each of the list */
};

/* ---- kafka_ask.c: what a subscription may ask for ---- */

/* Whether @group can be the name of one. Returns 0 or COMM_EBAD_VALUE with @ret_why. */
int kafka_ask_group(struct comm_bytes group, struct kafka_failure *ret_why);

/* Whether start and at of @o go together. Returns 0 or COMM_EBAD_VALUE with @ret_why. */
int kafka_ask_start(const struct kafka_reader_options *o, struct kafka_failure *ret_why);
/* Whether @at is what @start needs. Returns 0 or COMM_EBAD_VALUE with @ret_why. */
int kafka_ask_check_at(enum kafka_start start, int64_t at, struct kafka_failure *ret_why);

/* Returns 0, COMM_ETOPIC_UNAVAILABLE or COMM_EBAD_VALUE with @ret_why, or -ENOMEM. */
int kafka_ask_check(const struct kafka *k, const struct kafka_reader_options *o,
		    struct kafka_failure *ret_why);

/*
 * What @o names, which has been checked, for the topics of @r: fill in the list and is_whole of @t,
 * which are the caller's in any case. Returns 0 or -ENOMEM.
 */
int kafka_ask_list(const struct kafka_reader_options *o, const struct kafka_reader *r,
		   struct kafka_tail *t);

/* ---- kafka_tail.c: where a tail begins ---- */

/*
 * Of the topic @name, which has @n_partitions: add those that are not in the list, if @is_whole; those
 * that are must be there. Returns 0 or a code with @ret_why.
 */
int kafka_tail_add_topic(struct kafka_tail *t, const char *name, bool is_whole,
			 int32_t n_partitions, struct kafka_failure *ret_why);

/*
 * Replace what was asked for by offsets, and note them in begins; in the thread of @j, up to
 * @deadline_ms of kafka_thread_ms(). Returns 0 or a code with @ret_why.
 */
int kafka_tail_resolve(struct kafka_tail *t, const struct kafka_job *j, uint64_t deadline_ms,
		       struct kafka_failure *ret_why);

/* What has been resolved, of struct comm_wire_position; it lives as long as @t. */
struct comm_list kafka_tail_begins(const struct kafka_tail *t);
void kafka_tail_fini(struct kafka_tail *t);

#pragma once

/*
 * Names: the topics and partitions that a request is about, of those that a reader has.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/kafka.h"

struct kafka_names {
	const struct comm_wire_topic_ref *refs;    /* borrowed; as they were given */
	const struct comm_wire_topic_ref **sorted; /* owned; the same */
	size_t n;                                  /* 0: everything is named */
};

/*
 * Returns 0; COMM_EBAD_VALUE with @ret_why for names that are wrong in themselves: an offset where
 * none is allowed, a partition that is named twice; or -ENOMEM.
 */
int kafka_names_init(struct kafka_names *n, const struct comm_wire_topic_ref *refs, size_t n_refs,
		     bool allow_offsets, struct kafka_failure *ret_why);
void kafka_names_fini(struct kafka_names *n);

/* What the partition is named by: itself, or its topic. NULL: it is not. */
const struct comm_wire_topic_ref *kafka_names_find(const struct kafka_names *n, const char *topic,
						   int32_t number);

/*
 * Whether each of them is a partition of @r now, or a topic that it has partitions of. Returns 0, or
 * COMM_ESTALE, COMM_EBUSY (the group has given it none yet), or why the reader has ended, with @ret_why.
 */
int kafka_names_check(const struct kafka_names *n, const struct kafka_reader *r,
		      struct kafka_failure *ret_why);

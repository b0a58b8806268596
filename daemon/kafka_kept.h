#pragma once

/*
 * Kept: records that a failed producer has given back, as copies, until the next one takes them.
 *
 * They are their topics'. Each still is one of the records in flight, and its outcome is open.
 */

#include <stddef.h>

#include "daemon/kafka_internal.h"
#include "daemon/kafka_topic.h"

struct kafka_producer;

struct kafka_kept {
	STAILQ_ENTRY(kafka_kept) entry;
	struct kafka_outcome *outcome;  /* borrowed from its batch */
	struct comm_wire_record record; /* what it points at follows in bytes */
	_Alignas(max_align_t) char bytes[];
};

/* Keep a copy of a record for the next handle. Without memory it fails, and when its time has passed. */
void kafka_kept_add(struct kafka_producer *p, const struct comm_wire_record *r,
		    struct kafka_outcome *o);
void kafka_kept_add_message(struct kafka_producer *p, const rd_kafka_message_t *m);

/* Free @kept, which is in no list any more: its record has failed with @err, or is taken if that is 0. */
void kafka_kept_drop(struct kafka_producer *p, struct kafka_kept *kept, rd_kafka_resp_err_t err);

/* Fail what is kept in @list, or all that is. */
void kafka_kept_drop_list(struct kafka_producer *p, struct kafka_kept_list *list,
			  rd_kafka_resp_err_t err);
void kafka_kept_drop_all(struct kafka_producer *p, rd_kafka_resp_err_t err);

/* Once a second: fail what was kept first longer ago than a message may take. */
void kafka_kept_expire(struct kafka_producer *p);

/* Into the order in which they were sent first. Returns 0, or -ENOMEM. */
int kafka_kept_sort(struct kafka_kept_list *list);

#pragma once

/*
 * Batch: records of one topic that leave as one send request, encoded as they come, and who wants
 * to know what becomes of each.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "client/api.h"
#include "client/call.h"

struct topic;

/* One record of a batch. */
struct slot {
	comm_sent_fn done; /* or NULL */
	void *arg;
	size_t end; /* of its bytes, from the first record's first */
};

struct batch {
	struct call call;
	struct topic *topic;   /* borrowed; counts this batch */
	struct comm_buf slots; /* a struct slot for each record */
	size_t n;
	size_t records_at; /* of the first record, in call.bytes */
	int64_t leave_by_ms;
	TAILQ_ENTRY(batch) entry; /* on producer::open, or spare */
};

TAILQ_HEAD(batch_list, batch);

static inline struct slot *batch_slots(const struct batch *b)
{
	return (struct slot *)comm_buf_bytes(&b->slots);
}

/* Returns NULL when out of memory. */
struct batch *batch_new(void);
void batch_free(struct batch *b);

/* Make a new or used batch an empty one for @topic. Returns 0 or -ENOMEM. */
int batch_start(struct batch *b, uint64_t id, struct comm_bytes topic);

/* Make room for @n records of @n_bytes and no more. Returns 0 or -ENOMEM. */
int batch_expect(struct batch *b, size_t n, size_t n_bytes);

/* Add a record, whose fields are allowed. Returns 0 or -ENOMEM; then the batch is as it was. */
int batch_add(struct batch *b, const struct comm_record *r, comm_sent_fn done, void *arg);

/* Bytes of its records. */
size_t batch_n_bytes(const struct batch *b);

/* Make it a whole request; nothing can be added then. Returns 0 or -ENOMEM. */
int batch_seal(struct batch *b, struct comm_bytes topic, enum comm_ack ack);

/* Remove record @i of a sealed batch, which is to be sealed again. */
void batch_cut(struct batch *b, size_t i);

#pragma once

/*
 * Producer: gathers records into batches, decides when they leave, and tells their outcomes.
 *
 * Each topic clocks itself: while none of its requests is under way a record leaves at once; else
 * records gather and leave when the answer is there, or when enough have gathered. One topic that
 * waits for its brokers does not delay another.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/batch.h"
#include "client/topic_set.h"

struct comm;
struct reply;

/* Most bytes of a send around its records, and of a record or header around its bytes. */
#define PRODUCER_REQUEST_EXTRA (COMM_TOPIC_NAME_MAX + 64)
#define PRODUCER_RECORD_EXTRA  40
#define PRODUCER_HEADER_EXTRA  12

struct producer {
	struct topic_set topics;
	struct batch_list open;
	struct batch_list spare; /* owned, with their memory */
	size_t n_spare;
	size_t least_spare; /* of late */
	size_t n_taken;     /* from spare, of late */
	size_t n_open;      /* records without outcome */
	size_t n_bytes;     /* of those */
	size_t window_records;
	size_t window_bytes;
};

void producer_init(struct producer *p, const struct comm_options *options);

/* Everything is dropped, nobody is called back; the settings stay. */
void producer_drop(struct producer *p);

/*
 * Add a record that takes no more than @size bytes and is allowed; it may leave at once. Its outcome
 * is due within the handle's time, and no later than @due_ms.
 * Returns 0, COMM_EBAD_VALUE for the topic's name, or COMM_ENO_MEMORY.
 */
int producer_add(struct comm *c, const char *topic, const struct comm_record *r, size_t size,
		 int64_t due_ms, comm_sent_fn done, void *arg);

/* Whether so much waits to be written that the daemon must take some of it first. */
bool producer_is_congested(const struct comm *c);

/* Let the records leave whose topics have no request under way, or that have waited too long. */
void producer_release(struct comm *c, int64_t now_ms);

/* Let all leave now. */
void producer_flush(struct comm *c);

/* End gathered records: those beyond their deadline, or all, with comm::error as the sentence. */
void producer_expire(struct comm *c, int64_t now_ms);
void producer_fail_open(struct comm *c, int error);

bool producer_needs_connection(const struct comm *c);

/* When producer_release() or producer_expire() is due without any event; INT64_MAX: never. */
int64_t producer_due_ms(const struct comm *c);

/* An end of a batch: tell each record's outcome. In outcome.c. */
void batch_done(struct comm *c, struct call *call, const struct reply *reply);

/* The batch has told all its outcomes. */
void producer_recycle(struct comm *c, struct batch *b);

/* Send a batch again from which a record was cut. */
void producer_resend(struct comm *c, struct batch *b);

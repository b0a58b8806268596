#pragma once

/*
 * Lane: the queue of a reader, and what has been taken out of it but not handed out.
 *
 * A partition is routed to the lane of the reader that owns it, so that it moves between readers without
 * Kafka taking notice.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/kafka_internal.h"

struct kafka_consumer;
struct kafka_partition;
struct kafka_reader;

/* Most records taken out of a lane's queue at once: as many as a receive gets that names no number. */
#define KAFKA_LANE_PENDING 1000

/* A message out of a lane's queue. */
struct kafka_pending {
	rd_kafka_message_t *message;       /* owned */
	const rd_kafka_headers_t *headers; /* in it; NULL: none */
	bool is_readable;                  /* else it has headers that librdkafka does not read */
	size_t size;                       /* of key, value and headers */
};

/*
 * A queue that partitions are routed to: a reader's, or the one for those that nobody may take from.
 * One for all of a reader's partitions, since librdkafka bounds what it prefetches by the queue.
 */
struct kafka_lane {
	struct kafka_consumer *consumer; /* borrowed */
	struct kafka_reader *reader;     /* borrowed; NULL: the consumer's parking */
	rd_kafka_queue_t *queue;         /* owned; NULL: it is closed */
	struct kafka_source source;      /* a reader's only */
	struct kafka_pending
		*pending; /* owned; out of the queue, from the first to before the end */
	size_t first;
	size_t end;
	size_t at_once;               /* how many to take out of the queue when there are none */
	struct kafka_partition *last; /* borrowed; that of the last record */
	size_t n_records;             /* taken since it was last empty */
	size_t n_bytes;               /* of those */
	size_t average;               /* bytes of one, before that */
	bool was_full;                /* since then */
	/* kafka_sleep.c */
	bool is_asleep;       /* kept empty, since nobody takes from it */
	bool is_owed;         /* it has woken, and nothing was taken since */
	uint64_t used_ms;     /* when somebody took from it, or waited, on the loop's clock */
	uint64_t used_bytes;  /* what the consumer's readers had taken then */
	uint64_t patience_ms; /* how long nobody may take what is there */
};

/* ---- kafka_lane.c: the queue of a reader ---- */

/* @r is NULL for a parking. Returns 0 or -ENOMEM. */
int kafka_lane_open(struct kafka_lane *l, struct kafka_consumer *c, struct kafka_reader *r);

/* Harmless for one that is not open. */
void kafka_lane_close(struct kafka_lane *l);

/* The partition of @m, which names one; NULL: its records do not come this way (any more). */
struct kafka_partition *kafka_lane_partition(struct kafka_lane *l, const rd_kafka_message_t *m);

/* Drop what has been taken out of the queue of @p, which is sought, or comes or goes. */
void kafka_lane_forget(struct kafka_lane *l, const struct kafka_partition *p);

/* Drop what is there; it is fetched anew. Positions that were not known are then. */
void kafka_lane_flush(struct kafka_lane *l);

/* Prepare to take at most so many records, of so many bytes. */
void kafka_lane_look(struct kafka_lane *l, size_t max_records, size_t max_bytes);

/*
 * The next record that is for the reader, the caller's from here on; valid until the next call. Takes
 * note of ends and failures. Returns NULL if there is none.
 */
const struct kafka_pending *kafka_lane_take(struct kafka_lane *l,
					    struct kafka_partition **ret_partition);

/* What was taken last is not wanted now. */
void kafka_lane_put_back(struct kafka_lane *l);

/* Have the next records out of the queue before they are asked for. */
void kafka_lane_prepare(struct kafka_lane *l);

/* How much is there to take, ends and failures included. */
size_t kafka_lane_length(const struct kafka_lane *l);

/* ---- kafka_lane_error.c: what comes there and is no record ---- */

/* Take at most @n messages out of the queue. Returns how many. */
size_t kafka_lane_poll(struct kafka_lane *l, rd_kafka_message_t **messages, size_t n);

/* A message that is an error. */
void kafka_lane_on_message(struct kafka_lane *l, const rd_kafka_message_t *m);

/* librdkafka's error callback. */
void kafka_lane_on_callback(rd_kafka_t *rk, int err, const char *words, void *opaque);

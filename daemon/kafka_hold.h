#pragma once

/*
 * Hold: records in the words of the wire, and librdkafka's messages that keep their bytes alive.
 *
 * Used again for every fetch, so that a record costs no allocation of ours.
 */

#include <stddef.h>

#include "daemon/kafka_internal.h"
#include "proto/limits.h"

struct kafka_pending;

/* Most values on the wire that the records of an answer have, with room for what surrounds them. */
#define KAFKA_HOLD_OBJECTS_MAX (COMM_OBJECTS_MAX - 4096)

/* The same in bytes. */
#define KAFKA_HOLD_BYTES_MAX (COMM_MESSAGE_MAX - 4096)

struct kafka_hold {
	rd_kafka_message_t **messages;      /* owned, n_records of them */
	struct comm_wire_received *records; /* owned; in the order they came */
	uint16_t *topics;                   /* owned; which of the batches each belongs to */
	struct comm_wire_length *lengths;   /* owned; room for those of values that are shared */
	size_t n_records;
	size_t capacity;
	struct comm_wire_received *sorted; /* owned; by topic, where there are several */
	size_t sorted_capacity;
	struct comm_wire_header *headers; /* owned; of all records, in their order */
	size_t n_headers;
	size_t header_capacity;
	struct comm_wire_batch *batches; /* owned; one per topic */
	size_t n_batches;
	size_t batch_capacity;
	size_t n_objects; /* that the records will be on the wire, */
	size_t n_bytes;   /* and bytes, at most, without the names of topics */
};

/* Drop all records, and give back memory that only a large fetch needs. */
void kafka_hold_release(struct kafka_hold *h);
void kafka_hold_fini(struct kafka_hold *h);

/*
 * @m's headers in @ret, borrowed from it; NULL: none. To be asked once, for librdkafka allocates to answer.
 * Returns whether it can read them: it takes no more than 100,000.
 */
bool kafka_hold_headers(const rd_kafka_message_t *m, const rd_kafka_headers_t **ret);

/* Values on the wire that @p's record has at most, its topic's included. */
size_t kafka_hold_objects(const struct kafka_pending *p);

/* Bytes on the wire that it has at most, without its topic. */
size_t kafka_hold_bytes(const struct kafka_pending *p);

/* Bytes of @m's key, value and headers. */
size_t kafka_hold_size(const rd_kafka_message_t *m, const rd_kafka_headers_t *headers);

/*
 * Add @p's record, which is the hold's from here on. Returns 0, or -ENOMEM and it is still the caller's.
 */
int kafka_hold_push(struct kafka_hold *h, const struct kafka_pending *p);

/* All records by topic; borrowed until the next call. */
void kafka_hold_list(struct kafka_hold *h, struct comm_list *ret);

/* Of what has been listed: as kafka_reader_shareable() and kafka_reader_share(). */
size_t kafka_hold_shareable(const struct kafka_hold *h);
struct comm_list kafka_hold_share(struct kafka_hold *h, char *memory, size_t size);

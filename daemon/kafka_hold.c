#include "daemon/kafka_hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

/* Records whose memory is kept from one fetch to the next, of each reader. */
#define KEEP_RECORDS 1024
#define KEEP_HEADERS 1024

#define CAPACITY_MIN 64

/* On the wire a record is an array of six fields, a header one of two. */
#define OBJECTS_PER_RECORD 7
#define OBJECTS_PER_HEADER 3

/* Make room for one more of @size bytes in each of @arrays. */
static int grow(void **arrays, const size_t *sizes, size_t n_arrays, size_t *capacity)
{
	size_t wanted = MAX(2 * *capacity, (size_t)CAPACITY_MIN);

	for (size_t i = 0; i < n_arrays; i++) {
		void *grown = reallocarray(arrays[i], wanted, sizes[i]);

		if (!grown)
			return -ENOMEM;
		arrays[i] = grown;
	}
	*capacity = wanted;
	return 0;
}

static int grow_records(struct kafka_hold *h)
{
	void *arrays[] = { h->events, h->records };
	static const size_t sizes[] = { sizeof *h->events, sizeof *h->records };
	int error = grow(arrays, sizes, ARRAY_SIZE(arrays), &h->capacity);

	h->events = arrays[0];
	h->records = arrays[1];
	return error;
}

static int grow_headers(struct kafka_hold *h)
{
	void *array = h->headers;
	int error = grow(&array, &(size_t){ sizeof *h->headers }, 1, &h->header_capacity);

	h->headers = array;
	return error;
}

static int grow_batches(struct kafka_hold *h)
{
	void *array = h->batches;
	int error = grow(&array, &(size_t){ sizeof *h->batches }, 1, &h->batch_capacity);

	h->batches = array;
	return error;
}

void kafka_hold_release(struct kafka_hold *h)
{
	for (size_t i = 0; i < h->n_records; i++)
		rd_kafka_event_destroy(h->events[i]);
	h->n_records = 0;
	h->n_headers = 0;
	h->n_batches = 0;
	h->n_objects = 0;
	if (h->capacity > KEEP_RECORDS || h->header_capacity > KEEP_HEADERS)
		kafka_hold_fini(h);
}

void kafka_hold_fini(struct kafka_hold *h)
{
	if (h->n_records)
		kafka_hold_release(h);
	free(h->events);
	free(h->records);
	free(h->headers);
	free(h->batches);
	*h = (struct kafka_hold){ NULL };
}

/* Returns how many there are, or -ENOMEM. */
static int push_headers(struct kafka_hold *h, const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *headers;
	size_t n_before = h->n_headers;
	struct comm_wire_header header;
	const void *value;
	const char *name;

	if (rd_kafka_message_headers(m, &headers))
		return 0;
	for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &header.value.len);
	     i++) {
		if (h->n_headers == h->header_capacity && grow_headers(h)) {
			h->n_headers = n_before;
			return -ENOMEM;
		}
		header.name = comm_bytes_of(name);
		header.value.data = value;
		h->headers[h->n_headers++] = header;
	}
	return (int)(h->n_headers - n_before);
}

/* The batch of @m's topic: the last one, or a new one. */
static struct comm_wire_batch *batch_of(struct kafka_hold *h, const rd_kafka_message_t *m)
{
	const char *topic = rd_kafka_topic_name(m->rkt);
	struct comm_wire_batch *last = h->n_batches ? &h->batches[h->n_batches - 1] : NULL;

	/* librdkafka has one name per topic, so that mostly the pointers are equal. */
	if (last && (last->topic.data == topic || comm_bytes_is(last->topic, topic)))
		return last;
	if (h->n_batches == h->batch_capacity && grow_batches(h))
		return NULL;
	last = &h->batches[h->n_batches++];
	*last = (struct comm_wire_batch){ .topic = comm_bytes_of(topic) };
	return last;
}

static int64_t timestamp_of(const rd_kafka_message_t *m)
{
	rd_kafka_timestamp_type_t type;
	int64_t timestamp_ms = rd_kafka_message_timestamp(m, &type);

	return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? COMM_NONE : timestamp_ms;
}

int kafka_hold_push(struct kafka_hold *h, rd_kafka_event_t *e, const rd_kafka_message_t *m)
{
	struct comm_wire_batch *batch;
	int n_headers;

	if (h->n_records == h->capacity && grow_records(h))
		return -ENOMEM;
	n_headers = push_headers(h, m);
	if (n_headers < 0)
		return n_headers;
	batch = batch_of(h, m);
	if (!batch) {
		h->n_headers -= (size_t)n_headers;
		return -ENOMEM;
	}
	batch->records.n++;
	h->records[h->n_records] = (struct comm_wire_received){
		.partition = m->partition,
		.offset = m->offset,
		.timestamp_ms = timestamp_of(m),
		.key = { m->key, m->key_len },
		.value = { m->payload, m->len },
		.headers = { NULL, (size_t)n_headers },
	};
	h->events[h->n_records++] = e;
	h->n_objects += OBJECTS_PER_RECORD + OBJECTS_PER_HEADER * (size_t)n_headers;
	return 0;
}

/* Only now that the arrays no longer move can be said where each part begins. */
void kafka_hold_list(struct kafka_hold *h, struct comm_list *ret)
{
	const struct comm_wire_header *header = h->headers;
	const struct comm_wire_received *record = h->records;

	for (size_t i = 0; i < h->n_records && h->n_headers; i++) {
		h->records[i].headers.items = header;
		header += h->records[i].headers.n;
	}
	for (size_t i = 0; i < h->n_batches; i++) {
		h->batches[i].records.items = record;
		record += h->batches[i].records.n;
	}
	*ret = (struct comm_list){ h->batches, h->n_batches };
}

size_t kafka_hold_size(const rd_kafka_message_t *m)
{
	size_t size = m->len + m->key_len, value_len;
	rd_kafka_headers_t *headers;
	const void *value;
	const char *name;

	if (rd_kafka_message_headers(m, &headers))
		return size;
	for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &value_len); i++)
		size += strlen(name) + value_len;
	return size;
}

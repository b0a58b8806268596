#include "daemon/kafka_hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_lane.h"
#include "proto/util.h"

/* Records whose memory is kept from one fetch to the next, of each reader. */
#define KEEP_RECORDS 1024
#define KEEP_HEADERS 1024

#define CAPACITY_MIN 64

/* Of smaller values several fit into what it takes to tell where they are. */
#define SHARE_BYTES_MIN 512

/* On the wire a record is an array of six fields. */
#define OBJECTS_PER_RECORD 7
#define OBJECTS_PER_HEADER 3 /* an array of two */

/* And a batch one of a topic and records. */
#define OBJECTS_PER_BATCH 4

/* And bytes, at most: their numbers, and what says how long each part is. */
#define BYTES_PER_RECORD 48
#define BYTES_PER_HEADER 11

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
	void *arrays[] = { h->messages, h->records, h->topics, h->lengths };
	static const size_t sizes[] = { sizeof *h->messages, sizeof *h->records, sizeof *h->topics,
					sizeof *h->lengths };
	int error = grow(arrays, sizes, ARRAY_SIZE(arrays), &h->capacity);

	h->messages = arrays[0];
	h->records = arrays[1];
	h->topics = arrays[2];
	h->lengths = arrays[3];
	return error;
}

static int grow_sorted(struct kafka_hold *h)
{
	void *grown = reallocarray(h->sorted, h->capacity, sizeof *h->sorted);

	if (!grown)
		return -ENOMEM;
	h->sorted = grown;
	h->sorted_capacity = h->capacity;
	return 0;
}

static int grow_headers(struct kafka_hold *h)
{
	static const size_t size = sizeof *h->headers;
	void *array = h->headers;
	int error = grow(&array, &size, 1, &h->header_capacity);

	h->headers = array;
	return error;
}

static int grow_batches(struct kafka_hold *h)
{
	static const size_t size = sizeof *h->batches;
	void *array = h->batches;
	int error = grow(&array, &size, 1, &h->batch_capacity);

	h->batches = array;
	return error;
}

void kafka_hold_release(struct kafka_hold *h)
{
	for (size_t i = 0; i < h->n_records; i++)
		rd_kafka_message_destroy(h->messages[i]);
	h->n_records = 0;
	h->n_headers = 0;
	h->n_batches = 0;
	h->n_objects = 0;
	h->n_bytes = 0;
	if (h->capacity > KEEP_RECORDS || h->header_capacity > KEEP_HEADERS)
		kafka_hold_fini(h);
}

void kafka_hold_fini(struct kafka_hold *h)
{
	if (h->n_records)
		kafka_hold_release(h);
	free(h->messages);
	free(h->records);
	free(h->topics);
	free(h->sorted);
	free(h->headers);
	free(h->batches);
	free(h->lengths);
	*h = (struct kafka_hold){ NULL };
}

bool kafka_hold_headers(const rd_kafka_message_t *m, const rd_kafka_headers_t **ret)
{
	rd_kafka_headers_t *headers = NULL;
	rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &headers);

	*ret = err ? NULL : headers;
	return !err || err == RD_KAFKA_RESP_ERR__NOENT;
}

static size_t count_headers(const struct kafka_pending *p)
{
	return p->headers ? rd_kafka_header_cnt(p->headers) : 0;
}

size_t kafka_hold_objects(const struct kafka_pending *p)
{
	return OBJECTS_PER_BATCH + OBJECTS_PER_RECORD + OBJECTS_PER_HEADER * count_headers(p);
}

size_t kafka_hold_bytes(const struct kafka_pending *p)
{
	return BYTES_PER_RECORD + BYTES_PER_HEADER * count_headers(p) + p->size;
}

size_t kafka_hold_size(const rd_kafka_message_t *m, const rd_kafka_headers_t *headers)
{
	size_t size = m->len + m->key_len, value_len;
	const void *value;
	const char *name;

	for (size_t i = 0;
	     headers && !rd_kafka_header_get_all(headers, i, &name, &value, &value_len); i++)
		size += strlen(name) + value_len;
	return size;
}

/* Returns how many there are, or -ENOMEM. */
static int push_headers(struct kafka_hold *h, const rd_kafka_headers_t *headers)
{
	size_t n_before = h->n_headers;
	struct comm_wire_header header;
	const void *value;
	const char *name;

	for (size_t i = 0;
	     headers && !rd_kafka_header_get_all(headers, i, &name, &value, &header.value.len);
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

static bool is_of(const struct kafka_hold *h, size_t i, const char *topic)
{
	/* librdkafka has one name per topic, so that mostly the pointers are equal. */
	return h->batches[i].topic.data == topic || comm_bytes_is(h->batches[i].topic, topic);
}

/* Which batch @m belongs to, a new one perhaps. Returns 0 or -ENOMEM. */
static int find_batch(struct kafka_hold *h, const rd_kafka_message_t *m, size_t *ret)
{
	const char *topic = rd_kafka_topic_name(m->rkt);
	size_t i = h->n_records ? h->topics[h->n_records - 1] : 0;

	if (!h->n_records || !is_of(h, i, topic))
		for (i = 0; i < h->n_batches && !is_of(h, i, topic); i++)
			;
	*ret = i;
	if (i < h->n_batches)
		return 0;
	if (h->n_batches == h->batch_capacity && grow_batches(h))
		return -ENOMEM;
	h->batches[h->n_batches++] = (struct comm_wire_batch){ .topic = comm_bytes_of(topic) };
	h->n_objects += OBJECTS_PER_BATCH;
	return 0;
}

static int64_t timestamp_of(const rd_kafka_message_t *m)
{
	rd_kafka_timestamp_type_t type;
	int64_t timestamp_ms = rd_kafka_message_timestamp(m, &type);

	return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? COMM_NONE : timestamp_ms;
}

int kafka_hold_push(struct kafka_hold *h, const struct kafka_pending *p)
{
	rd_kafka_message_t *m = p->message;
	size_t i;
	int n_headers;

	if ((h->n_records == h->capacity && grow_records(h)) || find_batch(h, m, &i) ||
	    (h->n_batches > 1 && h->sorted_capacity < h->capacity && grow_sorted(h)))
		return -ENOMEM;
	n_headers = push_headers(h, p->headers);
	if (n_headers < 0)
		return n_headers;
	h->batches[i].records.n++;
	h->topics[h->n_records] = (uint16_t)i;
	h->records[h->n_records] = (struct comm_wire_received){
		.partition = m->partition,
		.offset = m->offset,
		.timestamp_ms = timestamp_of(m),
		.key = { m->key, m->key_len },
		.value = { m->payload, m->len },
		.headers = { NULL, (size_t)n_headers },
	};
	h->messages[h->n_records++] = m;
	h->n_objects += OBJECTS_PER_RECORD + OBJECTS_PER_HEADER * (size_t)n_headers;
	h->n_bytes += kafka_hold_bytes(p);
	return 0;
}

/* The records of each topic together, otherwise in the order they came. */
static void sort(struct kafka_hold *h)
{
	struct comm_wire_received *end = h->sorted;

	for (size_t i = 0; i < h->n_batches; i++) {
		h->batches[i].records.items = end;
		end += h->batches[i].records.n;
		h->batches[i].records.n = 0;
	}
	for (size_t i = 0; i < h->n_records; i++) {
		struct comm_list *list = &h->batches[h->topics[i]].records;

		h->sorted[(const struct comm_wire_received *)list->items - h->sorted + list->n++] =
			h->records[i];
	}
}

/* Only now that the arrays no longer move can be said where each part begins. */
void kafka_hold_list(struct kafka_hold *h, struct comm_list *ret)
{
	const struct comm_wire_header *header = h->headers;

	for (size_t i = 0; i < h->n_records && h->n_headers; i++) {
		h->records[i].headers.items = header;
		header += h->records[i].headers.n;
	}
	/* A batch that was made for a record that then did not fit has none, and is the last. */
	while (h->n_batches && !h->batches[h->n_batches - 1].records.n)
		h->n_batches--;
	if (h->n_batches == 1)
		h->batches[0].records.items = h->records;
	else
		sort(h);
	*ret = (struct comm_list){ h->batches, h->n_batches };
}

static bool is_large(const struct comm_wire_received *r)
{
	return r->value.len >= SHARE_BYTES_MIN;
}

size_t kafka_hold_shareable(const struct kafka_hold *h)
{
	size_t n_bytes = 0;

	/* Each record's length is one more of what an answer may not have too many of. */
	if (h->n_objects + h->n_records > KAFKA_HOLD_OBJECTS_MAX)
		return 0;
	for (size_t i = 0; i < h->n_records; i++)
		n_bytes += is_large(&h->records[i]) ? h->records[i].value.len : 0;
	return n_bytes;
}

struct comm_list kafka_hold_share(struct kafka_hold *h, char *memory, size_t size)
{
	struct comm_wire_received *r = h->n_batches == 1 ? h->records : h->sorted;
	size_t n_taken = 0;

	for (size_t i = 0; i < h->n_records; i++) {
		struct comm_bytes value = r[i].value;

		h->lengths[i].bytes = -1;
		if (!is_large(&r[i]) || value.len > size - n_taken)
			continue;
		memcpy(memory + n_taken, value.data, value.len);
		n_taken += value.len;
		h->lengths[i].bytes = (int64_t)value.len;
		r[i].value = (struct comm_bytes){ NULL, 0 };
	}
	return (struct comm_list){ h->lengths, h->n_records };
}

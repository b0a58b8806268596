#include "client/subscription.h"

#include "proto/errors.h"

static int make_headers(struct arena *a, const struct comm_list *from, struct comm_record *to)
{
	const struct comm_wire_header *w = from->items;
	struct comm_header *headers = arena_take(a, from->n, sizeof *headers);

	if (!headers)
		return COMM_ENO_MEMORY;
	for (size_t i = 0; i < from->n; i++) {
		headers[i] = (struct comm_header){
			.name = arena_string(a, w[i].name),
			.value = w[i].value.data,
			.value_len = w[i].value.len,
		};
		if (!headers[i].name)
			return COMM_ENO_MEMORY;
	}
	to->headers = headers;
	to->n_headers = from->n;
	return 0;
}

static int make_record(struct arena *a, const struct comm_wire_received *from, const char *topic,
		       struct comm_record *to)
{
	if (from->partition < 0 || from->partition > INT32_MAX || from->offset < 0 ||
	    from->offset == INT64_MAX)
		return COMM_EPROTOCOL;
	*to = (struct comm_record){
		.value = from->value.data,
		.value_len = from->value.len,
		.key = from->key.data,
		.key_len = from->key.len,
		.partition = (int32_t)from->partition,
		.timestamp_ms = from->timestamp_ms == COMM_NONE ? -1 : from->timestamp_ms,
		.topic = topic,
		.offset = from->offset,
	};
	return from->headers.n ? make_headers(a, &from->headers, to) : 0;
}

static size_t count(const struct comm_list *batches)
{
	const struct comm_wire_batch *batch = batches->items;
	size_t n = 0;

	for (size_t i = 0; i < batches->n; i++)
		n += batch[i].records.n;
	return n;
}

/* The values that are in @shared, one behind the other. */
static int find_values(const struct shared *shared, const struct comm_wire_shared *from,
		       struct comm_record *records, size_t n_records)
{
	const struct comm_wire_length *length = from->lengths.items;
	size_t at = 0;

	if (from->inode != shared->inode)
		return COMM_EPROTOCOL;
	for (size_t i = 0; i < n_records && i < from->lengths.n; i++) {
		if (length[i].bytes < 0)
			continue;
		if ((uint64_t)length[i].bytes > shared->size - at)
			return COMM_EPROTOCOL;
		records[i].value = shared->data + at;
		records[i].value_len = (size_t)length[i].bytes;
		at += records[i].value_len;
	}
	return 0;
}

int records_make(struct arena *a, const struct shared *shared,
		 const struct comm_receive_result *from, const struct comm_record **ret_records,
		 size_t *ret_n_records)
{
	const struct comm_wire_batch *batch = from->topics.items;
	size_t n_records = count(&from->topics), n = 0;
	struct comm_record *records = arena_take(a, n_records, sizeof *records);

	if (!records)
		return COMM_ENO_MEMORY;
	for (size_t i = 0; i < from->topics.n; i++) {
		const struct comm_wire_received *w = batch[i].records.items;
		const char *topic = arena_string(a, batch[i].topic);

		for (size_t k = 0; k < batch[i].records.n; k++) {
			int error = topic ? make_record(a, &w[k], topic, &records[n++])
					  : COMM_ENO_MEMORY;

			if (error)
				return error;
		}
	}
	*ret_records = records;
	*ret_n_records = n;
	return from->shared ? find_values(shared, from->shared, records, n) : 0;
}

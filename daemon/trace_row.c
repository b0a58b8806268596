#include "daemon/trace_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "daemon/clock.h"
#include "daemon/session.h"
#include "proto/error_table.h"
#include "proto/errors.h"
#include "proto/utf8.h"

static int64_t since_us(uint64_t ns)
{
	return (int64_t)((uv_hrtime() - ns) / 1000);
}

static struct comm_bytes copy_head(char *room, struct comm_bytes b, size_t n)
{
	if (!b.data)
		return b;
	memcpy(room, b.data, n);
	return (struct comm_bytes){ room, n };
}

static int64_t sum_bytes(const struct comm_wire_record *records, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (int64_t)(records[i].key.len + records[i].value.len);
	return sum;
}

static void tell(struct trace_row *row, const struct session *s, const struct comm_send_params *p,
		 size_t key_len, size_t value_len)
{
	const struct comm_wire_record *records = p->records.items;

	memcpy(row->client, s->name, sizeof row->client);
	row->told = (struct comm_wire_traced){
		.time_ms = clock_ms(),
		.client = comm_bytes_of(row->client),
		.pid = s->peer.pid,
		.uid = s->peer.uid,
		.records = (int64_t)p->records.n,
		.bytes = sum_bytes(records, p->records.n),
		.key = copy_head(row->heads, records->key, key_len),
		.value = copy_head(row->heads + key_len, records->value, value_len),
		.handed_us = COMM_NONE,
		.done_us = COMM_NONE,
		.partition = COMM_NONE,
		.offset = COMM_NONE,
	};
}

struct trace_row *trace_row_new(const struct session *s, const struct comm_send_params *p,
				size_t head_bytes, uint64_t came_ns)
{
	const struct comm_wire_record *first = p->records.items;
	size_t key_len = comm_utf8_cut(first->key, head_bytes);
	size_t value_len = comm_utf8_cut(first->value, head_bytes);
	size_t size = sizeof(struct trace_row) + key_len + value_len;
	struct trace_row *row = calloc(1, size);

	if (!row)
		return NULL;
	row->came_ns = came_ns;
	row->n_bytes = size;
	tell(row, s, p, key_len, value_len);
	return row;
}

void trace_row_free(struct trace_row *row)
{
	if (row->batch)
		SLIST_REMOVE(&row->batch->watches, &row->watch, kafka_watch, entry);
	free(row);
}

void trace_row_handed(struct trace_row *row)
{
	row->told.handed_us = since_us(row->came_ns);
}

/* ---- outcomes ---- */

static void note_end(struct trace_row *row)
{
	row->batch = NULL;
	row->told.done_us = since_us(row->came_ns);
}

static void note_failure(struct trace_row *row, const struct kafka_failure *why)
{
	(void)snprintf(row->sentence, sizeof row->sentence, "%.*s", TRACE_SENTENCE_MAX - 1,
		       why->message);
	comm_utf8_mend(row->sentence);
	row->error = comm_error_wire(why->code, row->sentence);
	row->told.error = &row->error;
}

void trace_row_fail(struct trace_row *row, const struct kafka_failure *why)
{
	row->told.failed = row->told.records;
	note_failure(row, why);
	note_end(row);
}

/* The place is the first record's, and so is the reason the first failure's. */
static void tell_outcomes(struct trace_row *row, const struct kafka_batch *b)
{
	struct kafka_failure why;

	if (b->outcomes[0].partition >= 0)
		row->told.partition = b->outcomes[0].partition;
	if (b->outcomes[0].offset >= 0)
		row->told.offset = b->outcomes[0].offset;
	for (size_t i = 0; i < b->n; i++) {
		if (!b->outcomes[i].reason)
			continue;
		if (!row->told.failed++) {
			kafka_explain(b->client, &b->outcomes[i], &why);
			note_failure(row, &why);
			row->told.maybe_persisted = b->outcomes[i].maybe_persisted;
		}
	}
}

void trace_row_end(struct trace_row *row, const struct kafka_batch *b)
{
	static const struct kafka_failure gone = {
		.code = COMM_ESEND,
		.message = "none was sent: the client has gone before, or commd is out of memory"
	};

	if (!b->topic) {
		trace_row_fail(row, &gone);
		return;
	}
	tell_outcomes(row, b);
	note_end(row);
}

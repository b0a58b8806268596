#include "client/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "proto/codec.h"
#include "proto/util.h"

/* What batch_seal() adds at most. */
#define SEAL_BYTES 32

/* A spare batch gives back what only one unusually large record needed. */
#define KEEP_BYTES (256 * 1024)

static const struct comm_method *const send_method = &comm_methods[COMM_METHOD_SEND];

struct batch *batch_new(void)
{
	return calloc(1, sizeof(struct batch));
}

void batch_free(struct batch *b)
{
	call_fini(&b->call);
	comm_buf_fini(&b->slots);
	free(b);
}

int batch_start(struct batch *b, uint64_t id, struct comm_bytes topic)
{
	const struct comm_send_params params = { .topic = topic };
	struct comm_buf *bytes = &b->call.bytes;

	b->n = 0;
	b->call.id = id;
	b->call.n_written = 0;
	comm_buf_truncate(bytes, 0);
	comm_buf_truncate(&b->slots, 0);
	comm_buf_shrink(bytes, KEEP_BYTES);
	if (comm_encode_begin(bytes, id, send_method, &params))
		return -ENOMEM;
	b->records_at = bytes->len;
	return 0;
}

int batch_expect(struct batch *b, size_t n, size_t n_bytes)
{
	if (comm_buf_expect(&b->slots, n * sizeof(struct slot)))
		return -ENOMEM;
	return comm_buf_expect(&b->call.bytes, b->records_at + n_bytes + SEAL_BYTES);
}

/* NULL is nil here and there. */
static struct comm_bytes bytes_of(const void *data, size_t len)
{
	return (struct comm_bytes){ data, len };
}

static int encode(struct batch *b, struct comm_wire_record *w)
{
	return comm_encode_item(&b->call.bytes, &comm_messages[COMM_MESSAGE_wire_record], w);
}

static int encode_with_headers(struct batch *b, const struct comm_record *r,
			       struct comm_wire_record *w)
{
	struct comm_wire_header headers[COMM_HEADERS_MAX];

	for (size_t i = 0; i < r->n_headers; i++)
		headers[i] = (struct comm_wire_header){
			.name = comm_bytes_of(r->headers[i].name),
			.value = bytes_of(r->headers[i].value, r->headers[i].value_len),
		};
	w->headers = (struct comm_list){ headers, r->n_headers };
	return encode(b, w);
}

int batch_add(struct batch *b, const struct comm_record *r, comm_sent_fn done, void *arg)
{
	struct comm_wire_record w = {
		.value = bytes_of(r->value, r->value_len),
		.key = bytes_of(r->key, r->key_len),
		.partition = r->partition < 0 ? COMM_NONE : r->partition,
		.timestamp_ms = r->timestamp_ms < 0 ? COMM_NONE : r->timestamp_ms,
	};
	size_t n_bytes = b->call.bytes.len;
	struct slot slot = { .done = done, .arg = arg };

	if (r->n_headers ? encode_with_headers(b, r, &w) : encode(b, &w))
		return -ENOMEM;
	slot.end = batch_n_bytes(b);
	comm_buf_push(&b->slots, &slot, sizeof slot);
	if (comm_buf_failed(&b->slots)) {
		comm_buf_truncate(&b->slots, b->n * sizeof slot);
		comm_buf_truncate(&b->call.bytes, n_bytes);
		return -ENOMEM;
	}
	b->n++;
	return 0;
}

size_t batch_n_bytes(const struct batch *b)
{
	return b->call.bytes.len - b->records_at;
}

int batch_seal(struct batch *b, struct comm_bytes topic, enum comm_ack ack)
{
	const struct comm_send_params params = {
		.topic = topic,
		.ack = comm_bytes_of(ack == COMM_ACK_QUEUED ? "queued" : NULL),
		.timeout_ms = call_wire_timeout(&b->call),
		.written_ms = client_now_ms(),
	};
	struct comm_buf *bytes = &b->call.bytes;

	comm_buf_truncate(bytes, b->records_at + (b->n ? batch_slots(b)[b->n - 1].end : 0));
	return comm_encode_end(bytes, b->records_at, (uint32_t)b->n, send_method, &params);
}

void batch_cut(struct batch *b, size_t i)
{
	char *records = comm_buf_bytes(&b->call.bytes) + b->records_at;
	struct slot *slots = batch_slots(b);
	size_t begin = i ? slots[i - 1].end : 0, end = slots[i].end, len = end - begin;

	memmove(records + begin, records + end, slots[b->n - 1].end - end);
	memmove(&slots[i], &slots[i + 1], (b->n - i - 1) * sizeof *slots);
	b->n--;
	for (; i < b->n; i++)
		slots[i].end -= len;
}

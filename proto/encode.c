#include "proto/codec.h"

#include <errno.h>
#include <msgpack.h>
#include <string.h>

#include "proto/utf8.h"

static void pack_fields(msgpack_packer *pk, const struct comm_message *type, const void *msg,
			size_t n);

static int write_bytes(void *out, const char *bytes, size_t len)
{
	comm_buf_push(out, bytes, len);
	return 0;
}

static bool is_absent(const struct comm_field *f, const void *p)
{
	switch (f->kind) {
	case COMM_INT:
		return *(const int64_t *)p == comm_field_absent(f);
	case COMM_BOOL:
		return *(const bool *)p == (comm_field_absent(f) != 0);
	case COMM_STR:
	case COMM_BIN:
		return !((const struct comm_bytes *)p)->data;
	case COMM_LIST:
		return !((const struct comm_list *)p)->n;
	case COMM_OBJECT:
		return !*(const void *const *)p;
	}
	return false;
}

/* How many fields have to be written: trailing optional ones that are absent are left out. */
static size_t count_fields(const struct comm_message *type, const void *msg)
{
	size_t n = type->n_fields;

	for (; n; n--) {
		const struct comm_field *last = comm_message_field(type, n - 1);

		if (last->need != COMM_OPT || !is_absent(last, (const char *)msg + last->offset))
			break;
	}
	return n;
}

static void pack_message(msgpack_packer *pk, const struct comm_message *type, const void *msg)
{
	size_t n = count_fields(type, msg);

	if (!type->bare || n > 1)
		msgpack_pack_array(pk, n);
	pack_fields(pk, type, msg, n);
}

static void pack_bytes(msgpack_packer *pk, const struct comm_bytes *b)
{
	msgpack_pack_bin(pk, b->len);
	msgpack_pack_bin_body(pk, b->data, b->len);
}

/* Clients of other languages fail on a str that is not UTF-8, and Kafka's names may be anything. */
static void pack_text(msgpack_packer *pk, const struct comm_bytes *b)
{
	if (!comm_utf8_is_valid(*b)) {
		pack_bytes(pk, b);
		return;
	}
	msgpack_pack_str(pk, b->len);
	msgpack_pack_str_body(pk, b->data, b->len);
}

static void pack_list(msgpack_packer *pk, const struct comm_message *item,
		      const struct comm_list *list)
{
	msgpack_pack_array(pk, list->n);
	for (size_t i = 0; i < list->n; i++)
		pack_message(pk, item, (const char *)list->items + i * item->size);
}

static void pack_field(msgpack_packer *pk, const struct comm_field *f, const void *p)
{
	if (f->need != COMM_NEED && f->kind != COMM_LIST && is_absent(f, p)) {
		msgpack_pack_nil(pk);
		return;
	}
	switch (f->kind) {
	case COMM_INT:
		msgpack_pack_int64(pk, *(const int64_t *)p);
		break;
	case COMM_BOOL:
		*(const bool *)p ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
		break;
	case COMM_STR:
		pack_text(pk, p);
		break;
	case COMM_BIN:
		pack_bytes(pk, p);
		break;
	case COMM_LIST:
		pack_list(pk, comm_field_item(f), p);
		break;
	case COMM_OBJECT:
		pack_message(pk, comm_field_item(f), *(const void *const *)p);
		break;
	}
}

static void pack_fields(msgpack_packer *pk, const struct comm_message *type, const void *msg,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct comm_field *f = comm_message_field(type, i);

		pack_field(pk, f, (const char *)msg + f->offset);
	}
}

static void pack_name(msgpack_packer *pk, const char *name)
{
	size_t len = strlen(name);

	msgpack_pack_str(pk, len);
	msgpack_pack_str_body(pk, name, len);
}

/* The buffer's failure is sticky: nothing is checked until the end. */
static int finish(struct comm_buf *out, size_t len_before)
{
	if (!comm_buf_failed(out))
		return 0;
	comm_buf_truncate(out, len_before);
	return -ENOMEM;
}

int comm_encode_request(struct comm_buf *out, uint64_t id, const struct comm_method *m,
			const void *params)
{
	size_t len = out->len;
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	msgpack_pack_array(&pk, 4);
	msgpack_pack_int(&pk, COMM_REQUEST);
	msgpack_pack_uint64(&pk, id);
	pack_name(&pk, m->name);
	pack_message(&pk, comm_method_params(m), params);
	return finish(out, len);
}

int comm_encode_notification(struct comm_buf *out, const struct comm_method *m, const void *params)
{
	size_t len = out->len;
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	msgpack_pack_array(&pk, 3);
	msgpack_pack_int(&pk, COMM_NOTIFICATION);
	pack_name(&pk, m->name);
	pack_message(&pk, comm_method_params(m), params);
	return finish(out, len);
}

int comm_encode_result(struct comm_buf *out, uint64_t id, const struct comm_message *type,
		       const void *result)
{
	size_t len = out->len;
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	msgpack_pack_array(&pk, 4);
	msgpack_pack_int(&pk, COMM_RESPONSE);
	msgpack_pack_uint64(&pk, id);
	msgpack_pack_nil(&pk);
	pack_message(&pk, type, result);
	return finish(out, len);
}

int comm_encode_error(struct comm_buf *out, uint64_t id, const struct comm_wire_error *error)
{
	size_t len = out->len;
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	msgpack_pack_array(&pk, 4);
	msgpack_pack_int(&pk, COMM_RESPONSE);
	msgpack_pack_uint64(&pk, id);
	pack_message(&pk, &comm_messages[COMM_MESSAGE_wire_error], error);
	msgpack_pack_nil(&pk);
	return finish(out, len);
}

/* An array whose count is filled in when it is known. */
#define OPEN_ARRAY "\xdd\0\0\0\0"

static size_t first_list(const struct comm_message *type)
{
	size_t i = 0;

	while (comm_message_field(type, i)->kind != COMM_LIST)
		i++;
	return i;
}

/* As without a list in pieces: a daemon that does not know the last fields yet must not see them. */
static size_t count_around_list(const struct comm_message *type, const void *msg)
{
	size_t n = count_fields(type, msg), n_with_list = first_list(type) + 1;

	return n > n_with_list ? n : n_with_list;
}

int comm_encode_begin(struct comm_buf *out, uint64_t id, const struct comm_method *m,
		      const void *params)
{
	size_t len = out->len;
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	msgpack_pack_array(&pk, 4);
	msgpack_pack_int(&pk, COMM_REQUEST);
	msgpack_pack_uint64(&pk, id);
	pack_name(&pk, m->name);
	msgpack_pack_array(&pk, count_around_list(comm_method_params(m), params));
	pack_fields(&pk, comm_method_params(m), params, first_list(comm_method_params(m)));
	comm_buf_push(out, OPEN_ARRAY, sizeof OPEN_ARRAY - 1);
	return finish(out, len);
}

int comm_encode_item(struct comm_buf *out, const struct comm_message *type, const void *item)
{
	size_t len = out->len;
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	pack_message(&pk, type, item);
	return finish(out, len);
}

int comm_encode_end(struct comm_buf *out, size_t items_at, uint32_t n_items,
		    const struct comm_method *m, const void *params)
{
	size_t n_fields = count_around_list(comm_method_params(m), params);
	size_t len = out->len;
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	for (size_t i = first_list(comm_method_params(m)) + 1; i < n_fields; i++) {
		const struct comm_field *f = comm_message_field(comm_method_params(m), i);

		pack_field(&pk, f, (const char *)params + f->offset);
	}
	for (size_t i = 0; i < 4; i++)
		comm_buf_bytes(out)[items_at - 4 + i] = (char)(n_items >> (24 - 8 * i) & 0xff);
	return finish(out, len);
}

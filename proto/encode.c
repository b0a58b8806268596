#include "proto/codec.h"

#include <errno.h>
#include <msgpack.h>
#include <string.h>

#include "proto/utf8.h"

static inline int append(struct comm_buf *b, const void *bytes, size_t len)
{
	if (b->failed || b->capacity - b->start - b->len < len) {
		comm_buf_push(b, bytes, len);
	} else if (len) {
		memcpy(b->data + b->start + b->len, bytes, len);
		b->len += len;
	}
	return 0;
}

/*
 * msgpack-c's packer calls a function through a pointer for every few bytes; this is its template, made
 * for our buffer: comm_pack_nil(), comm_pack_int64() and so on.
 */
#define msgpack_pack_inline_func(name)                   static inline int comm_pack##name
#define msgpack_pack_inline_func_cint(name)              static inline int comm_pack##name
#define msgpack_pack_inline_func_fixint(name)            static inline int comm_pack_fix##name
#define msgpack_pack_user                                struct comm_buf *
#define msgpack_pack_append_buffer(user, bytes, n_bytes) return append(user, bytes, n_bytes)
#include <msgpack/pack_template.h>

static void pack_fields(struct comm_buf *out, const struct comm_message *type, const void *msg,
			size_t n);

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

static void pack_message(struct comm_buf *out, const struct comm_message *type, const void *msg)
{
	size_t n = count_fields(type, msg);

	if (!type->bare || n > 1)
		comm_pack_array(out, n);
	pack_fields(out, type, msg, n);
}

static void pack_bytes(struct comm_buf *out, const struct comm_bytes *b)
{
	comm_pack_bin(out, b->len);
	comm_pack_bin_body(out, b->data, b->len);
}

/* Clients of other languages fail on a str that is not UTF-8, and Kafka's names may be anything. */
static void pack_text(struct comm_buf *out, const struct comm_bytes *b)
{
	if (!comm_utf8_is_valid(*b)) {
		pack_bytes(out, b);
		return;
	}
	comm_pack_str(out, b->len);
	comm_pack_str_body(out, b->data, b->len);
}

static void pack_list(struct comm_buf *out, const struct comm_message *item,
		      const struct comm_list *list)
{
	comm_pack_array(out, list->n);
	for (size_t i = 0; i < list->n; i++)
		pack_message(out, item, (const char *)list->items + i * item->size);
}

static void pack_field(struct comm_buf *out, const struct comm_field *f, const void *p)
{
	if (f->need != COMM_NEED && f->kind != COMM_LIST && is_absent(f, p)) {
		comm_pack_nil(out);
		return;
	}
	switch (f->kind) {
	case COMM_INT:
		comm_pack_int64(out, *(const int64_t *)p);
		break;
	case COMM_BOOL:
		*(const bool *)p ? comm_pack_true(out) : comm_pack_false(out);
		break;
	case COMM_STR:
		pack_text(out, p);
		break;
	case COMM_BIN:
		pack_bytes(out, p);
		break;
	case COMM_LIST:
		pack_list(out, comm_field_item(f), p);
		break;
	case COMM_OBJECT:
		pack_message(out, comm_field_item(f), *(const void *const *)p);
		break;
	}
}

static void pack_fields(struct comm_buf *out, const struct comm_message *type, const void *msg,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct comm_field *f = comm_message_field(type, i);

		pack_field(out, f, (const char *)msg + f->offset);
	}
}

static void pack_name(struct comm_buf *out, const char *name)
{
	size_t len = strlen(name);

	comm_pack_str(out, len);
	comm_pack_str_body(out, name, len);
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

	comm_pack_array(out, 4);
	comm_pack_int(out, COMM_REQUEST);
	comm_pack_uint64(out, id);
	pack_name(out, m->name);
	pack_message(out, comm_method_params(m), params);
	return finish(out, len);
}

int comm_encode_notification(struct comm_buf *out, const struct comm_method *m, const void *params)
{
	size_t len = out->len;

	comm_pack_array(out, 3);
	comm_pack_int(out, COMM_NOTIFICATION);
	pack_name(out, m->name);
	pack_message(out, comm_method_params(m), params);
	return finish(out, len);
}

int comm_encode_result(struct comm_buf *out, uint64_t id, const struct comm_message *type,
		       const void *result)
{
	size_t len = out->len;

	comm_pack_array(out, 4);
	comm_pack_int(out, COMM_RESPONSE);
	comm_pack_uint64(out, id);
	comm_pack_nil(out);
	pack_message(out, type, result);
	return finish(out, len);
}

int comm_encode_error(struct comm_buf *out, uint64_t id, const struct comm_wire_error *error)
{
	size_t len = out->len;

	comm_pack_array(out, 4);
	comm_pack_int(out, COMM_RESPONSE);
	comm_pack_uint64(out, id);
	pack_message(out, &comm_messages[COMM_MESSAGE_wire_error], error);
	comm_pack_nil(out);
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

	comm_pack_array(out, 4);
	comm_pack_int(out, COMM_REQUEST);
	comm_pack_uint64(out, id);
	pack_name(out, m->name);
	comm_pack_array(out, count_around_list(comm_method_params(m), params));
	pack_fields(out, comm_method_params(m), params, first_list(comm_method_params(m)));
	comm_buf_push(out, OPEN_ARRAY, sizeof OPEN_ARRAY - 1);
	return finish(out, len);
}

int comm_encode_item(struct comm_buf *out, const struct comm_message *type, const void *item)
{
	size_t len = out->len;

	pack_message(out, type, item);
	return finish(out, len);
}

int comm_encode_end(struct comm_buf *out, size_t items_at, uint32_t n_items,
		    const struct comm_method *m, const void *params)
{
	size_t n_fields = count_around_list(comm_method_params(m), params);
	size_t len = out->len;

	for (size_t i = first_list(comm_method_params(m)) + 1; i < n_fields; i++) {
		const struct comm_field *f = comm_message_field(comm_method_params(m), i);

		pack_field(out, f, (const char *)params + f->offset);
	}
	for (size_t i = 0; i < 4; i++)
		comm_buf_bytes(out)[items_at - 4 + i] = (char)(n_items >> (24 - 8 * i) & 0xff);
	return finish(out, len);
}

#include "proto/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/utf8.h"

static void put_message(struct comm_buf *out, const struct comm_message *type, const void *msg);

static void put(struct comm_buf *out, const char *text)
{
	comm_buf_push(out, text, strlen(text));
}

static void put_number(struct comm_buf *out, int64_t number)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%" PRId64, number);

	comm_buf_push(out, text, (size_t)n);
}

/* What must not stand in a string as it is. A value may be made of nothing else: no printf() here. */
static void put_escape(struct comm_buf *out, unsigned char c)
{
	static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	static const char digits[] = "0123456789abcdef";
	const char *letter = letters;
	char text[] = "\\u00xx";

	while (*letter && (unsigned char)*letter != c)
		letter += 2;
	text[4] = digits[c >> 4];
	text[5] = digits[c & 15];
	if (*letter)
		text[1] = letter[1];
	comm_buf_push(out, text, *letter ? 2 : sizeof text - 1);
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != '"' && c != '\\';
}

/* How many bytes at @p can stand in a string as they are. */
static size_t plain_length(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && is_plain((unsigned char)p[n]))
		n++;
	return n;
}

/* @b is valid UTF-8. */
static void put_string(struct comm_buf *out, const struct comm_bytes *b)
{
	comm_buf_push(out, "\"", 1);
	for (size_t i = 0; i < b->len;) {
		size_t n = plain_length(b->data + i, b->len - i);

		comm_buf_push(out, b->data + i, n);
		i += n;
		if (i < b->len)
			put_escape(out, (unsigned char)b->data[i++]);
	}
	comm_buf_push(out, "\"", 1);
}

static void put_base64(struct comm_buf *out, const struct comm_bytes *b)
{
	size_t len = comm_base64_length(b->len);
	char *room;

	put(out, "{\"base64\":\"");
	if (comm_buf_reserve(out, len, &room)) {
		out->failed = true;
		return;
	}
	comm_base64_encode(b->data, b->len, room);
	comm_buf_grew(out, len);
	put(out, "\"}");
}

static void put_bytes(struct comm_buf *out, const struct comm_bytes *b)
{
	if (!b->data)
		put(out, "null");
	else if (comm_utf8_is_valid(*b))
		put_string(out, b);
	else
		put_base64(out, b);
}

static void put_list(struct comm_buf *out, const struct comm_message *item,
		     const struct comm_list *list)
{
	put(out, "[");
	for (size_t i = 0; i < list->n; i++) {
		put(out, i ? "," : "");
		put_message(out, item, (const char *)list->items + i * item->size);
	}
	put(out, "]");
}

static void put_int(struct comm_buf *out, const struct comm_field *f, int64_t number)
{
	/* Only where it may be nil can it stand for that. */
	if (f->need != COMM_NEED && number == COMM_NONE)
		put(out, "null");
	else
		put_number(out, number);
}

static void put_field(struct comm_buf *out, const struct comm_field *f, const void *p)
{
	switch (f->kind) {
	case COMM_INT:
		put_int(out, f, *(const int64_t *)p);
		break;
	case COMM_BOOL:
		put(out, *(const bool *)p ? "true" : "false");
		break;
	case COMM_STR:
	case COMM_BIN:
		put_bytes(out, p);
		break;
	case COMM_LIST:
		put_list(out, comm_field_item(f), p);
		break;
	case COMM_OBJECT:
		if (*(const void *const *)p)
			put_message(out, comm_field_item(f), *(const void *const *)p);
		else
			put(out, "null");
		break;
	}
}

static void put_fields(struct comm_buf *out, const struct comm_message *type, const void *msg)
{
	put(out, "{");
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);

		put(out, i ? ",\"" : "\"");
		put(out, f->name);
		put(out, "\":");
		put_field(out, f, (const char *)msg + f->offset);
	}
	put(out, "}");
}

static void put_message(struct comm_buf *out, const struct comm_message *type, const void *msg)
{
	if (type->bare && type->n_fields == 1)
		put_field(out, comm_message_field(type, 0), msg);
	else
		put_fields(out, type, msg);
}

static int put_line(struct comm_buf *out, uint64_t id, const char *name,
		    const struct comm_message *type, const void *msg)
{
	size_t len_before = out->len;

	put(out, "{");
	if (id != COMM_JSON_NO_ID) {
		put(out, "\"id\":");
		put_number(out, (int64_t)id);
		put(out, ",");
	}
	put(out, "\"");
	put(out, name);
	put(out, "\":");
	put_fields(out, type, msg);
	put(out, "}\n");
	if (!comm_buf_failed(out))
		return 0;
	comm_buf_truncate(out, len_before);
	return -ENOMEM;
}

int comm_json_result(struct comm_buf *out, uint64_t id, const struct comm_message *type,
		     const void *result)
{
	return put_line(out, id, "result", type, result);
}

int comm_json_error(struct comm_buf *out, uint64_t id, const struct comm_wire_error *error)
{
	return put_line(out, id, "error", &comm_messages[COMM_MESSAGE_wire_error], error);
}

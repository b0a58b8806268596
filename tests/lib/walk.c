#include "tests/lib/walk.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

#define LONG_BYTES 300 /* more than one byte of length can say */
#define LONG_LIST  17  /* more than the first byte of an array can say */

static void *take(struct walk_memory *m, size_t size)
{
	void *p = m->bytes + m->used;

	m->used += (size + 15) / 16 * 16;
	if (m->used > sizeof m->bytes)
		abort();
	return p;
}

static int64_t pick_int(struct walk_memory *m, enum walk_style style)
{
	static const int64_t some[] = {
		0,       1,     127,        128,         255,         256,     65535,
		65536,   -1,    -32,        -33,         -128,        -129,    -32768,
		-32769,  1000,  4294967295, 4294967296,  -2147483648, 1234567, -2147483649,
		1 << 30, 99999, -99999,     -4294967296, INT64_MAX,   42,      INT64_MIN + 1,
	};

	switch (style) {
	case WALK_LOW:
		return INT64_MIN + 1;
	case WALK_HIGH:
		return INT64_MAX;
	case WALK_EMPTY:
		return 0;
	default:
		return some[m->n_values++ % ARRAY_SIZE(some)];
	}
}

static struct comm_bytes pick_bytes(struct walk_memory *m, enum comm_kind kind,
				    enum walk_style style)
{
	size_t len = style == WALK_EMPTY ? 0 : style == WALK_HIGH ? LONG_BYTES : 9;
	char *data = take(m, LONG_BYTES);

	memset(data, kind == COMM_STR ? 'x' : 0xff, LONG_BYTES);
	snprintf(data, 9, kind == COMM_STR ? "text%04x" : "bin%05x", m->n_values++ & 0xffff);
	data[8] = kind == COMM_STR ? 'y' : '\0';
	return (struct comm_bytes){ data, len };
}

static bool has_list(const struct comm_message *type)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (comm_message_field(type, i)->kind == COMM_LIST)
			return true;
	return false;
}

static struct comm_list pick_list(struct walk_memory *m, const struct comm_field *f,
				  enum walk_style style)
{
	size_t n = style == WALK_EMPTY                                   ? 0
		   : style == WALK_HIGH && !has_list(comm_field_item(f)) ? LONG_LIST
									 : 2;
	char *items = take(m, n * comm_field_item(f)->size);

	for (size_t i = 0; i < n; i++)
		walk_fill(m, comm_field_item(f), style, items + i * comm_field_item(f)->size);
	return (struct comm_list){ items, n };
}

static void fill_absent(const struct comm_field *f, void *p)
{
	if (f->kind == COMM_INT)
		*(int64_t *)p = comm_field_absent(f);
	else if (f->kind == COMM_BOOL)
		*(bool *)p = comm_field_absent(f) != 0;
	else if (f->kind == COMM_OBJECT)
		*(void **)p = NULL;
	else if (f->kind == COMM_LIST)
		*(struct comm_list *)p = (struct comm_list){ NULL, 0 };
	else
		*(struct comm_bytes *)p = (struct comm_bytes){ NULL, 0 };
}

static void fill_value(struct walk_memory *m, const struct comm_field *f, enum walk_style style,
		       void *p)
{
	void *inner;

	switch (f->kind) {
	case COMM_INT:
		*(int64_t *)p = pick_int(m, style);
		break;
	case COMM_BOOL:
		*(bool *)p = style != WALK_EMPTY;
		break;
	case COMM_STR:
	case COMM_BIN:
		*(struct comm_bytes *)p = pick_bytes(m, f->kind, style);
		break;
	case COMM_LIST:
		*(struct comm_list *)p = pick_list(m, f, style);
		break;
	case COMM_OBJECT:
		inner = take(m, comm_field_item(f)->size);
		walk_fill(m, comm_field_item(f), style, inner);
		*(void **)p = inner;
		break;
	}
}

void walk_fill(struct walk_memory *m, const struct comm_message *type, enum walk_style style,
	       void *ret)
{
	memset(ret, 0, type->size);
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);

		if (f->need != COMM_NEED && style == WALK_SPARSE)
			fill_absent(f, (char *)ret + f->offset);
		else
			fill_value(m, f, style, (char *)ret + f->offset);
	}
}

static bool bytes_equal(const struct comm_bytes *a, const struct comm_bytes *b)
{
	return !a->data == !b->data && a->len == b->len &&
	       (!a->len || !memcmp(a->data, b->data, a->len));
}

static bool lists_equal(const struct comm_message *item, const struct comm_list *a,
			const struct comm_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!walk_equal(item, (const char *)a->items + i * item->size,
				(const char *)b->items + i * item->size))
			return false;
	return true;
}

static bool values_equal(const struct comm_field *f, const void *a, const void *b)
{
	const void *inner_a, *inner_b;

	switch (f->kind) {
	case COMM_INT:
		return *(const int64_t *)a == *(const int64_t *)b;
	case COMM_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case COMM_STR:
	case COMM_BIN:
		return bytes_equal(a, b);
	case COMM_LIST:
		return lists_equal(comm_field_item(f), a, b);
	case COMM_OBJECT:
		inner_a = *(const void *const *)a;
		inner_b = *(const void *const *)b;
		if (!inner_a || !inner_b)
			return inner_a == inner_b;
		return walk_equal(comm_field_item(f), inner_a, inner_b);
	}
	return false;
}

bool walk_equal(const struct comm_message *type, const void *a, const void *b)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);

		if (!values_equal(f, (const char *)a + f->offset, (const char *)b + f->offset))
			return false;
	}
	return true;
}

static void print(struct comm_buf *out, const char *s)
{
	comm_buf_push(out, s, strlen(s));
}

static void print_int(struct comm_buf *out, int64_t v)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRId64, v);
	print(out, text);
}

static void print_bytes(struct comm_buf *out, const struct comm_bytes *b)
{
	char text[8];

	print(out, "\"");
	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		snprintf(text, sizeof text, isprint(c) && c != '"' ? "%c" : "<%02x>", c);
		print(out, text);
	}
	print(out, "\"");
}

static void print_inner(struct comm_buf *out, const struct comm_message *type, const void *msg)
{
	print(out, "{");
	walk_print(out, type, msg);
	print(out, "}");
}

static void print_value(struct comm_buf *out, const struct comm_field *f, const void *p)
{
	const struct comm_list *list = p;

	switch (f->kind) {
	case COMM_INT:
		print_int(out, *(const int64_t *)p);
		break;
	case COMM_BOOL:
		print(out, *(const bool *)p ? "true" : "false");
		break;
	case COMM_STR:
	case COMM_BIN:
		print_bytes(out, p);
		break;
	case COMM_LIST:
		print(out, "[");
		for (size_t i = 0; i < list->n; i++)
			print_inner(out, comm_field_item(f),
				    (const char *)list->items + i * comm_field_item(f)->size);
		print(out, "]");
		break;
	case COMM_OBJECT:
		print_inner(out, comm_field_item(f), *(const void *const *)p);
		break;
	}
}

void walk_print(struct comm_buf *out, const struct comm_message *type, const void *msg)
{
	union {
		int64_t number;
		bool flag;
		void *object;
		struct comm_bytes bytes;
		struct comm_list list;
	} absent;
	bool first = true;

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);
		const void *p = (const char *)msg + f->offset;
		bool is_absent;

		fill_absent(f, &absent);
		is_absent = f->need != COMM_NEED && values_equal(f, p, &absent);
		if (is_absent && f->need == COMM_OPT)
			continue;
		print(out, first ? "" : " ");
		print(out, f->name);
		print(out, "=");
		if (is_absent)
			print(out, "nil");
		else
			print_value(out, f, p);
		first = false;
	}
}

unsigned int walk_depth(const struct comm_message *type)
{
	unsigned int deepest = 0;

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);

		if (f->kind == COMM_LIST)
			deepest = MAX(deepest, 1 + walk_depth(comm_field_item(f)));
		else if (f->kind == COMM_OBJECT)
			deepest = MAX(deepest, walk_depth(comm_field_item(f)));
	}
	return 1 + deepest;
}

#include "proto/codec.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/arena.h"
#include "proto/errors.h"
#include "proto/refusal.h"
#include "proto/utf8.h"
#include "proto/util.h"
#include "proto/value.h"

/* As a value of its own. */
#define NIL 0xc0

struct comm_decoder {
	struct arena memory;
};

struct walk {
	struct arena *memory;
	const unsigned char *p; /* the next value */
	enum comm_strictness strictness;
	struct comm_refusal *why;
};

static int decode_message(struct walk *w, const struct comm_place *at,
			  const struct comm_message *type, const struct comm_value *v, void *msg);

struct comm_decoder *comm_decoder_new(void)
{
	return calloc(1, sizeof(struct comm_decoder));
}

struct comm_decoder *comm_decoder_free(struct comm_decoder *d)
{
	if (d)
		arena_fini(&d->memory);
	free(d);
	return NULL;
}

static const char *kind_name(const struct comm_field *f)
{
	static const char *const names[] = {
		[COMM_INT] = "an integer", [COMM_BOOL] = "true or false",
		[COMM_STR] = "a string",   [COMM_BIN] = "bytes (bin or str)",
		[COMM_LIST] = "an array",  [COMM_OBJECT] = "an array",
	};

	return names[f->kind];
}

static const char *type_name(const struct comm_value *v)
{
	static const char *const names[] = {
		[COMM_VALUE_NIL] = "nil",         [COMM_VALUE_BOOL] = "a boolean",
		[COMM_VALUE_UINT] = "an integer", [COMM_VALUE_INT] = "an integer",
		[COMM_VALUE_FLOAT] = "a float",   [COMM_VALUE_STR] = "a string",
		[COMM_VALUE_BIN] = "bytes",       [COMM_VALUE_ARRAY] = "an array",
		[COMM_VALUE_MAP] = "a map",       [COMM_VALUE_EXT] = "an extension type",
	};

	return names[v->kind];
}

static void set_absent(const struct comm_field *f, void *p)
{
	switch (f->kind) {
	case COMM_INT:
		*(int64_t *)p = comm_field_absent(f);
		break;
	case COMM_BOOL:
		*(bool *)p = comm_field_absent(f) != 0;
		break;
	case COMM_STR:
	case COMM_BIN:
		*(struct comm_bytes *)p = (struct comm_bytes){ NULL, 0 };
		break;
	case COMM_LIST:
		*(struct comm_list *)p = (struct comm_list){ NULL, 0 };
		break;
	case COMM_OBJECT:
		*(const void **)p = NULL;
		break;
	}
}

static int decode_int(struct walk *w, const struct comm_place *at, const struct comm_value *v,
		      int64_t *ret)
{
	int64_t number = (int64_t)v->number;

	if (v->kind != COMM_VALUE_UINT && v->kind != COMM_VALUE_INT)
		return -EINVAL;
	if ((v->kind == COMM_VALUE_UINT && number < 0) || number == COMM_NONE)
		return comm_refuse(w->why, at, COMM_EBAD_VALUE,
				   "an integer beyond +-9223372036854775807");
	*ret = number;
	return 0;
}

static int decode_bytes(const struct comm_value *v, struct comm_bytes *ret)
{
	if (v->kind != COMM_VALUE_STR && v->kind != COMM_VALUE_BIN)
		return -EINVAL;
	*ret = (struct comm_bytes){ v->data, (size_t)v->number };
	return 0;
}

/*
 * A request's text must be valid. An answer's is taken as it is: what Kafka holds is not the
 * daemon's choice, and one odd name must not make all the records around it unreadable.
 */
static int decode_text(struct walk *w, const struct comm_place *at, const struct comm_value *v,
		       struct comm_bytes *ret)
{
	int r = decode_bytes(v, ret);

	if (r || w->strictness == COMM_LENIENT)
		return r;
	if (!comm_utf8_is_valid(*ret))
		return comm_refuse(w->why, at, COMM_EBAD_VALUE, "not valid UTF-8");
	return v->kind == COMM_VALUE_STR ? 0 : -EINVAL;
}

static int decode_list(struct walk *w, const struct comm_place *at, const struct comm_field *f,
		       size_t n, struct comm_list *ret)
{
	const struct comm_message *item = comm_field_item(f);
	char *items;
	int r = 0;

	if (n > f->max)
		return comm_refuse(w->why, at, COMM_EBAD_VALUE, "%zu items; at most %u are allowed",
				   n, f->max);
	items = arena_reserve(w->memory, n, item->size);
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; !r && i < n; i++) {
		struct comm_place inner = { at, NULL, i };
		struct comm_value v;

		w->p = comm_value_read(w->p, &v);
		r = decode_message(w, &inner, item, &v, items + i * item->size);
	}
	*ret = (struct comm_list){ items, n };
	return r;
}

static int decode_object(struct walk *w, const struct comm_place *at,
			 const struct comm_message *type, const struct comm_value *v,
			 const void **ret)
{
	void *msg = arena_reserve(w->memory, 1, type->size);

	if (!msg)
		return -ENOMEM;
	*ret = msg;
	return decode_message(w, at, type, v, msg);
}

static int decode_value(struct walk *w, const struct comm_place *at, const struct comm_field *f,
			const struct comm_value *v, void *p)
{
	int r = -EINVAL;

	switch (f->kind) {
	case COMM_INT:
		r = decode_int(w, at, v, p);
		break;
	case COMM_BOOL:
		if (v->kind == COMM_VALUE_BOOL) {
			*(bool *)p = v->number != 0;
			r = 0;
		}
		break;
	case COMM_STR:
		r = decode_text(w, at, v, p);
		break;
	case COMM_BIN:
		r = decode_bytes(v, p);
		break;
	case COMM_LIST:
		if (v->kind == COMM_VALUE_ARRAY)
			return decode_list(w, at, f, (size_t)v->number, p);
		break;
	case COMM_OBJECT:
		if (v->kind == COMM_VALUE_ARRAY)
			return decode_object(w, at, comm_field_item(f), v, p);
		break;
	}
	if (r < 0)
		return comm_refuse(w->why, at, comm_refusal_code(at), "%s expected, not %s",
				   kind_name(f), type_name(v));
	return r;
}

/* @v is NULL for a field that is left out. */
static int decode_field(struct walk *w, const struct comm_place *outer, const struct comm_field *f,
			const struct comm_value *v, void *msg)
{
	struct comm_place at = { outer, f->name, 0 };
	char *p = (char *)msg + f->offset;

	if (v && v->kind != COMM_VALUE_NIL)
		return decode_value(w, &at, f, v, p);
	if (f->need == COMM_NEED)
		return comm_refuse(w->why, &at, comm_refusal_code(&at),
				   v ? "must not be nil" : "is missing");
	if (f->need == COMM_NIL && !v)
		return comm_refuse(w->why, &at, comm_refusal_code(&at),
				   "is missing; it may be nil");
	set_absent(f, p);
	return 0;
}

/* The fields of an array of @n. */
static int decode_fields(struct walk *w, const struct comm_place *at,
			 const struct comm_message *type, size_t n, void *msg)
{
	int r = 0;

	if (n > type->n_fields && w->strictness == COMM_STRICT)
		return comm_refuse(w->why, at, comm_refusal_code(at),
				   "%zu fields where at most %d are known", n, type->n_fields);
	for (size_t i = 0; !r && i < type->n_fields; i++) {
		struct comm_value v;

		if (i < n)
			w->p = comm_value_read(w->p, &v);
		r = decode_field(w, at, comm_message_field(type, i), i < n ? &v : NULL, msg);
	}
	for (size_t i = type->n_fields; !r && i < n; i++)
		w->p = comm_value_skip(w->p);
	return r;
}

static int decode_message(struct walk *w, const struct comm_place *at,
			  const struct comm_message *type, const struct comm_value *v, void *msg)
{
	int r = 0;

	if (v->kind == COMM_VALUE_ARRAY)
		return decode_fields(w, at, type, (size_t)v->number, msg);
	if (!type->bare)
		return comm_refuse(w->why, at, comm_refusal_code(at),
				   "an array of %d fields expected, not %s", type->n_fields,
				   type_name(v));
	for (size_t i = 0; !r && i < type->n_fields; i++)
		r = decode_field(w, at, comm_message_field(type, i), i ? NULL : v, msg);
	return r;
}

int comm_decode(struct comm_decoder *d, const struct comm_message *type, const void *body,
		enum comm_strictness strictness, void *ret, struct comm_refusal *ret_why)
{
	struct walk w = { &d->memory, body, strictness, ret_why };
	struct comm_value v;

	w.p = comm_value_read(w.p, &v);
	return decode_message(&w, NULL, type, &v, ret);
}

/* Some clients write it as bytes. */
static int decode_method(struct walk *w, struct comm_bytes *ret)
{
	struct comm_value v;

	w->p = comm_value_read(w->p, &v);
	if (decode_bytes(&v, ret) < 0 || ret->len > COMM_METHOD_NAME_MAX ||
	    !comm_utf8_is_valid(*ret))
		return comm_refuse(w->why, NULL, COMM_EPROTOCOL,
				   "the method's name must be a string of at most %d bytes",
				   COMM_METHOD_NAME_MAX);
	return 0;
}

int comm_decode_envelope(struct comm_decoder *d, const struct comm_scan *s, const void *bytes,
			 struct comm_envelope *ret, struct comm_refusal *ret_why)
{
	struct walk w = { &d->memory, bytes, COMM_STRICT, ret_why };
	struct comm_value v;
	int r = 0;

	arena_clear(&d->memory);
	*ret = (struct comm_envelope){ .type = s->type, .id = s->id };
	/* The array, its type, and the id: they have been seen. */
	w.p = comm_value_read(w.p, &v);
	w.p = comm_value_skip(w.p);
	if (s->type != COMM_NOTIFICATION)
		w.p = comm_value_skip(w.p);
	if (s->type == COMM_RESPONSE) {
		ret->error = *w.p == NIL ? NULL : w.p;
		w.p = comm_value_skip(w.p);
	} else {
		r = decode_method(&w, &ret->method);
	}
	ret->body = w.p;
	return r;
}

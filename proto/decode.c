#include "proto/codec.h"

#include <errno.h>
#include <msgpack.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/utf8.h"
#include "proto/util.h"

/* First piece of memory of a decoder; larger messages get more and give it back. */
#define CHUNK_BYTES 8192

struct comm_decoder {
	msgpack_zone zone;
};

/* Where the walk is: a chain on the stack, written out only for a refusal. */
struct place {
	const struct place *outer;
	const char *field; /* or NULL: an item of a list */
	size_t item;
};

struct walk {
	msgpack_zone *zone;
	enum comm_strictness strictness;
	struct comm_refusal *why;
};

static int decode_message(struct walk *w, const struct place *at, const struct comm_message *type,
			  const msgpack_object *o, void *msg);

struct comm_decoder *comm_decoder_new(void)
{
	struct comm_decoder *d = malloc(sizeof *d);

	if (d && !msgpack_zone_init(&d->zone, CHUNK_BYTES)) {
		free(d);
		return NULL;
	}
	return d;
}

struct comm_decoder *comm_decoder_free(struct comm_decoder *d)
{
	if (d)
		msgpack_zone_destroy(&d->zone);
	free(d);
	return NULL;
}

static size_t write_place(const struct place *at, char *out, size_t size)
{
	size_t n = at->outer ? write_place(at->outer, out, size) : 0;

	if (n >= size)
		return n;
	if (!at->field)
		return n + (size_t)snprintf(out + n, size - n, "[%zu]", at->item);
	return n + (size_t)snprintf(out + n, size - n, "%s%s", n ? "." : "", at->field);
}

__attribute__((format(printf, 4, 5))) static int refuse(struct walk *w, const struct place *at,
							int code, const char *format, ...)
{
	size_t n = 0;
	va_list ap;

	w->why->detail[0] = '\0';
	if (at) {
		write_place(at, w->why->detail, sizeof w->why->detail);
		n = (size_t)snprintf(w->why->message, sizeof w->why->message,
				     "%s: ", w->why->detail);
	}
	va_start(ap, format);
	vsnprintf(w->why->message + n, sizeof w->why->message - n, format, ap);
	va_end(ap);
	return code;
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

static const char *type_name(const msgpack_object *o)
{
	switch (o->type) {
	case MSGPACK_OBJECT_NIL:
		return "nil";
	case MSGPACK_OBJECT_BOOLEAN:
		return "a boolean";
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		return "an integer";
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		return "a float";
	case MSGPACK_OBJECT_STR:
		return "a string";
	case MSGPACK_OBJECT_ARRAY:
		return "an array";
	case MSGPACK_OBJECT_MAP:
		return "a map";
	case MSGPACK_OBJECT_BIN:
		return "bytes";
	case MSGPACK_OBJECT_EXT:
		return "an extension type";
	}
	return "something else";
}

/* A record that is wrong is a bad value among others; any other field is a bad parameter. */
static int wrong_type_code(const struct place *at)
{
	for (; at; at = at->outer)
		if (!at->field)
			return COMM_EBAD_VALUE;
	return COMM_EBAD_PARAMS;
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

static int decode_int(struct walk *w, const struct place *at, const msgpack_object *o, int64_t *ret)
{
	if (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 <= INT64_MAX)
		*ret = (int64_t)o->via.u64;
	else if (o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && o->via.i64 != COMM_NONE)
		*ret = o->via.i64;
	else if (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER ||
		 o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		return refuse(w, at, COMM_EBAD_VALUE, "an integer beyond +-9223372036854775807");
	else
		return -EINVAL;
	return 0;
}

/* msgpack-c gives NULL for some empty strings; ours are nil then, and these are not. */
static struct comm_bytes bytes_of(const char *data, size_t len)
{
	return (struct comm_bytes){ data ? data : "", len };
}

static int decode_bytes(const msgpack_object *o, struct comm_bytes *ret)
{
	if (o->type == MSGPACK_OBJECT_STR)
		*ret = bytes_of(o->via.str.ptr, o->via.str.size);
	else if (o->type == MSGPACK_OBJECT_BIN)
		*ret = bytes_of(o->via.bin.ptr, o->via.bin.size);
	else
		return -EINVAL;
	return 0;
}

/*
 * A request's text must be valid. An answer's is taken as it is: what Kafka holds is not the
 * daemon's choice, and one odd name must not make all the records around it unreadable.
 */
static int decode_text(struct walk *w, const struct place *at, const msgpack_object *o,
		       struct comm_bytes *ret)
{
	int r = decode_bytes(o, ret);

	if (r || w->strictness == COMM_LENIENT)
		return r;
	if (!comm_utf8_is_valid(*ret))
		return refuse(w, at, COMM_EBAD_VALUE, "not valid UTF-8");
	return o->type == MSGPACK_OBJECT_STR ? 0 : -EINVAL;
}

static int decode_list(struct walk *w, const struct place *at, const struct comm_field *f,
		       const msgpack_object_array *in, struct comm_list *ret)
{
	const struct comm_message *item = comm_field_item(f);
	char *items;
	int r = 0;

	if (in->size > f->max)
		return refuse(w, at, COMM_EBAD_VALUE, "%u items; at most %u are allowed", in->size,
			      f->max);
	items = msgpack_zone_malloc(w->zone, in->size * item->size + 1);
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; !r && i < in->size; i++) {
		struct place inner = { at, NULL, i };

		r = decode_message(w, &inner, item, &in->ptr[i], items + i * item->size);
	}
	*ret = (struct comm_list){ items, in->size };
	return r;
}

static int decode_object(struct walk *w, const struct place *at, const struct comm_message *type,
			 const msgpack_object *o, const void **ret)
{
	void *msg = msgpack_zone_malloc(w->zone, type->size);

	if (!msg)
		return -ENOMEM;
	*ret = msg;
	return decode_message(w, at, type, o, msg);
}

static int decode_value(struct walk *w, const struct place *at, const struct comm_field *f,
			const msgpack_object *o, void *p)
{
	int r = -EINVAL;

	switch (f->kind) {
	case COMM_INT:
		r = decode_int(w, at, o, p);
		break;
	case COMM_BOOL:
		if (o->type == MSGPACK_OBJECT_BOOLEAN) {
			*(bool *)p = o->via.boolean;
			r = 0;
		}
		break;
	case COMM_STR:
		r = decode_text(w, at, o, p);
		break;
	case COMM_BIN:
		r = decode_bytes(o, p);
		break;
	case COMM_LIST:
		if (o->type == MSGPACK_OBJECT_ARRAY)
			return decode_list(w, at, f, &o->via.array, p);
		break;
	case COMM_OBJECT:
		if (o->type == MSGPACK_OBJECT_ARRAY)
			return decode_object(w, at, comm_field_item(f), o, p);
		break;
	}
	if (r < 0)
		return refuse(w, at, wrong_type_code(at), "%s expected, not %s", kind_name(f),
			      type_name(o));
	return r;
}

static int decode_field(struct walk *w, const struct place *outer, const struct comm_field *f,
			const msgpack_object *o, void *msg)
{
	struct place at = { outer, f->name, 0 };
	char *p = (char *)msg + f->offset;

	if (o && o->type != MSGPACK_OBJECT_NIL)
		return decode_value(w, &at, f, o, p);
	if (f->need == COMM_NEED)
		return refuse(w, &at, wrong_type_code(&at), o ? "must not be nil" : "is missing");
	if (f->need == COMM_NIL && !o)
		return refuse(w, &at, wrong_type_code(&at), "is missing; it may be nil");
	set_absent(f, p);
	return 0;
}

static int decode_message(struct walk *w, const struct place *at, const struct comm_message *type,
			  const msgpack_object *o, void *msg)
{
	const msgpack_object_array *in = &o->via.array;
	const msgpack_object_array alone = { 1, (msgpack_object *)o };
	int r = 0;

	if (o->type != MSGPACK_OBJECT_ARRAY) {
		if (!type->bare)
			return refuse(w, at, at ? wrong_type_code(at) : COMM_EBAD_PARAMS,
				      "an array of %d fields expected, not %s", type->n_fields,
				      type_name(o));
		in = &alone;
	}
	if (in->size > type->n_fields && w->strictness == COMM_STRICT)
		return refuse(w, at, at ? wrong_type_code(at) : COMM_EBAD_PARAMS,
			      "%u fields where at most %d are known", in->size, type->n_fields);
	for (size_t i = 0; !r && i < type->n_fields; i++)
		r = decode_field(w, at, comm_message_field(type, i),
				 i < in->size ? &in->ptr[i] : NULL, msg);
	return r;
}

int comm_decode(struct comm_decoder *d, const struct comm_message *type, const void *body,
		enum comm_strictness strictness, void *ret, struct comm_refusal *ret_why)
{
	struct walk w = { &d->zone, strictness, ret_why };

	return decode_message(&w, NULL, type, body, ret);
}

static int open_request(struct walk *w, const msgpack_object_array *in, struct comm_envelope *ret)
{
	const msgpack_object *method = &in->ptr[in->size - 2];

	ret->body = &in->ptr[in->size - 1];
	/* Some clients write it as bytes. */
	if (decode_bytes(method, &ret->method) < 0 || ret->method.len > COMM_METHOD_NAME_MAX ||
	    !comm_utf8_is_valid(ret->method))
		return refuse(w, NULL, COMM_EPROTOCOL,
			      "the method's name must be a string of at most %d bytes",
			      COMM_METHOD_NAME_MAX);
	return 0;
}

static void open_response(const msgpack_object_array *in, struct comm_envelope *ret)
{
	ret->error = in->ptr[2].type == MSGPACK_OBJECT_NIL ? NULL : &in->ptr[2];
	ret->body = &in->ptr[3];
}

int comm_decode_envelope(struct comm_decoder *d, const struct comm_scan *s, const void *bytes,
			 struct comm_envelope *ret, struct comm_refusal *ret_why)
{
	struct walk w = { &d->zone, COMM_STRICT, ret_why };
	msgpack_unpack_return r;
	msgpack_object o;

	msgpack_zone_clear(&d->zone);
	r = msgpack_unpack(bytes, s->pos, NULL, &d->zone, &o);
	if (r == MSGPACK_UNPACK_NOMEM_ERROR)
		return -ENOMEM;
	if (r != MSGPACK_UNPACK_SUCCESS)
		return refuse(&w, NULL, COMM_EPROTOCOL, "not MessagePack");
	*ret = (struct comm_envelope){ .type = s->type, .id = s->id };
	if (s->type != COMM_RESPONSE)
		return open_request(&w, &o.via.array, ret);
	open_response(&o.via.array, ret);
	return 0;
}

#include "proto/json_message.h"

#include <errno.h>
#include <msgpack.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/errors.h"
#include "proto/refusal.h"
#include "proto/suggest.h"
#include "proto/util.h"

struct walk {
	msgpack_packer out;
	struct comm_refusal *why;
};

static int put_message(struct walk *w, const struct comm_place *at, const struct comm_message *type,
		       const json_t *value);

int comm_json_write(void *out, const char *bytes, size_t len)
{
	comm_buf_push(out, bytes, len);
	return 0;
}

static void put_text(struct walk *w, const char *text, size_t len)
{
	msgpack_pack_str(&w->out, len);
	msgpack_pack_str_body(&w->out, text, len);
}

/* What no table knows is passed on as it is, for the decoder to refuse. */
static int put_plain(struct walk *w, const struct comm_place *at, const json_t *value)
{
	int r = 0;

	switch (json_typeof(value)) {
	case JSON_NULL:
		msgpack_pack_nil(&w->out);
		break;
	case JSON_FALSE:
		msgpack_pack_false(&w->out);
		break;
	case JSON_TRUE:
		msgpack_pack_true(&w->out);
		break;
	case JSON_INTEGER:
		msgpack_pack_int64(&w->out, json_integer_value(value));
		break;
	case JSON_REAL:
		msgpack_pack_double(&w->out, json_real_value(value));
		break;
	case JSON_STRING:
		put_text(w, json_string_value(value), json_string_length(value));
		break;
	case JSON_ARRAY:
		msgpack_pack_array(&w->out, json_array_size(value));
		for (size_t i = 0; !r && i < json_array_size(value); i++)
			r = put_plain(w, at, json_array_get(value, i));
		break;
	case JSON_OBJECT:
		return comm_refuse(w->why, at, comm_refusal_code(at), "an object is not expected");
	}
	return r;
}

static bool is_base64(const json_t *value)
{
	return json_object_size(value) == 1 && json_object_get(value, "base64");
}

/* {"base64": "…"} in the place of bytes. */
static int put_base64(struct walk *w, const struct comm_place *at, const json_t *object)
{
	const json_t *text = json_object_get(object, "base64");
	_cleanup_free_ char *bytes = NULL;
	size_t len;

	if (!is_base64(object) || !json_is_string(text))
		return comm_refuse(
			w->why, at, comm_refusal_code(at),
			"a string or {\"base64\": \"...\"} expected, not another object");
	bytes = malloc(json_string_length(text) + 1);
	if (!bytes)
		return -ENOMEM;
	if (comm_base64_decode(json_string_value(text), json_string_length(text), bytes, &len))
		return comm_refuse(w->why, at, COMM_EBAD_VALUE,
				   "not valid base64 (RFC 4648, with padding)");
	msgpack_pack_bin(&w->out, len);
	msgpack_pack_bin_body(&w->out, bytes, len);
	return 0;
}

static int put_list(struct walk *w, const struct comm_place *at, const struct comm_message *item,
		    const json_t *list)
{
	int r = 0;

	msgpack_pack_array(&w->out, json_array_size(list));
	for (size_t i = 0; !r && i < json_array_size(list); i++) {
		struct comm_place inner = { at, NULL, i };

		r = put_message(w, &inner, item, json_array_get(list, i));
	}
	return r;
}

/* An object for a field that is no message: bytes, or wrong. */
static int put_object(struct walk *w, const struct comm_place *at, const struct comm_field *f,
		      const json_t *object)
{
	switch (f->kind) {
	case COMM_STR:
	case COMM_BIN:
		return put_base64(w, at, object);
	case COMM_INT:
		return comm_refuse(w->why, at, comm_refusal_code(at),
				   "an integer expected, not an object");
	case COMM_BOOL:
		return comm_refuse(w->why, at, comm_refusal_code(at),
				   "true or false expected, not an object");
	case COMM_LIST:
	case COMM_OBJECT:
		break;
	}
	return comm_refuse(w->why, at, comm_refusal_code(at), "an array expected, not an object");
}

static int put_field(struct walk *w, const struct comm_place *outer, const struct comm_field *f,
		     const json_t *value)
{
	struct comm_place at = { outer, f->name, 0 };

	if (f->kind == COMM_OBJECT)
		return put_message(w, &at, comm_field_item(f), value);
	if (json_is_object(value))
		return put_object(w, &at, f, value);
	if (json_is_array(value) && f->kind == COMM_LIST)
		return put_list(w, &at, comm_field_item(f), value);
	return put_plain(w, &at, value);
}

/* The fields of @array in their order; more than there are do not get through the decoder. */
static int put_positional(struct walk *w, const struct comm_place *at,
			  const struct comm_message *type, const json_t *array)
{
	size_t n = json_array_size(array);
	int r = 0;

	msgpack_pack_array(&w->out, n);
	for (size_t i = 0; !r && i < n; i++) {
		const json_t *value = json_array_get(array, i);

		r = i < type->n_fields ? put_field(w, at, comm_message_field(type, i), value)
				       : put_plain(w, at, value);
	}
	return r;
}

static bool has_field(const struct comm_message *type, const char *name)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (!strcmp(comm_message_field(type, i)->name, name))
			return true;
	return false;
}

/* One of the members of @object is no field: say which, and which was meant. */
static int refuse_unknown(struct walk *w, const struct comm_place *outer,
			  const struct comm_message *type, json_t *object)
{
	struct comm_place at = { outer, "", 0 };
	struct suggest s;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		if (!has_field(type, name))
			at.field = name;
	}
	suggest_init(&s, at.field);
	for (size_t i = 0; i < type->n_fields; i++)
		suggest_offer(&s, comm_message_field(type, i)->name);
	if (s.best)
		return comm_refuse(w->why, &at, comm_refusal_code(&at),
				   "is not known; did you mean \"%s\"?", s.best);
	return comm_refuse(w->why, &at, comm_refusal_code(&at), "is not known");
}

static int refuse_missing(struct walk *w, const struct comm_place *outer,
			  const struct comm_field *f)
{
	struct comm_place at = { outer, f->name, 0 };

	return comm_refuse(w->why, &at, comm_refusal_code(&at),
			   f->need == COMM_NIL ? "is missing; it may be null" : "is missing");
}

/*
 * The fields of @object by their names, in the order of the schema. Null has a meaning of its own for
 * some, so that only what is optional may be left out: {"key": "k"} must not become a tombstone.
 */
static int put_named(struct walk *w, const struct comm_place *at, const struct comm_message *type,
		     json_t *object)
{
	const struct comm_field *missing = NULL;
	size_t n = 0, n_known = 0;
	int r = 0;

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);

		if (json_object_get(object, f->name)) {
			n_known++;
			n = i + 1;
		} else if (f->need != COMM_OPT && !missing) {
			missing = f;
		}
	}
	if (n_known < json_object_size(object))
		return refuse_unknown(w, at, type, object);
	if (missing)
		return refuse_missing(w, at, missing);
	msgpack_pack_array(&w->out, n);
	for (size_t i = 0; !r && i < n; i++) {
		const struct comm_field *f = comm_message_field(type, i);
		const json_t *value = json_object_get(object, f->name);

		if (value)
			r = put_field(w, at, f, value);
		else
			msgpack_pack_nil(&w->out);
	}
	return r;
}

static int put_message(struct walk *w, const struct comm_place *at, const struct comm_message *type,
		       const json_t *value)
{
	if (json_is_array(value))
		return put_positional(w, at, type, value);
	if (!json_is_object(value))
		return put_plain(w, at, value);
	if (type->bare && is_base64(value))
		return put_base64(w, at, value);
	return put_named(w, at, type, (json_t *)value);
}

int comm_json_message(struct comm_buf *out, const struct comm_message *type, const json_t *value,
		      struct comm_refusal *ret_why)
{
	struct walk w = { .why = ret_why };

	msgpack_packer_init(&w.out, out, comm_json_write);
	return put_message(&w, NULL, type, value);
}

#include "proto/json.h"

#include <errno.h>
#include <jansson.h>
#include <msgpack.h>
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

static int on_packed(void *out, const char *bytes, size_t len)
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

static int put_object(struct walk *w, const struct comm_place *at, const struct comm_field *f,
		      const json_t *object)
{
	switch (f->kind) {
	case COMM_OBJECT:
		return put_message(w, at, comm_field_item(f), object);
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
		return comm_refuse(w->why, at, comm_refusal_code(at),
				   "an array expected, not an object");
	}
	return -EINVAL;
}

static int put_field(struct walk *w, const struct comm_place *outer, const struct comm_field *f,
		     const json_t *value)
{
	struct comm_place at = { outer, f->name, 0 };

	if (json_is_object(value))
		return put_object(w, &at, f, value);
	if (json_is_array(value) && f->kind == COMM_LIST)
		return put_list(w, &at, comm_field_item(f), value);
	if (json_is_array(value) && f->kind == COMM_OBJECT)
		return put_message(w, &at, comm_field_item(f), value);
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

	json_object_foreach(object, name, value)
	{
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

/*
 * The fields of @object by their names, in the order of the schema. Null has a meaning of its own for
 * some, so that only what is optional may be left out: {"key": "k"} must not become a tombstone.
 */
static int put_named(struct walk *w, const struct comm_place *at, const struct comm_message *type,
		     json_t *object)
{
	size_t n = 0, n_known = 0;
	int r = 0;

	for (size_t i = 0; i < type->n_fields; i++) {
		if (!json_object_get(object, comm_message_field(type, i)->name))
			continue;
		n_known++;
		n = i + 1;
	}
	if (n_known < json_object_size(object))
		return refuse_unknown(w, at, type, object);
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);
		struct comm_place inner = { at, f->name, 0 };

		if (f->need != COMM_OPT && !json_object_get(object, f->name))
			return comm_refuse(w->why, &inner, comm_refusal_code(&inner),
					   f->need == COMM_NIL ? "is missing; it may be null"
							       : "is missing");
	}
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

static int read_id(struct walk *w, const json_t *id, struct comm_json_request *ret)
{
	if (!id || json_is_null(id))
		return 0;
	if (!json_is_integer(id) || json_integer_value(id) < 0)
		return comm_refuse(w->why, NULL, COMM_EPROTOCOL,
				   "the id must be an integer from 0 to 9223372036854775807");
	ret->id = (uint64_t)json_integer_value(id);
	return 0;
}

static int read_method(struct walk *w, const json_t *method, struct comm_json_request *ret)
{
	struct comm_bytes name;

	if (!json_is_string(method))
		return comm_refuse(
			w->why, NULL, COMM_EPROTOCOL,
			"a request is an object such as {\"method\": \"ping\"} or {\"id\": "
			"1, \"method\": \"list_topics\", \"params\": {\"topic\": \"t\"}}");
	name = (struct comm_bytes){ json_string_value(method), json_string_length(method) };
	ret->method = comm_method_find(name);
	return 0;
}

/* Whether there is nothing but what a request has. */
static int check_members(struct walk *w, json_t *request)
{
	static const char *const known[] = { "id", "method", "params" };
	struct suggest s;
	const char *name;
	json_t *value;

	json_object_foreach(request, name, value)
	{
		suggest_init(&s, name);
		for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
			if (!strcmp(name, known[i]))
				break;
			suggest_offer(&s, known[i]);
			if (i + 1 == ARRAY_SIZE(known))
				return comm_refuse(w->why, NULL, COMM_EPROTOCOL,
						   "\"%.32s\" is none of id, method, params%s%s%s",
						   name, s.best ? "; did you mean \"" : "",
						   s.best ? s.best : "", s.best ? "\"?" : "");
		}
	}
	return 0;
}

/* Whoever leaves the parameters out gives none. */
static int put_params(struct walk *w, const struct comm_message *type, json_t *params)
{
	if (!params) {
		msgpack_pack_array(&w->out, 0);
		return 0;
	}
	return put_message(w, NULL, type, params);
}

static int put_request(struct walk *w, json_t *request, struct comm_json_request *ret)
{
	const json_t *method = json_object_get(request, "method");
	int r = read_id(w, json_object_get(request, "id"), ret);

	if (!r)
		r = read_method(w, method, ret);
	if (!r)
		r = check_members(w, request);
	if (r)
		return r;
	msgpack_pack_array(&w->out, 4);
	msgpack_pack_int(&w->out, COMM_REQUEST);
	msgpack_pack_uint64(&w->out, ret->id);
	put_text(w, json_string_value(method), json_string_length(method));
	if (ret->method)
		return put_params(w, comm_method_params(ret->method),
				  json_object_get(request, "params"));
	/* What they are for, nobody knows. */
	msgpack_pack_array(&w->out, 0);
	return 0;
}

static int refuse_text(const json_error_t *error, struct comm_refusal *ret_why)
{
	if (json_error_code(error) == json_error_out_of_memory)
		return -ENOMEM;
	return comm_refuse(ret_why, NULL, COMM_EPROTOCOL, "not JSON: %s, at column %d", error->text,
			   error->column);
}

int comm_json_request(struct comm_buf *out, const char *line, size_t len,
		      struct comm_json_request *ret, struct comm_refusal *ret_why)
{
	struct walk w = { .why = ret_why };
	size_t len_before = out->len;
	json_error_t error;
	json_t *request;
	int r;

	*ret = (struct comm_json_request){ .id = COMM_JSON_NO_ID };
	r = comm_json_check(line, len, ret_why);
	if (r)
		return r;
	request = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!request)
		return refuse_text(&error, ret_why);
	msgpack_packer_init(&w.out, out, on_packed);
	r = put_request(&w, request, ret);
	json_decref(request);
	if (!r && comm_buf_failed(out))
		r = -ENOMEM;
	if (r)
		comm_buf_truncate(out, len_before);
	return r;
}

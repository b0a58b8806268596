#include "proto/json.h"

#include <errno.h>
#include <jansson.h>
#include <msgpack.h>
#include <stdbool.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/json_message.h"
#include "proto/refusal.h"
#include "proto/suggest.h"
#include "proto/util.h"

static int read_id(const json_t *id, struct comm_json_request *ret, struct comm_refusal *why)
{
	if (!id || json_is_null(id))
		return 0;
	if (!json_is_integer(id) || json_integer_value(id) < 0)
		return comm_refuse(why, NULL, COMM_EPROTOCOL,
				   "the id must be an integer from 0 to 9223372036854775807");
	ret->id = (uint64_t)json_integer_value(id);
	return 0;
}

static int read_method(const json_t *method, struct comm_json_request *ret,
		       struct comm_refusal *why)
{
	struct comm_bytes name;

	if (!json_is_string(method))
		return comm_refuse(
			why, NULL, COMM_EPROTOCOL,
			"a request is an object such as {\"method\": \"ping\"} or {\"id\": "
			"1, \"method\": \"list_topics\", \"params\": {\"topic\": \"t\"}}");
	name = (struct comm_bytes){ json_string_value(method), json_string_length(method) };
	ret->method = comm_method_find(name);
	return 0;
}

static const char *const members[] = { "id", "method", "params" };

static bool is_member(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (!strcmp(name, members[i]))
			return true;
	return false;
}

static int refuse_member(const char *name, struct comm_refusal *why)
{
	struct suggest s;

	suggest_init(&s, name);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		suggest_offer(&s, members[i]);
	return comm_refuse(
		why, NULL, COMM_EPROTOCOL, "\"%.32s\" is none of id, method, params%s%s%s", name,
		s.best ? "; did you mean \"" : "", s.best ? s.best : "", s.best ? "\"?" : "");
}

static int check_members(json_t *request, struct comm_refusal *why)
{
	const char *name;
	json_t *value;

	json_object_foreach(request, name, value)
		if (!is_member(name))
			return refuse_member(name, why);
	return 0;
}

static void put_envelope(struct comm_buf *out, uint64_t id, const json_t *method)
{
	msgpack_packer p;

	msgpack_packer_init(&p, out, comm_json_write);
	msgpack_pack_array(&p, 4);
	msgpack_pack_int(&p, COMM_REQUEST);
	msgpack_pack_uint64(&p, id);
	msgpack_pack_str(&p, json_string_length(method));
	msgpack_pack_str_body(&p, json_string_value(method), json_string_length(method));
}

static int put_request(struct comm_buf *out, json_t *request, struct comm_json_request *ret,
		       struct comm_refusal *why)
{
	const json_t *method = json_object_get(request, "method");
	const json_t *params = json_object_get(request, "params");
	int r = read_id(json_object_get(request, "id"), ret, why);

	if (!r)
		r = read_method(method, ret, why);
	if (!r)
		r = check_members(request, why);
	if (r)
		return r;
	put_envelope(out, ret->id, method);
	if (ret->method && params)
		return comm_json_message(out, comm_method_params(ret->method), params, why);
	/* Left out there are none; and what those of an unknown method mean, nobody knows. */
	comm_buf_push(out, "\x90", 1);
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
	r = put_request(out, request, ret, ret_why);
	json_decref(request);
	if (!r && comm_buf_failed(out))
		r = -ENOMEM;
	if (r)
		comm_buf_truncate(out, len_before);
	return r;
}

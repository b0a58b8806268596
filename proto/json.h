#pragma once

/*
 * Json: the protocol for people, one object a line, by the schema's tables.
 *
 * A request becomes the MessagePack that a program would have sent, so that everything behind it is
 * the same for both. An answer is written from the struct that comm_encode_result() takes. This is
 * not part of libcommclient.
 *
 * Bytes are strings where they are valid UTF-8, and {"base64": "…"} otherwise; nil is null.
 */

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/codec.h"
#include "proto/message.h"

/* The id of a request that has none: JSON's own are integers below 2^63. */
#define COMM_JSON_NO_ID UINT64_MAX

/* What is known of a line. */
struct comm_json_request {
	uint64_t id;
	const struct comm_method *method; /* NULL: none was named, or there is no such method */
};

/*
 * Whether a line may be parsed: how deep it nests, and how many values it can have at most. Returns
 * 0, or COMM_EPROTOCOL or COMM_ETOO_BIG with @ret_why filled.
 */
int comm_json_check(const char *line, size_t len, struct comm_refusal *ret_why);

/*
 * Add the request in @line, without its end of line, to @out as a MessagePack request. @ret is filled in
 * any case, as far as the line could be understood. On failure @out is as it was.
 *
 * Returns 0; COMM_EPROTOCOL (not JSON, or no request), COMM_EBAD_PARAMS, COMM_EBAD_VALUE or
 * COMM_ETOO_BIG with @ret_why filled; -ENOMEM. Only what JSON has and MessagePack has not is judged
 * here; comm_decode() judges the rest.
 */
int comm_json_request(struct comm_buf *out, const char *line, size_t len,
		      struct comm_json_request *ret, struct comm_refusal *ret_why);

/*
 * Add one line, its end included, to @out: {"id": …, "result": {…}} or {"id": …, "error": {…}}, without
 * id for COMM_JSON_NO_ID. Objects have all the fields of the schema, and messages of one field are
 * that field alone. On failure @out is as it was. Return 0 or -ENOMEM.
 */
int comm_json_result(struct comm_buf *out, uint64_t id, const struct comm_message *type,
		     const void *result);
int comm_json_error(struct comm_buf *out, uint64_t id, const struct comm_wire_error *error);

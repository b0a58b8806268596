#pragma once

/*
 * Json message: what a JSON value becomes, by the tables of the message that it stands for.
 */

#include <jansson.h>
#include <stddef.h>

#include "proto/codec.h"

/* msgpack-c's way to write to @out, a comm_buf, whose failure is sticky. Returns 0. */
int comm_json_write(void *out, const char *bytes, size_t len);

/*
 * Write @value, which stands for a message of @type, to @out. Returns 0, or COMM_EBAD_PARAMS or
 * COMM_EBAD_VALUE with @ret_why filled, or -ENOMEM; then @out has a part of it.
 */
int comm_json_message(struct comm_buf *out, const struct comm_message *type, const json_t *value,
		      struct comm_refusal *ret_why);

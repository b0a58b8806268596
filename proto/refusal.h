#pragma once

/*
 * Refusal: which parameter is wrong, as a path, and in which words.
 */

#include <stddef.h>

#include "proto/codec.h"

/* Where a walk through a message is: a chain on the stack, written out only for a refusal. */
struct comm_place {
	const struct comm_place *outer;
	const char *field; /* or NULL: an item of a list */
	size_t item;
};

/*
 * Fill @why with a sentence that begins with the path of @at, which is NULL for the message itself.
 * Returns @code.
 */
int comm_refuse(struct comm_refusal *why, const struct comm_place *at, int code, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/* The code for a value of the wrong type: a record that is wrong is one bad value among others, any
 * other field is a bad parameter, and so is the message itself, for which @at is NULL. */
int comm_refusal_code(const struct comm_place *at);

#pragma once

/*
 * Walk: messages of any type by the schema's tables: filled with values, compared, printed.
 *
 * What is tested this way stays tested when the schema grows.
 */

#include <stdbool.h>
#include <stddef.h>

#include "proto/buf.h"
#include "proto/message.h"

/* Room for the struct of any message. */
union walk_any {
#define WALK_MEMBER(NAME, name, bare) struct comm_##name name;
	COMM_MESSAGES(WALK_MEMBER)
#undef WALK_MEMBER
	struct comm_none none;
};

enum walk_style {
	WALK_FULL,   /* every field, with integers of every width and sign */
	WALK_SPARSE, /* nothing that may be nil or left out */
	WALK_EMPTY,  /* bytes of length 0, lists of nothing, numbers 0 */
	WALK_LOW,    /* the smallest integers */
	WALK_HIGH,   /* the largest integers, longer bytes, longer lists */
	WALK_N_STYLES
};

/* Memory for what walk_fill() makes; all zero at first, and enough for the largest message. */
struct walk_memory {
	char bytes[256 * 1024];
	size_t used;
	unsigned int n_values;
};

/* Fill @ret, a struct of type->size bytes; it lives as long as @m does. */
void walk_fill(struct walk_memory *m, const struct comm_message *type, enum walk_style style,
	       void *ret);

/* Nil and bytes of length 0 differ; a list left out and one of length 0 do not. */
bool walk_equal(const struct comm_message *type, const void *a, const void *b);

/* Add `name=value name=[{name=value}]` to @out; optional fields that are absent do not show. */
void walk_print(struct comm_buf *out, const struct comm_message *type, const void *msg);

/* Arrays inside arrays of the deepest such message, its own included. */
unsigned int walk_depth(const struct comm_message *type);

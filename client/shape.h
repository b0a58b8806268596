#pragma once

/*
 * Shape: how a result that was decoded becomes a struct of the program's.
 *
 * A shape is a string with a character for each field of the message, in the schema's order; the
 * struct's members follow in the same order, each aligned as the compiler does it:
 *
 *   q  int64_t, -1 for nil        i  int32_t or int, likewise     b  int, of a BOOL
 *   s  C string, NULL for nil     S  C string, "" for nil         -  left out
 *   [ ]  a list: pointer and size_t n; between them the items' shape
 *   { }  a struct inside; between them its shape
 *   e  what is wrong: int error, 0 for nil, and its sentence      E  the same, its name between them
 *
 * So a result costs a string, and no code of its own.
 */

#include <stddef.h>

#include "proto/message.h"

struct arena;

/*
 * A struct of @shape made of @from, a decoded message of @type, with all that it points to in @a.
 * Returns NULL when out of memory.
 */
void *shape_make_in(struct arena *a, const char *shape, const struct comm_message *type,
		    const void *from);

/* The same on its own, for shape_free(). */
void *shape_make(const char *shape, const struct comm_message *type, const void *from);

/* @made may be NULL. */
void shape_free(void *made);

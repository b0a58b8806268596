#pragma once

/*
 * Arena: memory for what is built once and freed together.
 */

#include <stddef.h>
#include <sys/queue.h>

#include "proto/message.h"

struct arena_chunk;

/* All zero is an empty one. */
struct arena {
	SLIST_HEAD(, arena_chunk) chunks; /* owned; the first is being filled */
	size_t used;                      /* bytes of the first */
};

/* @n items of @size bytes, not set; not NULL for no items. Returns NULL when out of memory. */
void *arena_reserve(struct arena *a, size_t n, size_t size);

/* The same, zeroed. */
void *arena_take(struct arena *a, size_t n, size_t size);

/* A C string of @b, "" for nil. Returns NULL when out of memory. */
const char *arena_string(struct arena *a, struct comm_bytes b);

/* All that was taken is gone; one piece of memory, unless it is large, is kept for what comes next. */
void arena_clear(struct arena *a);
void arena_fini(struct arena *a);

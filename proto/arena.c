#include "proto/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

#define SMALLEST 1024

/* Kept for what comes next: a thousand records, as a receive that asks for no other number gets. */
#define KEEP_BYTES (256 * 1024)

struct arena_chunk {
	SLIST_ENTRY(arena_chunk) entry;
	size_t size;
	alignas(max_align_t) char bytes[];
};

static size_t align(size_t n)
{
	return (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

static int grow(struct arena *a, size_t bytes)
{
	const struct arena_chunk *first = SLIST_FIRST(&a->chunks);
	size_t size = MAX(bytes, first ? 2 * first->size : SMALLEST);
	struct arena_chunk *chunk = malloc(sizeof *chunk + size);

	if (!chunk)
		return -1;
	chunk->size = size;
	a->used = 0;
	SLIST_INSERT_HEAD(&a->chunks, chunk, entry);
	return 0;
}

void *arena_reserve(struct arena *a, size_t n, size_t size)
{
	struct arena_chunk *first = SLIST_FIRST(&a->chunks);
	size_t bytes;
	char *p;

	if (size && n > PTRDIFF_MAX / 4 / size)
		return NULL;
	bytes = align(MAX(n * size, 1));
	if (!first || first->size - a->used < bytes) {
		if (grow(a, bytes))
			return NULL;
		first = SLIST_FIRST(&a->chunks);
	}
	p = first->bytes + a->used;
	a->used += bytes;
	return p;
}

void *arena_take(struct arena *a, size_t n, size_t size)
{
	void *p = arena_reserve(a, n, size);

	return p ? memset(p, 0, n * size) : NULL;
}

const char *arena_string(struct arena *a, struct comm_bytes b)
{
	char *s = arena_take(a, b.len + 1, 1);

	if (s && b.len)
		memcpy(s, b.data, b.len);
	return s;
}

static void free_chunks(struct arena *a)
{
	struct arena_chunk *chunk;

	while ((chunk = SLIST_FIRST(&a->chunks))) {
		SLIST_REMOVE_HEAD(&a->chunks, entry);
		free(chunk);
	}
	a->used = 0;
}

void arena_clear(struct arena *a)
{
	struct arena_chunk *kept = SLIST_FIRST(&a->chunks);

	if (kept && kept->size <= KEEP_BYTES)
		SLIST_REMOVE_HEAD(&a->chunks, entry);
	else
		kept = NULL;
	free_chunks(a);
	if (kept)
		SLIST_INSERT_HEAD(&a->chunks, kept, entry);
}

void arena_fini(struct arena *a)
{
	free_chunks(a);
}

#include "proto/buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SMALLEST 512

/* What is expected to be at least a page is mapped, in whole ones. */
#define MAPPED_UNIT (4 * 1024)

void comm_buf_init(struct comm_buf *b)
{
	*b = (struct comm_buf){ 0 };
}

void comm_buf_fini(struct comm_buf *b)
{
	if (b->is_mapped)
		(void)munmap(b->data, b->capacity);
	else
		free(b->data);
	comm_buf_init(b);
}

/* Move the bytes to the front, where the space of popped ones can be used again. */
static void compact(struct comm_buf *b)
{
	if (b->start && b->len)
		memmove(b->data, b->data + b->start, b->len);
	b->start = 0;
}

/* Into a mapping, or into a larger one. */
static int map(struct comm_buf *b, size_t capacity)
{
	void *data;

	if (b->is_mapped)
		data = mremap(b->data, b->capacity, capacity, MREMAP_MAYMOVE);
	else
		data = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	if (data == MAP_FAILED)
		return -ENOMEM;
	if (!b->is_mapped) {
		if (b->len)
			memcpy(data, b->data, b->len);
		free(b->data);
	}
	b->data = data;
	b->capacity = capacity;
	b->is_mapped = true;
	return 0;
}

static int resize(struct comm_buf *b, size_t capacity, bool is_mapped)
{
	char *data;

	compact(b);
	if (is_mapped)
		return map(b, capacity);
	data = realloc(b->data, capacity);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->capacity = capacity;
	return 0;
}

int comm_buf_expect(struct comm_buf *b, size_t capacity)
{
	if (capacity <= b->capacity)
		return 0;
	if (capacity < MAPPED_UNIT)
		return resize(b, capacity, false);
	return resize(b, (capacity + MAPPED_UNIT - 1) / MAPPED_UNIT * MAPPED_UNIT, true);
}

int comm_buf_reserve(struct comm_buf *b, size_t len, char **ret_room)
{
	size_t capacity = b->capacity ? b->capacity : SMALLEST;

	if (len > PTRDIFF_MAX / 4 - b->len) /* beyond any memory, and short of any overflow */
		return -ENOMEM;
	if (b->start + b->len + len > b->capacity && b->start >= b->len)
		compact(b);
	if (b->start + b->len + len > b->capacity || !b->data) {
		while (capacity < b->len + len)
			capacity *= 2;
		if (resize(b, capacity, b->is_mapped))
			return -ENOMEM;
	}
	*ret_room = b->data + b->start + b->len;
	return 0;
}

void comm_buf_grew(struct comm_buf *b, size_t len)
{
	b->len += len;
}

void comm_buf_push(struct comm_buf *b, const void *bytes, size_t len)
{
	char *room;

	/* Most are small, and find room: nothing else shall be done for them. */
	if (b->data && len <= b->capacity - b->start - b->len && !b->failed) {
		room = b->data + b->start + b->len;
	} else if (b->failed || comm_buf_reserve(b, len, &room) < 0) {
		b->failed = true;
		return;
	}
	if (len)
		memcpy(room, bytes, len);
	b->len += len;
}

void comm_buf_pop(struct comm_buf *b, size_t len)
{
	b->start += len;
	b->len -= len;
	if (!b->len)
		b->start = 0;
}

void comm_buf_truncate(struct comm_buf *b, size_t len)
{
	b->len = len;
	b->failed = false;
}

void comm_buf_shrink(struct comm_buf *b, size_t keep)
{
	if (!b->len && b->capacity > keep)
		comm_buf_fini(b);
}

#pragma once

/*
 * Buf: bytes that grow at the end and are consumed from the front.
 *
 * Running out of memory is sticky: the buffer stays as it was and comm_buf_failed()
 * tells, so that a writer checks once, after the last byte.
 */

#include <stdbool.h>
#include <stddef.h>

struct comm_buf {
	char *data; /* owned; the bytes in use are data[start .. start + len) */
	size_t start;
	size_t len;
	size_t capacity;
	bool is_mapped; /* the memory is the kernel's, not malloc's */
	bool failed;
};

void comm_buf_init(struct comm_buf *b);
void comm_buf_fini(struct comm_buf *b);

/*
 * The first byte in use, NULL before there was one. Valid until the next call that adds or
 * removes bytes.
 */
static inline char *comm_buf_bytes(const struct comm_buf *b)
{
	return b->data ? b->data + b->start : NULL;
}

static inline bool comm_buf_failed(const struct comm_buf *b)
{
	return b->failed;
}

/* Add @len bytes; without memory nothing is added and the buffer has failed. */
void comm_buf_push(struct comm_buf *b, const void *bytes, size_t len);

/*
 * Make room for @len more bytes and point @ret_room at it; comm_buf_grew() then says
 * how many were written. Returns 0 or -ENOMEM.
 */
int comm_buf_reserve(struct comm_buf *b, size_t len, char **ret_room);
void comm_buf_grew(struct comm_buf *b, size_t len);

/*
 * Make room for @capacity bytes in all and no more, where growing by itself might take up to twice
 * of what is needed in the end. If that is a page or more, it is mapped: what comes and goes in large
 * pieces would leave holes in the heap that malloc cannot give back. Returns 0 or -ENOMEM.
 */
int comm_buf_expect(struct comm_buf *b, size_t capacity);

/* Drop @len bytes from the front. An empty buffer starts again at its beginning. */
void comm_buf_pop(struct comm_buf *b, size_t len);

/* Cut the buffer down to its first @len bytes, and forget a failure: undo of a half-written message. */
void comm_buf_truncate(struct comm_buf *b, size_t len);

/* Give the memory back if the buffer is empty and holds more than @keep bytes. */
void comm_buf_shrink(struct comm_buf *b, size_t keep);

#pragma once

/*
 * Split: a stream of bytes cut into records, at a delimiter or by a length before each.
 *
 * Holds one block of input and at most one record of COMM_MESSAGE_MAX bytes: what is longer is
 * passed over and told once, and the records after it are found again.
 */

#include <stdbool.h>
#include <stddef.h>

enum split_result {
	SPLIT_RECORD,
	SPLIT_MORE,    /* give it more bytes, or the end */
	SPLIT_TOO_BIG, /* a record was passed over */
	SPLIT_TORN,    /* framed: the input ended inside a record */
	SPLIT_END
};

struct split {
	const char *delim; /* borrowed; NULL: framed */
	size_t delim_len;
	size_t max; /* bytes of one record */
	char *data; /* owned; the bytes not yet given out are data[start .. start + len) */
	size_t start;
	size_t len;
	size_t capacity;
	size_t scanned; /* of len: in which no delimiter begins */
	size_t skip;    /* framed: bytes of a record too big still to come */
	bool skipping;  /* delimited: until the next delimiter */
	bool is_ended;
};

/* A piece of the input, valid until the next call. */
struct piece {
	const char *bytes; /* NULL: null, which only a frame can be */
	size_t len;
};

/* Cut after each of the @delim_len bytes at @delim, or by 4 bytes of length (@delim NULL). */
void split_init(struct split *s, const char *delim, size_t delim_len);
void split_fini(struct split *s);

/* Room for at least @len more bytes, of which split_grew() tells how many came. NULL: no memory. */
char *split_room(struct split *s, size_t len);
void split_grew(struct split *s, size_t len);

/* No more bytes will come. */
void split_end(struct split *s);

/* The next record, in @ret with SPLIT_RECORD. */
enum split_result split_next(struct split *s, struct piece *ret);

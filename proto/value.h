#pragma once

/*
 * Value: one MessagePack value, as its first bytes say what it is.
 *
 * For bytes in which comm_scan() has found a whole message: nothing is checked here.
 */

#include <stddef.h>
#include <stdint.h>

enum comm_value_kind {
	COMM_VALUE_NIL,
	COMM_VALUE_BOOL,
	COMM_VALUE_UINT, /* an integer of 0 or more, whatever it was written as */
	COMM_VALUE_INT,  /* one below 0 */
	COMM_VALUE_FLOAT,
	COMM_VALUE_STR,
	COMM_VALUE_BIN,
	COMM_VALUE_ARRAY,
	COMM_VALUE_MAP,
	COMM_VALUE_EXT
};

struct comm_value {
	enum comm_value_kind kind;
	uint64_t number;  /* of BOOL, UINT and INT, of INT as int64_t; bytes; values inside */
	const char *data; /* of STR and BIN: borrowed */
};

/* Of the first bytes from 0xc0 on; all others have none. */
extern const unsigned char comm_value_header_lengths[32];

/* How many bytes of header follow the first byte @c; they hold a length, a count or a number. */
static inline size_t comm_value_header_length(unsigned char c)
{
	return c < 0xc0 || c >= 0xe0 ? 0 : comm_value_header_lengths[c - 0xc0];
}

static inline uint64_t comm_big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* Read the value at @p. Returns where the next one is: the first inside, of an array or a map. */
const unsigned char *comm_value_read(const unsigned char *p, struct comm_value *ret);

/* Where the value behind the one at @p is, with all that is inside. */
const unsigned char *comm_value_skip(const unsigned char *p);

#pragma once

/*
 * Hex: messages written down as text. And bytes of exactly their length, so that reading one
 * too many is seen.
 */

#include <stddef.h>

struct hex_bytes {
	char *data; /* owned */
	size_t len;
};

/* Pairs of hex digits, with spaces as one likes. */
struct hex_bytes hex_read(const char *hex);

/* A copy of its own. */
struct hex_bytes hex_copy(const void *bytes, size_t len);

void hex_free(struct hex_bytes *b);

/* Frees the variable when it goes out of scope. */
#define _cleanup_hex_ __attribute__((cleanup(hex_free)))

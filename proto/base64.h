#pragma once

/*
 * Base64: bytes as text, as RFC 4648 has it in its section 4, with padding.
 */

#include <stddef.h>

/* Characters for @len bytes. */
static inline size_t comm_base64_length(size_t len)
{
	return (len + 2) / 3 * 4;
}

/* Write comm_base64_length(@len) characters to @out; no NUL behind them. */
void comm_base64_encode(const void *bytes, size_t len, char *out);

/*
 * Decode the @len characters at @text into @out, which has room for @len / 4 * 3 bytes. Strict: no
 * white space, padding as it has to be, no bits left over. Returns 0 or -EINVAL.
 */
int comm_base64_decode(const char *text, size_t len, void *out, size_t *ret_len);

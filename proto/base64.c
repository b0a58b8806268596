#include "proto/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "proto/util.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void comm_base64_encode(const void *bytes, size_t len, char *out)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i += 3) {
		size_t n = MIN(len - i, 3);
		uint32_t bits = (uint32_t)p[i] << 16;

		bits |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		bits |= n > 2 ? p[i + 2] : 0;
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = n > 1 ? digits[bits >> 6 & 63] : '=';
		*out++ = n > 2 ? digits[bits & 63] : '=';
	}
}

/* Returns -1 for a character that is no digit. */
static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, the last @n_padding of them padding, are 3 - @n_padding bytes. */
static int decode_four(const char *text, size_t n_padding, unsigned char *out)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i < 4 - n_padding ? digit_value(text[i]) : 0;

		if (value < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)value;
	}
	if (bits & ((1u << 8 * n_padding) - 1))
		return -EINVAL;
	for (size_t i = 0; i < 3 - n_padding; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i));
	return 0;
}

int comm_base64_decode(const char *text, size_t len, void *out, size_t *ret_len)
{
	unsigned char *p = out;
	size_t n_padding = 0;
	int r = 0;

	if (len % 4)
		return -EINVAL;
	while (n_padding < 2 && n_padding < len && text[len - 1 - n_padding] == '=')
		n_padding++;
	for (size_t i = 0; !r && i < len; i += 4) {
		size_t n = i + 4 == len ? n_padding : 0;

		r = decode_four(text + i, n, p);
		p += 3 - n;
	}
	*ret_len = (size_t)(p - (unsigned char *)out);
	return r;
}

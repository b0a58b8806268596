#include "client/commctl/escape.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/utf8.h"
#include "proto/util.h"

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 16;
}

/* Read at most @max digits of @base. Returns how many there were. */
static size_t read_number(const char *text, size_t max, int base, unsigned int *ret)
{
	size_t n = 0;

	*ret = 0;
	while (n < max && digit_value(text[n]) < base)
		*ret = *ret * (unsigned int)base + (unsigned int)digit_value(text[n++]);
	return n;
}

/* Read what follows a backslash. Returns how many characters that was, 0 if it is wrong. */
static size_t read_escape(const char *text, size_t len, char *ret)
{
	unsigned int number;
	size_t n = 1;

	switch (*text) {
	case 'n':
		*ret = '\n';
		break;
	case 'r':
		*ret = '\r';
		break;
	case 't':
		*ret = '\t';
		break;
	case 'x':
		n = read_number(text + 1, MIN(len - 1, 2), 16, &number);
		*ret = (char)number;
		return n ? n + 1 : 0;
	default:
		if (digit_value(*text) < 8) {
			n = read_number(text, MIN(len, 3), 8, &number);
			*ret = (char)number;
			return number > 255 ? 0 : n;
		}
		*ret = *text;
	}
	return n;
}

int escape_parse(const char *text, size_t len, char *ret, size_t *ret_len)
{
	size_t n_out = 0;

	for (size_t i = 0; i < len;) {
		char byte = text[i];
		size_t n = 1;

		if (byte == '\\' && i + 1 < len) {
			n = read_escape(text + i + 1, len - i - 1, &byte);
			if (!n)
				return -EINVAL;
			n++;
		}
		ret[n_out++] = byte;
		i += n;
	}
	*ret_len = n_out;
	return 0;
}

char *escape_controls(const char *text, size_t len, const char *kept)
{
	char *out = malloc(4 * len + 1), *at = out;

	for (size_t i = 0; out && i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (comm_utf8_is_control(text, i, len) && !(c && strchr(kept, c)))
			at += sprintf(at, "\\x%02x", c);
		else
			*at++ = (char)c;
	}
	if (out)
		*at = '\0';
	return out;
}

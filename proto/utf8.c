#include "proto/utf8.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the character that begins with @c, 0 if none can. */
static size_t length(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

/* Overlong forms, surrogates and what is beyond U+10FFFF show in the second byte. */
static bool is_second(unsigned char c, unsigned char second)
{
	unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

	return second >= low && second <= high;
}

/* Bytes of the valid character that the @len bytes at @p begin with, or 0. */
static size_t character(const unsigned char *p, size_t len)
{
	size_t n = length(p[0]);

	if (!p[0] || !n || n > len || (n > 1 && !is_second(p[0], p[1])))
		return 0;
	for (size_t k = 2; k < n; k++)
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	return n;
}

/*
 * Whether the eight bytes at @p are ASCII without NUL, as most text is; it may say no to what is. Subtracting
 * one sets the highest bit of a byte that is 0.
 */
static bool is_plain(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return !((word | (word - 0x0101010101010101)) & 0x8080808080808080);
}

bool comm_utf8_is_valid(struct comm_bytes b)
{
	const unsigned char *p = (const unsigned char *)b.data;

	for (size_t i = 0; i < b.len;) {
		size_t n = b.len - i >= 8 && is_plain(p + i) ? 8 : character(p + i, b.len - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}

static bool is_wide_control(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	return u[0] == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0;
}

bool comm_utf8_is_control(const char *s, size_t i, size_t n)
{
	unsigned char c = (unsigned char)s[i];

	return c < ' ' || c == 0x7f || (i + 1 < n && is_wide_control(s + i)) ||
	       (i && is_wide_control(s + i - 1));
}

char *comm_utf8_calm(char *s)
{
	for (char *p = s; *p; p++) {
		if (is_wide_control(p))
			*p++ = ' ';
		else if (!comm_utf8_is_control(p, 0, 1))
			continue;
		*p = ' ';
	}
	return s;
}

void comm_utf8_mend(char *s)
{
	for (size_t len = strlen(s); len;) {
		size_t n = character((const unsigned char *)s, len);

		if (!n) {
			*s = '?';
			n = 1;
		}
		s += n;
		len -= n;
	}
}

size_t comm_utf8_cut(struct comm_bytes b, size_t max)
{
	size_t n = max;

	if (b.len <= max)
		return b.len;
	while (n && max - n < 3 && ((unsigned char)b.data[n] & 0xc0) == 0x80)
		n--;
	return n;
}

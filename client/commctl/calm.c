#include "client/commctl/calm.h"

/* U+0080 to U+009F, of which one begins what ESC [ does. */
static bool is_wide_control(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	return u[0] == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0;
}

bool calm_is_control(const char *s, size_t i, size_t n)
{
	unsigned char c = (unsigned char)s[i];

	return c < ' ' || c == 0x7f || (i + 1 < n && is_wide_control(s + i)) ||
	       (i && is_wide_control(s + i - 1));
}

char *calm(char *s)
{
	for (char *p = s; *p; p++) {
		if (is_wide_control(p))
			*p++ = ' ';
		else if (!calm_is_control(p, 0, 1))
			continue;
		*p = ' ';
	}
	return s;
}

#include "daemon/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/utf8.h"

/* Bytes of the valid character at @s that may be shown, or 0. */
static size_t shown_character(const char *s)
{
	unsigned char first = (unsigned char)s[0];
	size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (comm_utf8_is_control(s, 0, len))
		return 0;
	if (strnlen(s, len) < len || !comm_utf8_is_valid((struct comm_bytes){ s, len }))
		return 0;
	return len;
}

static void make_printable(char *s)
{
	while (*s) {
		size_t len = shown_character(s);

		if (!len)
			*s = '?';
		s += len ? len : 1;
	}
}

int config_problem_set(struct config_problem *p, const char *file, int line, const char *format,
		       ...)
{
	va_list args;
	size_t used;

	p->line = line;
	p->is_unknown = false;
	if (line)
		(void)snprintf(p->text, sizeof p->text, "%s:%d: ", file, line);
	else
		(void)snprintf(p->text, sizeof p->text, "%s: ", file);
	used = strlen(p->text);
	va_start(args, format);
	(void)vsnprintf(p->text + used, sizeof p->text - used, format, args);
	va_end(args);
	make_printable(p->text);
	return COMM_EINVALID;
}

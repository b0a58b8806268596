#include "proto/refusal.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/errors.h"

static size_t write_place(const struct comm_place *at, char *out, size_t size)
{
	size_t n = at->outer ? write_place(at->outer, out, size) : 0;

	if (n >= size)
		return n;
	if (!at->field)
		return n + (size_t)snprintf(out + n, size - n, "[%zu]", at->item);
	return n + (size_t)snprintf(out + n, size - n, "%s%s", n ? "." : "", at->field);
}

int comm_refuse(struct comm_refusal *why, const struct comm_place *at, int code, const char *format,
		...)
{
	size_t n = 0;
	va_list ap;

	why->detail[0] = '\0';
	if (at) {
		write_place(at, why->detail, sizeof why->detail);
		n = (size_t)snprintf(why->message, sizeof why->message, "%s: ", why->detail);
	}
	va_start(ap, format);
	(void)vsnprintf(why->message + n, sizeof why->message - n, format, ap);
	va_end(ap);
	return code;
}

int comm_refusal_code(const struct comm_place *at)
{
	for (; at; at = at->outer)
		if (!at->field)
			return COMM_EBAD_VALUE;
	return COMM_EBAD_PARAMS;
}

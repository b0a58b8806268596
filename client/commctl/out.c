#include "client/commctl/out.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPACITY_FIRST (64 * 1024)

void out_init(struct out *o, int fd)
{
	*o = (struct out){ .fd = fd };
}

void out_fini(struct out *o)
{
	free(o->data);
	out_init(o, -1);
}

/* Returns where the next @len bytes go, NULL after an error. */
static char *room(struct out *o, size_t len)
{
	size_t capacity = o->capacity ? o->capacity : CAPACITY_FIRST;
	char *data;

	if (o->error)
		return NULL;
	if (o->capacity - o->len >= len)
		return o->data + o->len;
	while (capacity - o->len < len)
		capacity *= 2;
	data = realloc(o->data, capacity);
	if (!data) {
		o->error = -ENOMEM;
		return NULL;
	}
	o->data = data;
	o->capacity = capacity;
	return data + o->len;
}

void out_push(struct out *o, const void *bytes, size_t len)
{
	char *to = len ? room(o, len) : NULL;

	if (!to)
		return;
	memcpy(to, bytes, len);
	o->len += len;
}

void out_text(struct out *o, const char *text)
{
	out_push(o, text, strlen(text));
}

void out_field(struct out *o, const char *text)
{
	for (; *text; text++)
		out_push(o, strchr("\t\n\r", *text) ? " " : text, 1);
}

void out_number(struct out *o, int64_t number)
{
	char digits[24];
	char *p = digits + sizeof digits;
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		*--p = '-';
	out_push(o, p, (size_t)(digits + sizeof digits - p));
}

void out_printf(struct out *o, const char *format, ...)
{
	va_list args;
	char *to;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	to = n > 0 ? room(o, (size_t)n + 1) : NULL;
	if (!to)
		return;
	va_start(args, format);
	(void)vsnprintf(to, (size_t)n + 1, format, args);
	va_end(args);
	o->len += (size_t)n;
}

/* What others have made non-blocking, such as a pipe they share with us, takes no more for now. */
static void wait_for_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	(void)poll(&p, 1, -1);
}

int out_flush(struct out *o)
{
	size_t done = 0;

	while (!o->error && done < o->len) {
		ssize_t n = write(o->fd, o->data + done, o->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			wait_for_room(o->fd);
		else if (errno != EINTR)
			o->error = -errno;
	}
	o->len = 0;
	return o->error;
}

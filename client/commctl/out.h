#pragma once

/*
 * Out: bytes on their way to a descriptor.
 *
 * Nothing is written before out_flush(), so that the caller knows what has left and what has not.
 * Errors are sticky: after the first one everything is thrown away, and every flush tells it.
 */

#include <stddef.h>
#include <stdint.h>

/* On a terminal: home, and all below is wiped. */
#define OUT_CLEAR "\033[H\033[J"

struct out {
	int fd;
	int error;  /* 0 or -errno */
	char *data; /* owned */
	size_t len;
	size_t capacity;
};

void out_init(struct out *o, int fd);
void out_fini(struct out *o);

void out_push(struct out *o, const void *bytes, size_t len);
void out_text(struct out *o, const char *text);

/* A name as one field of a line: tabs and line breaks become spaces. */
void out_field(struct out *o, const char *text);

void out_number(struct out *o, int64_t number);
void out_printf(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write everything, however long it takes. Returns 0 or -errno. */
int out_flush(struct out *o);

#pragma once

/*
 * Text: a configuration file in memory, handed out line by line, with the lines counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The largest file read. A profile with certificates inside has some 20 KiB; what is larger
 * is not a configuration file. */
#define TEXT_BYTES_MAX (1024 * 1024)

struct text {
	char *bytes; /* owned; ends with a NUL that is not counted */
	size_t len;
	size_t position; /* of the next line */
	int line;        /* number of the last line handed out, from 1 */
	mode_t mode;     /* of the file; 0 for a text that is none */
};

/* Read @file whole. Returns 0 or -errno; -EFBIG for one above TEXT_BYTES_MAX. */
int text_load(struct text *t, const char *file);

/* A text that is a copy of @bytes. Returns 0 or -ENOMEM. */
int text_init(struct text *t, const void *bytes, size_t len);

/* @t may be zeroed. */
void text_fini(struct text *t);

/*
 * The next line, without its LF or CRLF and without the UTF-8 mark at a file's start.
 * It ends with a NUL, may hold others, is the caller's to change, and lives as long as @t.
 *
 * Returns false at the end.
 */
bool text_next(struct text *t, char **ret_line, size_t *ret_len);

/* @path as seen from the directory of the file @file; the caller's to free. NULL when out of memory. */
char *text_beside(const char *file, const char *path);

/* Cut white space off both ends of the C string @s. Returns where it begins now. */
char *text_trim(char *s);

#pragma once

/*
 * Lines: the protocol as people speak it, one JSON object a line, on a descriptor of wire_connect().
 *
 * Whatever does not happen within ten seconds fails the running test with a sentence.
 */

#include <jansson.h>

#include "proto/errors.h"

/* Write @text as it is; its ends of line are the test's. */
void lines_write(int fd, const char *text);

/* Read one line, and not a byte more; it has to be an object. The caller gives up the reference. */
json_t *lines_read(int fd);

/* The next line has to be this. */
void lines_expect(int fd, const char *text);

/*
 * The next line has to be the error @code to @id (-1: to none), with a sentence that contains @part and
 * a detail that is @detail (NULL: any).
 */
void lines_expect_error(int fd, json_int_t id, enum comm_error code, const char *part,
			const char *detail);

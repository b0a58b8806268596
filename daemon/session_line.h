#pragma once

/*
 * Session line: requests of a client that speaks JSON, one a line.
 *
 * Each becomes the MessagePack that another client would have sent, and goes the same way from there.
 * A line that cannot be understood is answered, and the next is read: where it begins is certain,
 * for JSON allows no end of line inside a string.
 */

#include <stddef.h>

struct session;

/*
 * Deal with the line that @bytes begin with; those that were there the last time are the same. Returns
 * how many bytes it has with its end, 0 if that is not there yet, it is held back, or the session ends.
 */
size_t session_line_take(struct session *s, const char *bytes, size_t len);

/*
 * Deal with a line of @len bytes, its end not among them. Returns 0, or COMM_EAGAIN: later, the whole line.
 */
int session_line_run(struct session *s, const char *line, size_t len);

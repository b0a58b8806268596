#pragma once

/*
 * Escape: bytes written as text on the command line, with kcat's escapes.
 */

#include <stddef.h>

/*
 * Turn \n \r \t \0 \NNN (octal) \xHH and \\ of the first @len characters of @text into bytes; any
 * other character after a backslash stands for itself. @ret has room for @len bytes and may be
 * @text itself.
 *
 * Returns 0, or -EINVAL for \x without a hexadecimal digit and for a number above 255.
 */
int escape_parse(const char *text, size_t len, char *ret, size_t *ret_len);

#pragma once

/*
 * Escape: bytes written as text on the command line, with kcat's escapes; and bytes of others as text that
 * does nothing to a terminal.
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

/*
 * @len bytes of UTF-8 at @text, with \xHH in the place of each byte of a control character that is not one
 * of @kept. Returns a string that the caller frees, NULL when out of memory.
 */
char *escape_controls(const char *text, size_t len, const char *kept);

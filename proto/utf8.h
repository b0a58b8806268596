#pragma once

/*
 * UTF-8: is it? And what to do if it is not.
 */

#include <stdbool.h>
#include <stddef.h>

#include "proto/message.h"

/* Whether @b is valid UTF-8 without NUL bytes: names end up in C strings and in logs. */
bool comm_utf8_is_valid(struct comm_bytes b);

/* Put '?' in the place of each byte of @s that is not part of a valid character. */
void comm_utf8_mend(char *s);

/*
 * Whether the byte at @i of @s, @n bytes of UTF-8, is a control character, or belongs to one. Those from U+0080
 * to U+009F, one of which is what ESC [ is, are commands to terminals as well.
 */
bool comm_utf8_is_control(const char *s, size_t i, size_t n);

/* Put a blank in the place of each byte of @s for which that is true. Returns @s. */
char *comm_utf8_calm(char *s);

/*
 * How much of @b fits into @max bytes without a character that is cut. No more than three bytes that fit
 * are left out, also if @b is not valid.
 */
size_t comm_utf8_cut(struct comm_bytes b, size_t max);

#pragma once

/*
 * Calm: text of others, for a terminal.
 *
 * Names of groups and clients, and the words of brokers, are whatever somebody has chosen: nothing in them
 * may do anything to the terminal of who looks, or begin another line.
 */

#include <stdbool.h>
#include <stddef.h>

/* Whether the byte at @i of @s, @n bytes of UTF-8, is a control character, or belongs to one. */
bool calm_is_control(const char *s, size_t i, size_t n);

/* Replace control characters by blanks. Returns @s. */
char *calm(char *s);

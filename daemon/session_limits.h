#pragma once

/*
 * Limits of a session: how much one client may have going on before it is not read from. What it
 * has sent beyond that waits in the socket, where it costs nobody anything, and stops the client.
 */

#include <stdbool.h>
#include <stddef.h>

struct session;

/*
 * Whether @s has more than its part of anything. Reading stops at the whole of what is allowed
 * (@parts 1) and goes on at half of it (@parts 2), so that it goes on in long stretches.
 */
bool session_limits_are_reached(const struct session *s, unsigned int parts);

/* @s sends records in a request of @n_bytes, which are not charged to it yet. */
void session_limits_note_send(struct session *s, size_t n_bytes);

/* @s is closed. */
void session_limits_forget(struct session *s);

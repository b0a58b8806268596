#pragma once

/*
 * Limits of a session: how much one client may have going on before it is not read from. What it
 * has sent beyond that waits in the socket, where it costs nobody anything, and stops the client.
 */

#include <stdbool.h>
#include <stddef.h>

struct session;

/*
 * What @s has more of than its part, in a word: a key of [limits] in commd.conf, or SESSION_LIMIT_* for
 * what is no key. Reading stops at the whole of what is allowed (@parts 1) and goes on at half of it
 * (@parts 2), so that it goes on in long stretches. Returns NULL: nothing.
 */
const char *session_limits_find(const struct session *s, unsigned int parts);

/* Its sends wait for Kafka: the topic is looked up, or the brokers are slow or away. */
#define SESSION_LIMIT_WAITING "waiting-for-kafka"

/* Others send record by record, and come first. */
#define SESSION_LIMIT_BULK "bulk-makes-way"

/* A JSON line without an id is not answered yet, or its answer not on its way: the next must wait. */
#define SESSION_LIMIT_ORDER "in-order"

static inline bool session_limits_are_reached(const struct session *s, unsigned int parts)
{
	return session_limits_find(s, parts) != NULL;
}

/* @s sends @n_records in a request of @n_bytes, which are not charged to it yet. */
void session_limits_note_send(struct session *s, size_t n_bytes, size_t n_records);

/* @s is closed. */
void session_limits_forget(struct session *s);

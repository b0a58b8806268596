#pragma once

/*
 * Session read: the reading half of a session, from bytes to dispatched messages.
 */

#include <stdbool.h>

struct session;

/* Begin to read, or go on. */
void session_read_start(struct session *s);

/* Read no more; what was read and not dealt with is left alone. */
void session_read_stop(struct session *s);

/* Whether a session that is paused still has to be: too much is in flight, or its user's quota is used up. */
bool session_read_must_wait(struct session *s);

/* Go on where reading paused because too much was in flight, once the low marks are reached. */
void session_read_resume(struct session *s);

/* The stream cannot be trusted: say why if the client can understand it, once, and end the session. */
void session_read_refuse(struct session *s, int code, const char *sentence);

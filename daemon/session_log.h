#pragma once

/*
 * Session log: what a client can have said of it in the log as often as it likes. So many lines of all
 * connections of a user are written in a minute, and no more: daemon/said.h. The counters go on.
 */

#include <stdbool.h>
#include <stdint.h>

struct permit_denial;
struct session;

/* The stream of @s ends with @sentence, for the error @code. */
void session_log_disconnected(const struct session *s, int code, const char *sentence);

/* @s is denied @method. Returns whether that is in the log. */
bool session_log_denied(const struct session *s, const char *method, const struct permit_denial *d);

/* Its subscription of this number ends, for the rules are others now: one line each, however many. */
void session_log_denied_later(const struct session *s, int64_t subscription,
			      const struct permit_denial *d);

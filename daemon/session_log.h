#pragma once

/*
 * Session log: what a client can have said of it in the log as often as it likes. So many lines of all
 * connections of a user are written in a minute, and no more: daemon/said.h. The counters go on.
 */

struct session;

/* The stream of @s ends with @sentence, for the error @code. */
void session_log_disconnected(const struct session *s, int code, const char *sentence);

/* @s is denied @method, for @sentence. */
void session_log_denied(const struct session *s, const char *method, const char *sentence);

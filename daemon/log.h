#pragma once

/*
 * Log: one line per decision, to standard error, with a level that journald understands.
 */

/* @level is one of <syslog.h>: LOG_ERR something is broken, LOG_WARNING may become so, LOG_NOTICE
 * what an operator wants to know, LOG_INFO, LOG_DEBUG. Lines above the set level are dropped. */
void log_msg(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The least important level that is written; LOG_INFO at first. */
void log_set_level(int level);

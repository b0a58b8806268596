#pragma once

/*
 * Log: one line per decision. Where standard error is the journal, with a level, an id and fields by
 * which one can look for it; else to standard error, with the level as a word.
 */

#include <stdint.h>
#include <sys/types.h>

#include "daemon/log_events.h"

/* What a line is about, as far as is known: fields of the journal. Strings are borrowed; NULL: none. */
struct log_about {
	const char *client;  /* COMMD_CLIENT, and with it: */
	pid_t pid;           /* COMMD_PID */
	uid_t uid;           /* COMMD_UID */
	const char *profile; /* COMMD_PROFILE */
	const char *topic;   /* COMMD_TOPIC */
	const char *group;   /* COMMD_GROUP */
	int error;           /* COMMD_ERROR by its name; enum comm_error, 0: none */
};

/* @level is one of <syslog.h>: LOG_ERR something is broken, LOG_WARNING may become so, LOG_NOTICE
 * what an operator wants to know, LOG_INFO. LOG_DEBUG is dropped. */
void log_msg(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same about something; NULL: about nothing more than its line says. */
void log_event(int level, enum log_event event, const struct log_about *about, const char *format,
	       ...) __attribute__((format(printf, 4, 5)));

/* What is wrong with the files or the arguments that commd was given, for who has given them: an error,
 * which on a terminal needs no word that says so. */
void log_problem(const char *sentence);

#pragma once

/*
 * Check: what is found out about this host's set-up, one line for each thing that was looked at. What is
 * wrong comes with its cause in one word, for programs, and with the next step.
 */

#include <stddef.h>

#include "client/commctl/ctl.h"

enum check_state { CHECK_OK, CHECK_WARNING, CHECK_PROBLEM };

struct check {
	struct ctl *ctl;
	int exit_code; /* of the first problem */
};

/* A problem whose exit code is @code is told next. */
void check_fail(struct check *c, int code);

/* @cause and @next are NULL for what is well; @next also if nothing can be said. */
void check_tell(struct check *c, enum check_state state, const char *what, const char *cause,
		const char *next, const char *format, ...) __attribute__((format(printf, 6, 7)));

/*
 * What the library or the daemon says of @error: what follows the last semicolon of its sentences is the
 * next step. @code is the exit code.
 */
void check_tell_error(struct check *c, enum check_state state, const char *what, int error,
		      const char *message);

/* ---- check_host.c: what can be seen without asking the daemon ---- */

/* Why nobody answers on @path: whether there is a socket at all. */
void check_socket(struct check *c, const char *path, const char *message);

/* Whether there is room where the socket is and where commd keeps its files. */
void check_disks(struct check *c, const char *path);

/* Whether anything keeps this host's clock right. */
void check_clock(struct check *c);

/* Whether the process @pid may open as many descriptors as connections need. */
void check_descriptors(struct check *c, long pid);

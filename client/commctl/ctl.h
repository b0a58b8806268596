#pragma once

/*
 * Ctl: what every verb of commctl works with: the options given to all of them, the connection,
 * standard output, and the way a failure becomes one line and an exit code.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/commclient.h"
#include "client/commctl/out.h"

/* Exit codes, which scripts rely on. */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1, /* the request failed */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3,
	CTL_DENIED = 4,
	CTL_TIMED_OUT = 5,
	CTL_SOME_FAILED = 6,  /* send: records without acknowledgement; receive: too big to come */
	CTL_BUSY = 7,         /* a quota or limit of the daemon */
	CTL_BAD_CONFIG = 78,  /* the profile is missing or wrong */
	CTL_INTERRUPTED = 130 /* before it was all done */
};

#define CTL_TIMEOUT_DEFAULT_MS 30000

struct ctl {
	const char *socket;  /* NULL: the library's default */
	const char *profile; /* NULL: the library's default */
	int timeout_ms;
	bool has_timeout; /* it was asked for */
	bool json;
	bool human;       /* standard output is a terminal and --json was not asked for */
	bool watches_out; /* stop waiting when nobody reads standard output any more */
	struct comm *c;   /* owned; NULL until ctl_connect() */
	struct out out;   /* standard output */
};

void ctl_init(struct ctl *ctl);

/*
 * Write out what is left and close the connection. Returns @code, or the exit code for output that
 * could not be written; does not return, but dies of SIGPIPE, when nobody reads the output.
 */
int ctl_finish(struct ctl *ctl, int code);

/* Connect without a word. Returns 0 or a COMM_E* number; ctl::c is there in any case to explain it. */
int ctl_open(struct ctl *ctl, enum comm_ack ack);

/*
 * Connect; sends are answered at the level @ack. Returns CTL_OK, or an exit code after having said
 * why.
 */
int ctl_connect(struct ctl *ctl, enum comm_ack ack);

/*
 * Close the connection, if there is one. Callbacks that are still owed come now and never again.
 */
void ctl_disconnect(struct ctl *ctl);

/* Say what went wrong with the last call on the connection. Returns the exit code for @error. */
int ctl_fail(struct ctl *ctl, int error);

/* The exit code for a COMM_E* number. */
int ctl_exit_code(int error);

/* One line on standard error, with "commctl: " before it. */
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Milliseconds of a clock that is never set back. */
int64_t ctl_now_ms(void);

/* The same clock in microseconds. */
int64_t ctl_now_us(void);

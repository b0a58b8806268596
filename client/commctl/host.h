#pragma once

/*
 * Host: the daemon of this host, for the methods of operators, which libcommclient does not know.
 *
 * One request at a time, as JSON lines: an object goes out, an object comes in.
 */

#include <jansson.h>

struct ctl;
struct host;

/*
 * Connect, to the socket and with the profile that @ctl names. Returns CTL_OK, or an exit code after
 * having said why.
 */
int host_open(struct ctl *ctl, struct host **ret);

/* Returns NULL; @h may be NULL. */
struct host *host_close(struct host *h);

/*
 * Ask for @method with @params, whose reference is given up; NULL: none. The answer may take @wait_ms
 * longer than ctl::timeout_ms, what the method itself is asked to wait, and a little longer still, in which
 * the daemon says that it took too long. @ret_result is the caller's to give up.
 *
 * Returns CTL_OK, or an exit code after having said why. After one that is not an answer of the daemon
 * (CTL_UNREACHABLE, CTL_TIMED_OUT) the connection is of no more use.
 */
int host_call(struct host *h, const char *method, json_t *params, int wait_ms, json_t **ret_result);

/* The three at once, on a connection of its own. */
int host_ask(struct ctl *ctl, const char *method, json_t *params, int wait_ms, json_t **ret_result);

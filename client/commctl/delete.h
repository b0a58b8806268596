#pragma once

/*
 * Delete: what is named on the command line, one after the other.
 */

struct comm;
struct ctl;
struct verb;

/*
 * The run() of @verb, which deletes what it calls @noun by @one. Returns the exit code of the first
 * failure.
 */
int delete_run(struct ctl *ctl, int argc, char **argv, const struct verb *verb, const char *noun,
	       int (*one)(struct comm *c, const char *name));

#pragma once

/*
 * Each: the same for every name on the command line.
 */

struct ctl;

/* Do it for one name. Returns the exit code, after having said what went wrong. */
typedef int (*each_fn)(struct ctl *ctl, const char *name, const void *arg);

/*
 * Connect, and do it for each of @names, ended by NULL. One that fails is no reason to leave out the
 * others, but a daemon that is gone is. Returns the exit code of the first failure.
 */
int each_do(struct ctl *ctl, char *const *names, each_fn one, const void *arg);

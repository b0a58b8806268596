#pragma once

/*
 * Reload: commd.conf and the profiles are read again while clients go on. All of it is taken over or, if
 * anything is wrong in any file, nothing.
 *
 * One runs at a time. Whoever asks meanwhile waits for the next: files may have changed since they were
 * read.
 */

#include <stdbool.h>
#include <sys/queue.h>

#include <uv.h>

#include "daemon/changes.h"
#include "daemon/config.h"
#include "daemon/problem.h"
#include "daemon/profile_set.h"

struct acl;
struct daemon;
struct daemon_options;
struct options;

/* Somebody who waits for the end of a reload. */
struct reload_waiter {
	/* @why is NULL for success; @changes is borrowed. The waiter is not waiting any more. */
	void (*done)(struct reload_waiter *w, const struct changes *changes,
		     const struct config_problem *why, int error);
	bool is_waiting;
	TAILQ_ENTRY(reload_waiter) entry;
};

TAILQ_HEAD(reload_waiters, reload_waiter);

struct reload {
	struct daemon *daemon;         /* borrowed */
	const struct options *options; /* borrowed; what is read */
	struct config *config;         /* borrowed; what is in force */
	struct profile_set *profiles;  /* borrowed, likewise */
	bool is_running;
	bool is_wanted;                /* once more */
	struct reload_waiters served;  /* by the one that runs */
	struct reload_waiters waiting; /* for the next */
	uv_signal_t sighup;
	/* what the thread has read */
	uv_work_t work;
	struct config new_config;
	struct profile_set new_profiles;
	struct acl *new_rules; /* owned */
	struct config_problem why;
	int error;
};

/* Begin to listen for SIGHUP. */
void reload_start(struct reload *r, struct daemon *d, const struct daemon_options *o);

/* commd ends: who waits is told COMM_ESHUTDOWN; what is read is thrown away. */
void reload_stop(struct reload *r);

/* Let go of what there is, after reload_stop(). */
void reload_close(struct reload *r);

/* Read everything again, and call @w->done, unless reload_leave() comes before. */
void reload_join(struct reload *r, struct reload_waiter *w);
void reload_leave(struct reload *r, struct reload_waiter *w);

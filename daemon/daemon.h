#pragma once

/*
 * Daemon: what there is one of, and the order in which it comes and goes.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <uv.h>

#include "daemon/config.h"
#include "daemon/deadline.h"
#include "daemon/hang.h"
#include "daemon/histogram.h"
#include "daemon/metrics_file.h"
#include "daemon/notify.h"
#include "daemon/parts.h"
#include "daemon/profile_set.h"
#include "daemon/quota.h"
#include "daemon/reload.h"
#include "daemon/sender.h"
#include "daemon/spares.h"
#include "daemon/stats.h"
#include "daemon/trace.h"
#include "daemon/trim.h"

struct acl;
struct comm_decoder;
struct kafka;
struct listener;
struct session;

/* Read at once from one connection, and in one turn; a request of the client library has 64 KiB. */
#define DAEMON_READ_BYTES (128 * 1024)

enum daemon_state { DAEMON_RUNNING, DAEMON_STOPPING, DAEMON_FLUSHING };

LIST_HEAD(session_list, session);
TAILQ_HEAD(session_queue, session);

struct daemon {
	uv_loop_t *loop;                    /* borrowed */
	const struct config *config;        /* borrowed; a reload changes what is in it */
	const struct profile_set *profiles; /* borrowed, likewise */
	struct acl *rules;                  /* owned; permit_set_rules() */
	unsigned int rules_number;          /* how often there have been others */
	bool is_dev;
	bool is_activated;            /* the socket is another's, not configured here */
	unsigned int max_descriptors; /* of the process */
	unsigned int max_connections; /* the configured ones, if there are descriptors for them */
	enum daemon_state state;
	bool is_finishing;            /* only what runs in threads is left */
	uint64_t started_ms;          /* on the loop's clock */
	struct kafka *kafka;          /* owned; NULL once it is closed */
	struct listener *listener;    /* owned; NULL once it is closed */
	struct comm_decoder *decoder; /* owned; used by one message at a time */
	char *read_bytes;             /* owned; DAEMON_READ_BYTES shared by all connections */
	struct session_list sessions; /* owned */
	size_t n_sessions;            /* those that only wait for their handles included */
	struct session_queue dirty;   /* those with something to do before the loop waits */
	size_t n_dirty;
	TAILQ_HEAD(, subscription) served; /* those whose answers are being written */
	struct session_queue paused;  /* those that are not read from, the first to go on first */
	struct session_list starving; /* those whose user has too many answers to read */
	bool has_released;            /* paused sessions may go on */
	const struct session *single; /* was the last to send record by record; NULL: it is gone */
	uint64_t single_ms;           /* when */
	struct spares spares;         /* for answers */
	struct senders senders;       /* they go with their last records */
	struct quotas quotas;
	struct parts parts; /* of messages of all users that are not whole */
	struct deadlines deadlines;
	struct traces traces;
	struct stats stats;
	bool cannot_share;    /* this system gives no memory that can be shared */
	uv_prepare_t prepare; /* before the loop waits: resume and flush */
	uv_idle_t busy;       /* active while something is left for the next turn */
	uv_timer_t sweep;     /* once a second: half messages, peers that are gone */
	uint64_t swept_ns;    /* when that was last */
	struct histogram lag; /* how much later than it should have been */
	struct trim trim;
	struct notify notify;
	struct hang hang;
	struct metrics_file metrics_file;
	struct reload reload;
	uv_timer_t grace; /* while ending: what does not come to its end */
	uv_signal_t sigterm;
	uv_signal_t sigint;
};

struct daemon_options {
	struct config *config;         /* changed by a reload */
	struct profile_set *profiles;  /* likewise */
	const struct options *options; /* what a reload reads */
	struct acl *rules;             /* the daemon's from here on */
	bool is_dev;
	int listen_fd; /* adopted from socket activation; -1: bind the configured path */
	void (*started)(const struct daemon *d); /* it listens */
};

/*
 * Serve until SIGTERM or SIGINT, then end in order. Returns 0, or -errno or a positive code when it
 * could not begin; why has been logged.
 */
int daemon_run(const struct daemon_options *o);

/*
 * The same on a loop of one's own: make @d, which from here on comes to its end by a signal. In either case
 * the loop has to run until it runs out, and daemon_fini() to come after that. Returns as above.
 */
int daemon_start(struct daemon *d, uv_loop_t *loop, const struct daemon_options *o);
void daemon_fini(struct daemon *d);

/* The limits in the configuration are others than before. */
void daemon_limits_changed(struct daemon *d);

/* Something was released: connections that were not read from may be read again. */
void daemon_released(struct daemon *d);

/* A session has been freed: goes on with the end if it was the last. */
void daemon_session_gone(struct daemon *d);

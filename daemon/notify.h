#pragma once

/*
 * Notify: what the service manager is told, in the words of sd_notify(3): that the daemon serves, reads its
 * configuration again or comes to its end, what it has to do, and that it is alive. Without a manager
 * nothing is told, and nothing is lost by that.
 *
 * Alive is more than a loop that goes round: Kafka's queues must have been polled as well since the last
 * time. Else the manager's watchdog ends the process, and starts another.
 */

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

struct daemon;

/* A line for people; what is longer is cut. */
#define NOTIFY_STATUS_MAX 256

struct notify {
	struct daemon *daemon; /* borrowed */
	bool is_told_to;       /* there is a manager */
	uv_timer_t tick;       /* once a second: what has changed */
	uv_timer_t watchdog;   /* active if the manager wants to hear that we are alive */
	uint64_t n_polled;     /* kafka_n_polled() when it last heard so */
	uint64_t told_ms;      /* when the status was told last */
	char status[NOTIFY_STATUS_MAX];
};

/* Begin; notify_close() has to follow. Nothing is told before notify_ready(). */
void notify_start(struct notify *n, struct daemon *d);
void notify_close(struct notify *n);

/* It serves clients; after notify_reloading() also when the new configuration was refused. */
void notify_ready(struct notify *n);

/* It has begun to read its configuration again. */
void notify_reloading(struct notify *n);

/* It has begun to end; from here on it asks for more time as long as that goes on. */
void notify_stopping(struct notify *n);

#pragma once

/*
 * View: what top shows, the numbers of the daemon and how fast they grow.
 */

#include <jansson.h>
#include <stdint.h>

struct host;

struct view {
	json_t *totals; /* owned; what only grows, as it was the last time; NULL: there was none */
	json_t *topics; /* owned; the same of each topic, by profile and name */
	int64_t taken_ms;
};

/*
 * Ask the daemon. @ret_view is the caller's: numbers of all, and the lists topics, clients, consumers and
 * brokers, each with what matters most first. Rates are per second since the last time, null the first
 * time. Returns CTL_OK, or an exit code after having said why.
 */
int view_take(struct view *v, struct host *h, json_t **ret_view);

void view_fini(struct view *v);

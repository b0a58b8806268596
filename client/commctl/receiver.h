#pragma once

/*
 * Receiver: records of topics to standard output, each acknowledged after it was written, and none
 * that was not.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/commclient.h"

struct ctl;
struct format;

/* What to receive, and until when. Everything is borrowed. */
struct receive_job {
	const char *const *topics;
	size_t n_topics;
	const char *group; /* NULL: none */
	struct comm_subscribe_options options;
	const struct format *format; /* NULL: JSON */
	int64_t n_wanted;            /* then stop; INT64_MAX: never */
	bool has_stop;
	int64_t stop_ms; /* leave out what is as new as this */
	int wait_ms;     /* give up when nothing comes for so long; 0: never */
	bool is_unbuffered;
};

/* Do it. @ctl is connected, and no longer so when this returns. */
int receiver_run(struct ctl *ctl, const struct receive_job *job);

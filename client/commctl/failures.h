#pragma once

/*
 * Failures: the records of a send that were not acknowledged, all of them told, in bounded memory.
 *
 * The first ones are told in a sentence each. All are told by their numbers at the end, in runs, and
 * earlier if there are too many runs to remember; people on a terminal see only how that begins.
 * With --json each is an object of its own, when it happens.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/commctl/ranges.h"

struct ctl;
struct progress;
struct send_job;

/* Records of one kind. */
struct failures_list {
	const char *word; /* for this kind, as in the summary */
	uint64_t n;
	struct ranges ranges;
};

struct failures {
	struct ctl *ctl; /* borrowed, as those below */
	const struct send_job *job;
	struct progress *progress; /* wiped before something is told */
	bool is_brief;             /* standard error is a terminal */
	struct failures_list failed, unknown;
};

/* What became of one record. */
struct failure {
	uint64_t number; /* from 1 */
	int error;       /* COMM_E*; 0: it was never given to the library */
	const char *why; /* in a sentence */
	bool maybe_persisted;
};

void failures_init(struct failures *f, struct ctl *ctl, const struct send_job *job,
		   struct progress *progress);

/* One that has failed. */
void failures_add(struct failures *f, const struct failure *failure);

/* One that nobody waits for any more, so that its outcome stays unknown. */
void failures_add_unknown(struct failures *f, const struct failure *failure);

/* There will be no more: tell what has not been told yet. */
void failures_end(struct failures *f);

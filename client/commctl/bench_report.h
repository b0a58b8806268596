#pragma once

/*
 * Bench report: what a bench shows, while it runs and when it is over.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/commctl/bench.h"

/* One line on a terminal that is written over again and again. */
struct bench_progress {
	const struct bench_plan *plan; /* borrowed */
	bool is_on;                    /* standard error is a terminal */
	int64_t begin_us;
	int64_t next_us;
	int n_shown; /* columns of the line there now */
};

void bench_progress_init(struct bench_progress *p, const struct bench_plan *plan);

/* Show how far the clients are, unless that was done a moment ago. */
void bench_progress_show(struct bench_progress *p, const struct bench_shared *shared);

/* Wipe the line. */
void bench_progress_clear(struct bench_progress *p);

/* Print the result, and what went wrong first. Returns the exit code. */
int bench_report(struct ctl *ctl, const struct bench_plan *plan, const struct bench_shared *shared);

#pragma once

/*
 * Progress: one line on a terminal that counts, written over again and again.
 */

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_terminal; /* standard error is one */
	bool is_on;       /* and nobody types on it */
	int64_t start_ms;
	int64_t next_ms;
	int n_shown; /* columns of the line there now */
	int n_wiped; /* Ctrl-C that are no longer to be seen, or have a line of their own */
};

struct progress_counts {
	uint64_t sent, acknowledged, failed;
};

void progress_init(struct progress *p);

/* Show @counts, unless that was done a moment ago. */
void progress_show(struct progress *p, const struct progress_counts *counts);

/* Wipe the line, with what the terminal shows of Ctrl-C, for something else to be printed. */
void progress_clear(struct progress *p);

/* Milliseconds from one time to the next. */
#define PROGRESS_INTERVAL_MS 200

/* Write @text, of @n columns, over a line of *@n_shown, and blanks over what was longer; that is updated. */
void progress_replace(int *n_shown, const char *text, int n);

/* When it wants to be shown again, by ctl_now_ms(); -1 when never. */
int64_t progress_deadline(const struct progress *p);

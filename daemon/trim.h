#pragma once

/*
 * Trim: memory that a burst has needed goes back to the system when the daemon is quiet again.
 *
 * An allocator keeps what was freed: glibc's, after fifty programs that send and one that reads, a hundred
 * MiB, of which the daemon uses fourteen; tcmalloc, after eighty that read, two hundred.
 */

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

struct stats;

struct trim {
	const struct stats *stats; /* borrowed */
	uv_timer_t timer;
	uv_work_t work;
	bool is_running;
	int64_t trimmed_bytes; /* that had been read and written when it was done last */
	int64_t seen_bytes;    /* at the last look */
};

/* Look from time to time whether it is worth while. trim_close() has to follow. */
void trim_start(struct trim *t, uv_loop_t *loop, const struct stats *stats);

/* Look no more; what runs in a thread may come to its end before the loop does. */
void trim_close(struct trim *t);

/*
 * Whether it is worth while when @n_bytes have been read and written in all: a burst has passed, and
 * since the last look not much has happened. Then it counts as done.
 */
bool trim_is_due(struct trim *t, int64_t n_bytes);

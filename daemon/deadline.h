#pragma once

/*
 * Deadline: a moment at which something is called unless it is cancelled first.
 *
 * Thousands of requests have one each; a binary heap and one timer serve them all.
 */

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

/* Embedded in what has the deadline; zeroed memory is one that is not set. */
struct deadline {
	uint64_t at_ms; /* on the loop's clock */
	size_t place;   /* in the heap, counted from 1; 0: not set */
	void (*passed)(struct deadline *d);
};

struct deadlines {
	uv_timer_t timer;
	struct deadline **heap; /* owned array of borrowed deadlines */
	size_t n;
	size_t capacity;
};

void deadlines_init(struct deadlines *ds, uv_loop_t *loop);

/* Stop the timer and free the heap. uv_close() calls back in the loop's next turn. */
void deadlines_close(struct deadlines *ds);

/* Call @passed in @timeout_ms, once. Returns 0 or -ENOMEM. @d must not be set. */
int deadline_set(struct deadlines *ds, struct deadline *d, uint64_t timeout_ms,
		 void (*passed)(struct deadline *d));

/* Harmless for one that is not set, or has passed. */
void deadline_cancel(struct deadlines *ds, struct deadline *d);

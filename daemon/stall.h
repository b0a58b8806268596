#pragma once

/*
 * Stall: a reader that gets nothing although there is more to read. Decides on what it is shown now and
 * then, and knows no clock.
 */

#include <stdbool.h>
#include <stdint.h>

/* A reader as it is now. */
struct stall_view {
	uint64_t now_ms;
	bool is_waiting;  /* somebody wants records, and there are partitions to get them from */
	uint64_t set;     /* another number when these are others */
	int64_t progress; /* another number after a record, or the end of a partition */
	int64_t end;      /* sum of the offsets of their next records to be written */
};

/* What is remembered of it; all zero at first. */
struct stall {
	struct stall_view base; /* when it made progress last, or began to wait */
	uint64_t behind_ms;     /* when more was there for the first time after that; 0: not yet */
	bool is_stalled;
};

/*
 * Look at it. It is stalled once it has made no progress for @limit_ms since there was more to read.
 * Returns whether it has become so just now.
 */
bool stall_look(struct stall *s, const struct stall_view *v, uint64_t limit_ms);

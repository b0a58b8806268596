#pragma once

/*
 * Still clock: the monotonic clock of everything in the process, which stands still unless told. An hour
 * costs nothing, and the same input takes the same time each time.
 */

#include <stdbool.h>
#include <stdint.h>

void still_clock_pass(uint64_t ms);

/*
 * Whether it has gone so far that nanoseconds will not fit into 64 bits, which no real one reaches in centuries, but
 * a million inputs do, of which each lets hours pass.
 */
bool still_clock_is_old(void);

/* Begin anew. Nobody may remember what time it was. */
void still_clock_restart(void);

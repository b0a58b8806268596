#pragma once

/*
 * Still clock: the monotonic clock of everything in the process, which stands still unless told. An hour
 * costs nothing, and the same input takes the same time each time.
 */

#include <stdint.h>

void still_clock_pass(uint64_t ms);

#pragma once

/*
 * World: what the daemon has around it while it is fuzzed. What it gives to a thread is done when told; its
 * log is written nowhere.
 */

#include <stdbool.h>

/* Do all that was given to threads, and hand it back. Returns whether there was any. */
bool world_work(void);

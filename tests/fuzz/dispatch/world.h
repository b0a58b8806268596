#pragma once

/*
 * World: what the daemon has around it while it is fuzzed. What it gives to a thread is done when told; its
 * log is written nowhere.
 */

#include <stdbool.h>

/* Do what was given to threads before the last such call, and hand it back. Returns whether there is anything. */
bool world_work(void);

/* From now on the next @n calls of poll() by the daemon are interrupted by a signal, and no more than those. */
void world_interrupt(unsigned int n);

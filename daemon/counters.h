#pragma once

/*
 * Counters: stats with what is known elsewhere, and is counted when somebody asks.
 */

#include "daemon/stats.h"

struct daemon;

/* All but what status leaves out, which is 0. */
void counters_take(const struct daemon *d, struct stats *ret);

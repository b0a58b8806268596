#pragma once

/*
 * Turn: one turn of the loop of send and receive: wait for the connection, for Ctrl-C and for one
 * more descriptor, whichever comes first.
 */

#include <stdbool.h>
#include <stdint.h>

struct ctl;

/*
 * Wait until something can be done, but not beyond @deadline_ms of ctl_now_ms() (negative: no such
 * limit), and let the library do its part. @fd is one more descriptor to read from, or -1.
 *
 * Returns whether there is something to read from @fd.
 */
bool turn_wait(struct ctl *ctl, int fd, int64_t deadline_ms);

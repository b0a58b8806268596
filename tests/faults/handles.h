#pragma once

/*
 * Handles: many handles of the library in one process, which waits for all of them at once.
 */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct comm;

/* What is to be polled for @c (NULL: nothing), and whether it has to be processed after that. */
struct pollfd handles_pollfd(const struct comm *c);
bool handles_is_due(const struct comm *c, const struct pollfd *fd);

/* The sooner of two waits of so many microseconds, of which the second is none when it is negative. */
int64_t handles_sooner(int64_t wait_us, int64_t its_us);

/* Wait for one of @fds; at most @wait_us microseconds. */
void handles_wait(struct pollfd *fds, int64_t n, int64_t wait_us);

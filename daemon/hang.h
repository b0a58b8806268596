#pragma once

/*
 * Hang: a daemon that hangs on purpose, for tests of those who watch over it.
 *
 * With COMMD_DEBUG_HANG in its environment SIGUSR2 stops the loop ("loop"), or the polling of Kafka
 * ("kafka"), for good. Without it the signal is what it is for any process.
 */

#include <uv.h>

struct daemon;

struct hang {
	struct daemon *daemon; /* borrowed */
	uv_signal_t sigusr2;
};

/* hang_close() has to follow. */
void hang_start(struct hang *h, struct daemon *d);
void hang_close(struct hang *h);

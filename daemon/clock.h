#pragma once

/*
 * Clock: the time that people know, for what they are told. Timeouts go by the loop's.
 */

#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970. */
static inline int64_t clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

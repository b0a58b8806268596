#include "tests/fuzz/still_clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Not 0, which means "never" in places. */
#define FIRST_MS 1000000

/* Half of what 64 bits have room for in nanoseconds. */
#define OLD_MS (UINT64_MAX / 1000000 / 2)

static uint64_t now_ms = FIRST_MS;

void still_clock_pass(uint64_t ms)
{
	now_ms += ms;
}

bool still_clock_is_old(void)
{
	return now_ms >= OLD_MS;
}

void still_clock_restart(void)
{
	now_ms = FIRST_MS;
}

/* In the place of libc's, for shared libraries as well. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *ret)
{
	if (id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_COARSE)
		return (int)syscall(SYS_clock_gettime, id, ret);
	ret->tv_sec = (time_t)(now_ms / 1000);
	ret->tv_nsec = (long)(now_ms % 1000) * 1000000;
	return 0;
}

/*
 * clock_step.so, for LD_PRELOAD: the time of day is that of the system and as many seconds as the file
 * COMMD_CLOCK_STEP says, an int64_t which may change at any time, as when somebody sets the clock.
 *
 * Who waits for a moment of the time of day waits for as long as it has not come, and so for longer when
 * the clock is set back meanwhile. The monotonic clock is as it was.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#pragma GCC visibility push(default)

#define SECOND_NS 1000000000LL

/* So often a wait looks whether the clock was set. */
#define SLICE_NS 20000000LL

static const volatile int64_t *step_s; /* mapped; NULL: before it was looked for */
static int (*wait_until)(cnd_t *, mtx_t *, const struct timespec *);

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("COMMD_CLOCK_STEP");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *step_s, PROT_READ, MAP_SHARED, fd, 0);

	*(void **)&wait_until = dlsym(RTLD_NEXT, "cnd_timedwait");
	if (map != MAP_FAILED)
		step_s = map;
	if (fd >= 0)
		close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	if (!r && step_s && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		ret->tv_sec += *step_s;
	return r;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	*ret = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int timespec_get(struct timespec *ret, int base)
{
	return clock_gettime(CLOCK_REALTIME, ret) ? 0 : base;
}

/* A wait may end before its time without a reason, and this does after each slice. */
int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex,
		  const struct timespec *restrict until)
{
	struct timespec now, end;
	int64_t left_ns, end_ns;
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	left_ns = (until->tv_sec - now.tv_sec) * SECOND_NS + until->tv_nsec - now.tv_nsec;
	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &end);
	end_ns = end.tv_nsec + (left_ns < SLICE_NS ? left_ns : SLICE_NS);
	if (left_ns <= 0)
		end_ns = end.tv_nsec;
	end.tv_sec += end_ns / SECOND_NS;
	end.tv_nsec = end_ns % SECOND_NS;
	r = wait_until(cond, mutex, &end);
	return r == thrd_timedout && left_ns > SLICE_NS ? thrd_success : r;
}

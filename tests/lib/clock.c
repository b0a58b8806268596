#include "tests/lib/clock.h"

#include <check.h>
#include <poll.h>
#include <stdbool.h>
#include <time.h>

#include "proto/util.h"

#define STEP_MS 10

/* An hour passes in no test, and nobody asks so often without waiting. */
#define PASSED_MAX_MS (60 * 60 * 1000)
#define ASKED_MAX     1000

static struct {
	bool is_started;
	struct timespec begin;
	int64_t passed_ms;
	int n_asked; /* without waiting, since time has passed last */
	void (*step)(void *arg);
	void *arg;
} state;

int __real_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __real_clock_gettime(clockid_t id, struct timespec *ret);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_clock_gettime(clockid_t id, struct timespec *ret);

void clock_start(void (*step)(void *arg), void *arg)
{
	state.is_started = true;
	state.passed_ms = 0;
	state.n_asked = 0;
	state.step = step;
	state.arg = arg;
	ck_assert_int_eq(__real_clock_gettime(CLOCK_MONOTONIC, &state.begin), 0);
}

void clock_stop(void)
{
	state.is_started = false;
}

int64_t clock_passed_ms(void)
{
	return state.passed_ms;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *ret)
{
	int64_t ns;

	if (!state.is_started || id != CLOCK_MONOTONIC)
		return __real_clock_gettime(id, ret);
	ns = state.begin.tv_nsec + state.passed_ms * 1000000;
	ret->tv_sec = state.begin.tv_sec + (time_t)(ns / 1000000000);
	ret->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int n_ready;

	if (!state.is_started)
		return __real_poll(fds, n, timeout_ms);
	n_ready = __real_poll(fds, n, 0);
	if (n_ready)
		return n_ready;
	state.n_asked = timeout_ms ? 0 : state.n_asked + 1;
	ck_assert_msg(state.n_asked < ASKED_MAX, "the library does not wait for what it waits for");
	state.passed_ms += timeout_ms < 0 ? STEP_MS : MIN(timeout_ms, STEP_MS);
	ck_assert_msg(state.passed_ms < PASSED_MAX_MS, "the library waits for ever");
	if (state.step)
		state.step(state.arg);
	return __real_poll(fds, n, 0);
}

#pragma once

/*
 * Clock: time that passes only while the library waits, so that what a test says about deadlines
 * holds on the busiest machine, and at once.
 *
 * A program that links this has poll() and clock_gettime() of its own, which are the system's but
 * from clock_start() to clock_stop(). Meanwhile the test has one thread.
 */

#include <stdint.h>

/*
 * From here on time stands still, but for poll(): where nothing is ready it lets pass what it may
 * wait, in small steps, and calls @step (may be NULL) after each. Waiting for ever fails the test, and
 * so does asking again and again without letting any time pass.
 */
void clock_start(void (*step)(void *arg), void *arg);
void clock_stop(void);

/* How many milliseconds have passed since it was started. */
int64_t clock_passed_ms(void);

#include "tests/lib/main.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "daemon/daemon.h"
#include "tests/lib/manager.h"

/* A daemon as far as notify looks at it. */
struct world {
	uv_loop_t loop;
	struct profile_set profiles;
	struct daemon d;
};

static void world_init(struct world *w)
{
	memset(w, 0, sizeof *w);
	ck_assert_int_eq(uv_loop_init(&w->loop), 0);
	w->d.loop = &w->loop;
	w->d.profiles = &w->profiles;
	notify_start(&w->d.notify, &w->d);
}

static void world_fini(struct world *w)
{
	notify_close(&w->d.notify);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&w->loop), 0);
}

START_TEST(reloading_is_told_with_its_time_and_ends_with_ready)
{
	struct manager m;
	struct world w;
	unsigned long long usec, now_usec;
	const char *p;

	manager_init(&m);
	world_init(&w);
	notify_ready(&w.d.notify);
	manager_read(&m);
	ck_assert(manager_has(&m, "READY=1"));
	notify_reloading(&w.d.notify);
	now_usec = uv_hrtime() / 1000;
	manager_read(&m);
	ck_assert(manager_has(&m, "RELOADING=1"));
	ck_assert(!manager_has(&m, "READY=1"));
	p = strstr(m.message, "MONOTONIC_USEC=");
	ck_assert_ptr_nonnull(p);
	usec = strtoull(strchr(p, '=') + 1, NULL, 10);
	ck_assert_uint_le(usec, now_usec);
	ck_assert_uint_ge(usec + 5000000, now_usec);
	notify_ready(&w.d.notify);
	manager_read(&m);
	ck_assert(manager_has(&m, "READY=1"));
	world_fini(&w);
	manager_fini(&m);
}
END_TEST

START_TEST(the_status_says_what_there_is_to_do)
{
	struct profile_entry bad = { .name = (char *)"bad" };
	struct manager m;
	struct world w;

	manager_init(&m);
	world_init(&w);
	strcpy(bad.problem.text, "x");
	w.profiles = (struct profile_set){ &bad, 1 };
	w.d.stats.connections = 3;
	w.d.stats.requests_in_flight = 2;
	notify_ready(&w.d.notify);
	manager_read(&m);
	ck_assert(manager_has(&m, "STATUS=3 clients, 2 requests and 0 records in flight; "
				  "profiles: 0 up, 0 down, 1 bad, 0 unused"));
	world_fini(&w);
	manager_fini(&m);
}
END_TEST

START_TEST(without_a_manager_nothing_runs)
{
	struct world w;

	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000000", 1);
	world_init(&w);
	notify_ready(&w.d.notify);
	notify_reloading(&w.d.notify);
	notify_stopping(&w.d.notify);
	ck_assert(!uv_loop_alive(&w.loop));
	world_fini(&w);
	unsetenv("WATCHDOG_USEC");
}
END_TEST

TEST_MAIN("notify", reloading_is_told_with_its_time_and_ends_with_ready,
	  the_status_says_what_there_is_to_do, without_a_manager_nothing_runs)

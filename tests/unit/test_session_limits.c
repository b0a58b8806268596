#include "daemon/session_limits.h"

#include <uv.h>

#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/session.h"
#include "tests/lib/main.h"

#define SMALL 200
#define LARGE (60 * 1024)

static uv_loop_t loop;
static struct config config;
static struct daemon d;
static struct session a, b;
static struct charge of_a, of_b;

static void on_released(struct senders *all)
{
	(void)all;
}

static void session_make(struct session *s)
{
	*s = (struct session){ .daemon = &d };
	s->sender = sender_new(&d.senders, 1, 2, "c", "default", NULL);
}

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(config_init_defaults(&config), 0);
	d = (struct daemon){ .loop = &loop, .config = &config };
	senders_init(&d.senders, on_released);
	session_make(&a);
	session_make(&b);
}

static void teardown(void)
{
	charge_fini(&of_a);
	charge_fini(&of_b);
	sender_disconnect(a.sender);
	sender_disconnect(b.sender);
	config_fini(&config);
	(void)uv_loop_close(&loop);
}

static void send_many(struct session *s, struct charge *c, size_t n_bytes, size_t n_records)
{
	session_limits_note_send(s, n_bytes, n_records);
	charge_init(c, s->sender, n_bytes);
}

static void send_one(struct session *s, struct charge *c, size_t n_bytes)
{
	send_many(s, c, n_bytes, 1);
}

static void check_that_it_makes_way(size_t n_bytes, size_t n_records)
{
	setup();
	send_many(&a, &of_a, n_bytes, n_records);
	ck_assert(!session_limits_are_reached(&a, 1));
	send_one(&b, &of_b, SMALL);
	ck_assert(session_limits_are_reached(&a, 1));
	ck_assert(!session_limits_are_reached(&b, 1));
	/* One request at a time. */
	charge_fini(&of_a);
	ck_assert(!session_limits_are_reached(&a, 1));
	teardown();
}

START_TEST(bulk_makes_way_for_single_records)
{
	check_that_it_makes_way(LARGE, 1);
}
END_TEST

/* As the client library sends short ones when it has many. */
START_TEST(many_short_records_are_bulk)
{
	check_that_it_makes_way(20 * 300, 300);
}
END_TEST

START_TEST(some_that_belong_together_are_not)
{
	setup();
	send_many(&a, &of_a, 33 * 20, 33);
	send_many(&b, &of_b, 32 * 20, 32);
	ck_assert(session_limits_are_reached(&a, 1));
	ck_assert(!session_limits_are_reached(&b, 1));
	teardown();
}
END_TEST

START_TEST(it_makes_way_for_a_while)
{
	setup();
	send_one(&a, &of_a, LARGE);
	send_one(&b, &of_b, SMALL);
	d.single_ms -= 100;
	ck_assert(!session_limits_are_reached(&a, 1));
	d.single_ms += 100;
	ck_assert(session_limits_are_reached(&a, 1));
	/* Its request is stuck: the next may not be. */
	a.bulk_ms -= 20;
	ck_assert(!session_limits_are_reached(&a, 1));
	a.bulk_ms += 20;
	session_limits_forget(&b);
	ck_assert(!session_limits_are_reached(&a, 1));
	teardown();
}
END_TEST

START_TEST(nobody_makes_way_for_himself_or_for_bulk)
{
	struct charge first = { 0 };

	setup();
	/* A client that gathers sends its first record alone. */
	send_one(&a, &first, SMALL);
	send_one(&a, &of_a, LARGE);
	ck_assert(!session_limits_are_reached(&a, 1));
	send_one(&b, &of_b, LARGE);
	ck_assert(session_limits_are_reached(&b, 1));
	session_limits_forget(&a);
	ck_assert(!session_limits_are_reached(&b, 1));
	charge_fini(&first);
	teardown();
}
END_TEST

START_TEST(what_waits_is_little_when_many_wait)
{
	setup();
	a.waiting_bytes = LARGE;
	d.stats.waiting_bytes = LARGE;
	ck_assert(!session_limits_are_reached(&a, 1));
	d.stats.waiting_bytes = 5 << 20;
	ck_assert(session_limits_are_reached(&a, 1));
	ck_assert(!session_limits_are_reached(&b, 1));
	a.waiting_bytes = 600 << 10;
	d.stats.waiting_bytes = 600 << 10;
	ck_assert(session_limits_are_reached(&a, 1));
	teardown();
}
END_TEST

TEST_MAIN("session_limits", bulk_makes_way_for_single_records, many_short_records_are_bulk,
	  some_that_belong_together_are_not, it_makes_way_for_a_while,
	  nobody_makes_way_for_himself_or_for_bulk, what_waits_is_little_when_many_wait)

#include "client/window.h"

#include "tests/lib/main.h"

#define KIB ((size_t)1024)

START_TEST(the_program_sets_the_limits)
{
	struct window w;

	window_init(&w, 3, 1000);
	ck_assert(window_has_room(&w, 2, 600, 400));
	ck_assert(!window_has_room(&w, 3, 600, 1));
	ck_assert(!window_has_room(&w, 2, 600, 401));
	/* Or a large record would never leave. */
	ck_assert(window_has_room(&w, 0, 0, 5000));
	for (int i = 0; i < 10; i++)
		window_note(&w, 900, 900, 1);
	ck_assert(!window_has_room(&w, 2, 600, 401));
}
END_TEST

/* 8 MiB in flight are answered after a second: a fiftieth of them is what leaves in 20 ms. */
START_TEST(slow_answers_make_it_smaller_and_fast_ones_larger)
{
	struct window w;

	window_init(&w, SIZE_MAX, 8192 * KIB);
	window_note(&w, 64 * KIB, 64 * KIB, 0);
	window_note(&w, 64 * KIB, 8192 * KIB, 1000);
	ck_assert(window_has_room(&w, 1, 160 * KIB, KIB));
	ck_assert(!window_has_room(&w, 1, 170 * KIB, KIB));
	/* It doubles with each window that is answered in time. */
	window_note(&w, 80 * KIB, 160 * KIB, 2);
	window_note(&w, 80 * KIB, 160 * KIB, 2);
	ck_assert(window_has_room(&w, 1, 320 * KIB, KIB));
	for (int i = 0; i < 1000; i++)
		window_note(&w, 64 * KIB, 64 * KIB, 2);
	ck_assert(window_has_room(&w, 1, 8191 * KIB, KIB));
	ck_assert(!window_has_room(&w, 1, 8192 * KIB, KIB));
}
END_TEST

START_TEST(some_requests_are_always_allowed)
{
	struct window w;

	window_init(&w, SIZE_MAX, 8192 * KIB);
	window_note(&w, KIB, KIB, 0);
	window_note(&w, KIB, KIB, 60000);
	ck_assert(window_has_room(&w, 1, 100 * KIB, KIB));
	ck_assert(!window_has_room(&w, 1, 200 * KIB, KIB));
}
END_TEST

/* Brokers that always take 300 ms are not slow: they need what is in flight. */
START_TEST(what_is_always_slow_does_not_make_it_smaller)
{
	struct window w;

	window_init(&w, SIZE_MAX, 8192 * KIB);
	for (int i = 0; i < 100; i++)
		window_note(&w, 64 * KIB, 8192 * KIB, i % 2 ? 300 : 600);
	ck_assert(window_has_room(&w, 1, 8191 * KIB, KIB));
}
END_TEST

TEST_MAIN("window", the_program_sets_the_limits, slow_answers_make_it_smaller_and_fast_ones_larger,
	  some_requests_are_always_allowed, what_is_always_slow_does_not_make_it_smaller)

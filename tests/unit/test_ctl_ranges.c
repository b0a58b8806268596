/* Numbers come out once and in order, however they came in. */

#include "client/commctl/ranges.h"

#include <stdlib.h>

#include "tests/lib/main.h"

#define N_NUMBERS 2000

static struct ranges r;

static void text_is(const char *wanted)
{
	char text[200];

	ck_assert_uint_eq(ranges_format(&r, RANGES_MAX, text, sizeof text), r.n);
	ck_assert_str_eq(text, wanted);
}

static void add(uint64_t number)
{
	ck_assert(ranges_add(&r, number));
}

START_TEST(runs_grow_at_both_ends_and_together)
{
	ranges_init(&r);
	text_is("");
	add(5);
	text_is("5");
	add(6);
	text_is("5-6");
	add(4);
	text_is("4-6");
	add(10);
	add(1);
	add(8);
	text_is("1, 4-6, 8, 10");
	add(9);
	text_is("1, 4-6, 8-10");
	add(7);
	text_is("1, 4-10");
	add(5);
	add(4);
	add(10);
	text_is("1, 4-10");
	ck_assert_uint_eq(ranges_count(&r, 1), 1);
	ck_assert_uint_eq(ranges_count(&r, RANGES_MAX), 8);
	ranges_drop(&r, 1);
	text_is("4-10");
	add(UINT64_MAX - 1);
	text_is("4-10, 18446744073709551614");
}
END_TEST

START_TEST(any_order_makes_the_same_set)
{
	static bool wanted[N_NUMBERS + 1];
	unsigned int seed = 1;
	uint64_t n_wanted = 0, at = 0;

	ranges_init(&r);
	for (size_t i = 0; i < 2 * N_NUMBERS; i++) {
		uint64_t number = (uint64_t)rand_r(&seed) % N_NUMBERS;

		add(number);
		n_wanted += !wanted[number];
		wanted[number] = true;
		ck_assert_uint_eq(ranges_count(&r, RANGES_MAX), n_wanted);
	}
	for (size_t i = 0; i < r.n; i++) {
		for (; at < r.items[i].first; at++)
			ck_assert(!wanted[at]);
		for (; at <= r.items[i].last; at++)
			ck_assert(wanted[at]);
	}
	for (; at < N_NUMBERS; at++)
		ck_assert(!wanted[at]);
}
END_TEST

START_TEST(there_is_room_for_so_many_runs)
{
	ranges_init(&r);
	for (uint64_t i = 0; i < RANGES_MAX; i++)
		add(2 * i);
	ck_assert(!ranges_add(&r, 2 * RANGES_MAX));
	ck_assert_uint_eq(r.n, RANGES_MAX);

	/* What begins no run needs none. */
	add(2 * RANGES_MAX - 1);
	add(1);
	ck_assert_uint_eq(r.n, RANGES_MAX - 1);
	add(2 * RANGES_MAX + 7);
	ranges_drop(&r, RANGES_MAX);
	text_is("");
}
END_TEST

START_TEST(a_text_has_whole_numbers)
{
	char text[13];

	ranges_init(&r);
	add(100);
	add(200);
	add(201);
	add(300);
	ck_assert_uint_eq(ranges_format(&r, RANGES_MAX, text, 12), 1);
	ck_assert_str_eq(text, "100");
	ck_assert_uint_eq(ranges_format(&r, RANGES_MAX, text, sizeof text), 2);
	ck_assert_str_eq(text, "100, 200-201");
	ck_assert_uint_eq(ranges_format(&r, 0, text, sizeof text), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

TEST_MAIN("ctl_ranges", runs_grow_at_both_ends_and_together, any_order_makes_the_same_set,
	  there_is_room_for_so_many_runs, a_text_has_whole_numbers)

#include "client/commctl/latencies.h"
#include "tests/lib/main.h"

/* Too large for a stack; each test begins with them empty. */
static struct latencies l, other;

static void empty(void)
{
	l = other = (struct latencies){ 0 };
}

START_TEST(none_have_no_percentile)
{
	empty();
	ck_assert_int_eq(latencies_percentile(&l, 0.5), -1);
}
END_TEST

START_TEST(small_ones_are_exact)
{
	empty();
	for (int64_t us = 1; us <= 100; us++)
		latencies_add(&l, us);
	ck_assert_int_eq(latencies_percentile(&l, 0), 1);
	ck_assert_int_eq(latencies_percentile(&l, 0.5), 50);
	ck_assert_int_eq(latencies_percentile(&l, 0.9), 90);
	ck_assert_int_eq(latencies_percentile(&l, 0.99), 99);
	ck_assert_int_eq(latencies_percentile(&l, 1), 100);
}
END_TEST

/* Told is never less than it was, and not more than a part of it. */
START_TEST(each_is_told_to_one_in_64)
{
	for (int64_t us = 1; us < (INT64_C(1) << 40); us += us / 3 + 1) {
		l = (struct latencies){ 0 };
		latencies_add(&l, us);
		latencies_add(&l, INT64_C(1) << 45);
		ck_assert_int_ge(latencies_percentile(&l, 0.5), us);
		ck_assert_int_le(latencies_percentile(&l, 0.5), us + us / 64);
	}
}
END_TEST

START_TEST(the_largest_is_exact_and_nothing_is_out_of_range)
{
	empty();
	latencies_add(&l, -5);
	latencies_add(&l, 123456789);
	ck_assert_int_eq(latencies_percentile(&l, 0.5), 0);
	ck_assert_int_eq(latencies_percentile(&l, 1), 123456789);
	latencies_add(&l, INT64_MAX);
	ck_assert_int_eq(latencies_percentile(&l, 1), INT64_MAX);
	ck_assert_int_eq(l.max_us, INT64_MAX);
}
END_TEST

START_TEST(those_of_two_are_those_of_both)
{
	empty();
	for (int64_t us = 1; us <= 50; us++) {
		latencies_add(&l, us);
		latencies_add(&other, us + 50);
	}
	latencies_merge(&l, &other);
	ck_assert_uint_eq(l.n, 100);
	ck_assert_int_eq(latencies_percentile(&l, 0.5), 50);
	ck_assert_int_eq(latencies_percentile(&l, 0.9), 90);
	ck_assert_int_eq(latencies_percentile(&l, 1), 100);
}
END_TEST

TEST_MAIN("ctl latencies", none_have_no_percentile, small_ones_are_exact, each_is_told_to_one_in_64,
	  the_largest_is_exact_and_nothing_is_out_of_range, those_of_two_are_those_of_both)

#include "daemon/parts.h"

#include "tests/lib/main.h"

#define NOW     100000
#define STALL   PARTS_STALL_MS
#define LARGEST 1000

static struct parts all;
static struct part a, b, c;

static void setup(void)
{
	parts_init(&all);
	a = b = c = (struct part){ 0 };
	parts_set(&all, &a, 100, NOW);
	parts_set(&all, &b, 200, NOW);
	parts_set(&all, &c, 300, NOW);
}

static bool grow(struct part *p, bool has_waited, uint64_t now_ms)
{
	bool may = parts_may_grow(&all, p, has_waited, LARGEST, now_ms);

	if (may)
		parts_go_ahead(&all, p, now_ms);
	return may;
}

/* One that stands in line, as all but the one that is ahead do. */
static bool may_grow(struct part *p, uint64_t now_ms)
{
	return grow(p, true, now_ms);
}

START_TEST(one_goes_on_and_then_the_next)
{
	setup();
	ck_assert(may_grow(&b, NOW));
	ck_assert(!may_grow(&a, NOW) && !may_grow(&c, NOW));
	parts_set(&all, &b, 900, NOW);
	ck_assert(may_grow(&b, NOW));
	ck_assert(!may_grow(&a, NOW));
	/* It is whole, and another has begun. */
	parts_set(&all, &b, 50, NOW);
	ck_assert(may_grow(&c, NOW));
	ck_assert(!may_grow(&a, NOW) && !may_grow(&b, NOW));
	parts_set(&all, &c, 400, NOW);
	ck_assert_uint_eq(all.grown_bytes, 100);
	parts_set(&all, &c, 0, NOW);
	ck_assert_uint_eq(all.grown_bytes, 0);
	ck_assert(may_grow(&a, NOW));
}
END_TEST

START_TEST(one_that_stops_is_not_waited_for)
{
	setup();
	ck_assert(may_grow(&a, NOW));
	ck_assert(!may_grow(&b, NOW + STALL - 1));
	/* As long as it grows, however slowly, it is. */
	parts_set(&all, &a, 101, NOW + STALL - 1);
	ck_assert(!may_grow(&b, NOW + STALL));
	ck_assert(may_grow(&b, NOW + 2 * STALL - 1));
	ck_assert(!may_grow(&a, NOW + 2 * STALL - 1));
	parts_set(&all, &b, 0, NOW + 2 * STALL);
	ck_assert(may_grow(&a, NOW + 2 * STALL));
}
END_TEST

/* However many stop, one after the other, they do not grow for ever; and the first may become whole. */
START_TEST(all_that_were_ahead_grow_by_one_message_and_the_first_beyond)
{
	setup();
	ck_assert(may_grow(&a, NOW));
	parts_set(&all, &a, 700, NOW);
	ck_assert(may_grow(&b, NOW + STALL));
	parts_set(&all, &b, 601, NOW + STALL);
	ck_assert_uint_eq(all.grown_bytes, LARGEST + 1);
	ck_assert(!may_grow(&b, NOW + 2 * STALL));
	ck_assert(!may_grow(&c, NOW + 2 * STALL));
	ck_assert(may_grow(&a, NOW + 2 * STALL));
	parts_set(&all, &a, 800, NOW + 2 * STALL);
	ck_assert(may_grow(&a, NOW + 2 * STALL));
	parts_set(&all, &a, 0, NOW + 2 * STALL);
	/* Now it is the first. */
	ck_assert(may_grow(&b, NOW + 2 * STALL));
	parts_set(&all, &b, 3 * LARGEST, NOW + 2 * STALL);
	ck_assert(may_grow(&b, NOW + 2 * STALL));
}
END_TEST

/* It is whole, and waits for something else: what it has grown by counts all the same. */
START_TEST(one_that_is_not_read_from_lets_the_next_go_ahead)
{
	setup();
	ck_assert(may_grow(&a, NOW));
	parts_set(&all, &a, 600, NOW);
	ck_assert(!parts_step_back(&all, &b));
	ck_assert(parts_step_back(&all, &a));
	ck_assert(!parts_step_back(&all, &a));
	ck_assert(may_grow(&b, NOW));
	parts_set(&all, &b, 701, NOW);
	ck_assert(!may_grow(&b, NOW));
	parts_set(&all, &a, 0, NOW);
	ck_assert(may_grow(&b, NOW));
}
END_TEST

START_TEST(who_comes_stands_behind_those_that_wait)
{
	setup();
	all.n_waiting = 1;
	ck_assert(!grow(&a, false, NOW));
	ck_assert(may_grow(&b, NOW));
	/* It does not stand in line any more. */
	ck_assert(grow(&b, false, NOW));
	parts_set(&all, &b, 0, NOW);
	ck_assert(!grow(&a, false, NOW));
	all.n_waiting = 0;
	ck_assert(grow(&a, false, NOW));
}
END_TEST

TEST_MAIN("parts", one_goes_on_and_then_the_next, one_that_stops_is_not_waited_for,
	  all_that_were_ahead_grow_by_one_message_and_the_first_beyond,
	  one_that_is_not_read_from_lets_the_next_go_ahead, who_comes_stands_behind_those_that_wait)

#include "tests/lib/main.h"

#include "daemon/deadline.h"

/* A deadline that takes note of when it was called, in order. */
struct alarm {
	struct deadline deadline;
	uint64_t at_ms;
	int turn;
};

static uv_loop_t loop;
static struct deadlines ds;
static int n_passed;

static void on_passed(struct deadline *d)
{
	struct alarm *a = container_of(d, struct alarm, deadline);

	a->at_ms = uv_now(&loop);
	a->turn = ++n_passed;
}

static void begin(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	deadlines_init(&ds, &loop);
	n_passed = 0;
}

/* Run until nothing is set any more, and check that nothing is left open. */
static void end(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
	deadlines_close(&ds);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

START_TEST(they_pass_in_order_and_not_early)
{
	static const unsigned int timeouts[] = { 30, 10, 0, 20, 10, 25, 5, 40, 15 };
	struct alarm alarms[ARRAY_SIZE(timeouts)] = { 0 };
	uint64_t start;

	begin();
	start = uv_now(&loop);
	for (size_t i = 0; i < ARRAY_SIZE(alarms); i++)
		ck_assert_int_eq(deadline_set(&ds, &alarms[i].deadline, timeouts[i], on_passed), 0);
	end();
	for (size_t i = 0; i < ARRAY_SIZE(alarms); i++) {
		ck_assert_uint_ge(alarms[i].at_ms, start + timeouts[i]);
		for (size_t k = 0; k < ARRAY_SIZE(alarms); k++)
			if (timeouts[i] < timeouts[k])
				ck_assert_int_lt(alarms[i].turn, alarms[k].turn);
	}
}
END_TEST

START_TEST(a_cancelled_one_does_not_pass)
{
	struct alarm alarms[100] = { 0 };

	begin();
	for (size_t i = 0; i < 100; i++)
		deadline_set(&ds, &alarms[i].deadline, (i * 37) % 20, on_passed);
	for (size_t i = 0; i < 100; i += 3) {
		deadline_cancel(&ds, &alarms[i].deadline);
		deadline_cancel(&ds, &alarms[i].deadline);
	}
	end();
	for (size_t i = 0; i < 100; i++)
		ck_assert_int_eq(alarms[i].turn != 0, i % 3 != 0);
}
END_TEST

static struct alarm second;

static void set_another(struct deadline *d)
{
	on_passed(d);
	deadline_set(&ds, &second.deadline, 0, on_passed);
}

START_TEST(one_may_be_set_while_another_passes)
{
	struct alarm first = { 0 };

	begin();
	second = (struct alarm){ 0 };
	deadline_set(&ds, &first.deadline, 1, set_another);
	end();
	ck_assert_int_eq(second.turn, 2);
}
END_TEST

TEST_MAIN("deadline", they_pass_in_order_and_not_early, a_cancelled_one_does_not_pass,
	  one_may_be_set_while_another_passes)

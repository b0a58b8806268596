#include "daemon/said.h"

#include <string.h>

#include "tests/lib/main.h"
#include "tests/lib/memory.h"

/* The clock of a loop never says 0. */
#define NOW 100000

static struct said all;
static char more[SAID_MORE_SIZE];

/* How many of @n lines are written. */
static int say(uid_t uid, enum said_kind kind, uint64_t now_ms, int n)
{
	int n_written = 0;

	for (int i = 0; i < n; i++)
		n_written += said_note(&all, uid, kind, false, now_ms, more);
	return n_written;
}

START_TEST(each_user_has_its_lines_of_each_kind)
{
	ck_assert_int_eq(say(1, SAID_DENIED, NOW, 1000), SAID_LINES_MAX);
	ck_assert_int_eq(say(1, SAID_DENIED, NOW + SAID_PERIOD_MS - 1, 1), 0);
	ck_assert_int_eq(say(1, SAID_DISCONNECTED, NOW, 1000), SAID_LINES_MAX);
	ck_assert_int_eq(say(2, SAID_DENIED, NOW, SAID_LINES_MAX), SAID_LINES_MAX);
	said_fini(&all);
}
END_TEST

START_TEST(the_next_one_tells_how_many_were_left_out)
{
	ck_assert_int_eq(say(1000, SAID_DENIED, NOW, SAID_LINES_MAX), SAID_LINES_MAX);
	ck_assert_str_eq(more, "");
	ck_assert_int_eq(say(1000, SAID_DENIED, NOW, 37), 0);
	ck_assert(!said_note(&all, 1000, SAID_DENIED, true, NOW, more));
	ck_assert_int_eq(say(1000, SAID_DENIED, NOW + SAID_PERIOD_MS, 1), 1);
	ck_assert_str_eq(more, " (37 lines like this about uid 1000 were left out)");
	ck_assert_int_eq(say(1000, SAID_DENIED, NOW + SAID_PERIOD_MS, 1), 1);
	ck_assert_str_eq(more, "");
	said_fini(&all);
}
END_TEST

/* Those who come back have not got more; those who do not are nothing to keep. */
START_TEST(who_says_nothing_is_forgotten_when_its_minute_is_over)
{
	(void)say(1, SAID_DENIED, NOW, 1);
	(void)say(2, SAID_DISCONNECTED, NOW, SAID_LINES_MAX + 1);
	said_sweep(&all, NOW + SAID_PERIOD_MS - 1);
	ck_assert_int_eq(say(1, SAID_DENIED, NOW + 1, SAID_LINES_MAX), SAID_LINES_MAX - 1);
	said_sweep(&all, NOW + SAID_PERIOD_MS);
	ck_assert_int_eq(say(2, SAID_DISCONNECTED, NOW + SAID_PERIOD_MS, 1), 1);
	ck_assert_str_eq(more, " (1 lines like this about uid 2 were left out)");
	said_sweep(&all, NOW + 2 * SAID_PERIOD_MS);
	ck_assert_ptr_null(all.users);
}
END_TEST

START_TEST(without_memory_everything_is_said)
{
	int n = 0;

	do {
		memory_fail(++n);
		ck_assert_int_eq(say(1, SAID_DENIED, NOW, 1), 1);
	} while (memory_recover());
	ck_assert_int_gt(n, 1);
	said_fini(&all);
}
END_TEST

TEST_MAIN("said", each_user_has_its_lines_of_each_kind, the_next_one_tells_how_many_were_left_out,
	  who_says_nothing_is_forgotten_when_its_minute_is_over, without_memory_everything_is_said)

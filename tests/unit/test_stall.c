#include "daemon/stall.h"
#include "tests/lib/main.h"

#define LIMIT_MS 60

static struct stall stall;
static struct stall_view view;

static void begin(void)
{
	stall = (struct stall){ .is_stalled = false };
	view = (struct stall_view){
		.now_ms = 1000, .is_waiting = true, .set = 7, .progress = 20, .end = 100
	};
	ck_assert(!stall_look(&stall, &view, LIMIT_MS));
}

static bool look_after(uint64_t ms)
{
	view.now_ms += ms;
	return stall_look(&stall, &view, LIMIT_MS);
}

START_TEST(an_idle_topic_is_no_stall)
{
	begin();
	for (int i = 0; i < 10; i++)
		ck_assert(!look_after(1000));
	/* A record that has just come has its time to be read. */
	view.end++;
	ck_assert(!look_after(1000));
	view.progress++;
	ck_assert(!look_after(1));
	ck_assert(!look_after(1000));
	ck_assert(!stall.is_stalled);
}
END_TEST

START_TEST(more_to_read_and_nothing_handed_out)
{
	begin();
	view.end++;
	ck_assert(!look_after(10));
	view.end++;
	ck_assert(!look_after(LIMIT_MS - 1));
	ck_assert(!stall.is_stalled);
	ck_assert(look_after(1));
	ck_assert(stall.is_stalled);
	/* It is news once. */
	view.end++;
	ck_assert(!look_after(1000));
	ck_assert(stall.is_stalled);
	view.progress++;
	ck_assert(!look_after(1));
	ck_assert(!stall.is_stalled);
	view.end++;
	ck_assert(!look_after(1000));
	ck_assert(look_after(LIMIT_MS));
}
END_TEST

START_TEST(whatever_changes_begins_anew)
{
	begin();
	view.end++;
	ck_assert(!look_after(1));
	view.set++;
	ck_assert(!look_after(LIMIT_MS));
	ck_assert(!look_after(LIMIT_MS));
	view.end++;
	ck_assert(!look_after(1));
	view.is_waiting = false;
	ck_assert(!look_after(LIMIT_MS));
	view.is_waiting = true;
	ck_assert(!look_after(LIMIT_MS));
	ck_assert(!look_after(LIMIT_MS));
	ck_assert(!stall.is_stalled);
}
END_TEST

TEST_MAIN("stall", an_idle_topic_is_no_stall, more_to_read_and_nothing_handed_out,
	  whatever_changes_begins_anew)

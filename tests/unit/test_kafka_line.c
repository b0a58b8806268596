#include <string.h>

#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

START_TEST(test_a_full_window_keeps_order)
{
	enum { SENDS = 30, RECORDS = 40, WINDOW = 100 };
	static struct comm_wire_record records[SENDS * RECORDS];
	static char values[SENDS * RECORDS][16];
	struct sending s[SENDS];
	struct world w;
	int n_waiting = 0;

	world_init(&w, WINDOW, "");
	world_create(&w, "t", 1);
	records_fill(records, values, SENDS * RECORDS, 0);
	for (int i = 0; i < SENDS; i++)
		sending_start(&s[i], &w, "t", records + i * RECORDS, RECORDS);
	for (int i = 0; i < SENDS; i++) {
		struct comm_wire_profile status;

		n_waiting += s[i].is_waiting;
		sending_await(&s[i]);
		kafka_profile_status(w.kafka, w.profile, &status);
		ck_assert_int_le(status.in_flight, WINDOW);
		ck_assert_int_eq(s[i].error, 0);
		ck_assert(!i || s[i].place > s[i - 1].place);
	}
	ck_assert_int_gt(n_waiting, 0);
	for (int i = 0; i < SENDS; i++)
		sending_fini(&s[i]);
	world_read(&w, "t", 0, SENDS * RECORDS, look_for_order, NULL);
	world_assert_balanced(&w, SENDS * RECORDS, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_larger_than_the_window_goes_alone)
{
	enum { RECORDS = 50, WINDOW = 10 };
	struct comm_wire_record records[RECORDS];
	char values[RECORDS][16];
	struct sending first, large, last;
	struct world w;

	world_init(&w, WINDOW, "");
	world_create(&w, "t", 1);
	records_fill(records, values, RECORDS, 0);
	ck_assert_int_eq(world_send(&w, "t", records, &first.why), 0);
	sending_start(&first, &w, "t", records, 5);
	sending_start(&large, &w, "t", records, RECORDS);
	sending_start(&last, &w, "t", records, 1);
	ck_assert(!first.is_waiting && large.is_waiting);
	/* There is room for it, but it came later. */
	ck_assert(last.is_waiting);
	sending_await(&last);
	ck_assert(first.is_done && large.is_done);
	ck_assert_int_eq(large.error, 0);
	sending_fini(&first);
	sending_fini(&large);
	sending_fini(&last);
	world_assert_balanced(&w, 1 + 5 + RECORDS + 1, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_who_leaves_the_line_holds_up_nobody)
{
	struct comm_wire_record r = record_of("v");
	struct sending s[4];
	struct world w;

	world_init(&w, 1, "");
	world_create(&w, "t", 1);
	for (int i = 0; i < 4; i++)
		sending_start(&s[i], &w, "t", &r, 1);
	/* All wait until the topic is known. */
	ck_assert(s[0].is_waiting && s[3].is_waiting);
	kafka_waiter_cancel(&s[0].waiter);
	kafka_waiter_cancel(&s[2].waiter);
	kafka_waiter_cancel(&s[2].waiter);
	sending_await(&s[3]);
	ck_assert(s[1].is_done && s[3].is_done);
	ck_assert(s[0].is_waiting && s[2].is_waiting);
	for (int i = 0; i < 4; i++)
		sending_fini(&s[i]);
	world_assert_balanced(&w, 2, 0);
	world_fini(&w);
}
END_TEST

/* One that is woken and does not try again at once. */
struct sleeper {
	struct kafka_waiter waiter;
	bool is_woken;
};

static void on_sleeper(struct kafka_waiter *w)
{
	container_of(w, struct sleeper, waiter)->is_woken = true;
}

static bool is_woken(void *arg)
{
	return ((struct sleeper *)arg)->is_woken;
}

START_TEST(test_a_turn_is_kept)
{
	struct sleeper sleeper = { .waiter.wake = on_sleeper };
	struct comm_wire_record r = record_of("v");
	struct kafka_batch *b = kafka_batch_new(1, NULL, NULL);
	struct kafka_failure why;
	struct sending later;
	struct world w;

	world_init(&w, 10, "");
	world_create(&w, "t", 1);
	ck_assert_int_eq(
		kafka_produce(w.client, comm_bytes_of("t"), &r, 1, b, &sleeper.waiter, &why),
		COMM_EAGAIN);
	world_run(&w, is_woken, &sleeper);
	sending_start(&later, &w, "t", &r, 1);
	ck_assert(later.is_waiting);
	ck_assert_int_eq(
		kafka_produce(w.client, comm_bytes_of("t"), &r, 1, b, &sleeper.waiter, &why), 0);
	sending_await(&later);
	ck_assert_int_eq(later.error, 0);
	ck_assert_int_eq(later.batch->outcomes[0].offset, 1);
	sending_fini(&later);
	world_fini(&w);
}
END_TEST

START_TEST(test_abandoned_records_are_still_counted)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct sending s;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	sending_start(&s, &w, "t", &r, 1);
	ck_assert_int_eq(s.error, 0);
	kafka_batch_abandon(s.batch);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_assert_balanced(&w, 3, 0);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_line", test_a_full_window_keeps_order, test_larger_than_the_window_goes_alone,
	  test_who_leaves_the_line_holds_up_nobody, test_a_turn_is_kept,
	  test_abandoned_records_are_still_counted)

#include <string.h>

#include "tests/lib/broker.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

enum { WINDOW = 1000, SENDS = 40, RECORDS = 50 };

/* Of two brokers the second leads what is to be stuck, and goes. */
enum { STAYS = 1, GOES = 2 };

static void go(struct broker *b)
{
	ck_assert_int_eq(rd_kafka_mock_broker_set_down(b->cluster, GOES), 0);
}

static void come_back(struct broker *b)
{
	ck_assert_int_eq(rd_kafka_mock_broker_set_up(b->cluster, GOES), 0);
}

static void set_up(struct broker *b, struct world *w)
{
	broker_init_many(b, 2, "");
	world_init_real(w, b->properties);
}

static void tear_down(struct broker *b, struct world *w)
{
	world_fini(w);
	broker_fini(b);
}

static int64_t in_flight(const struct world *w)
{
	struct comm_wire_profile status;

	kafka_profile_status(w->kafka, w->profile, &status);
	return status.in_flight;
}

/* A topic that is known and sends with its first record. */
static void open_topic(struct broker *b, struct world *w, const char *topic,
		       const struct comm_wire_record *first, int leader)
{
	struct kafka_failure why;

	broker_create_topic(b, topic, 1);
	ck_assert_int_eq(rd_kafka_mock_partition_set_leader(b->cluster, topic, 0, leader), 0);
	ck_assert_int_eq(world_send(w, topic, first, &why), 0);
}

/* More than the window, and in order behind the first. */
static void send_all(struct sending *s, struct world *w, const char *topic,
		     const struct comm_wire_record *records)
{
	for (int i = 0; i < SENDS; i++)
		sending_start(&s[i], w, topic, records + 1 + (ptrdiff_t)i * RECORDS, RECORDS);
}

static void await_all(struct sending *s)
{
	for (int i = 0; i < SENDS; i++) {
		sending_await(&s[i]);
		ck_assert_int_eq(s[i].error, 0);
		for (int n = 0; n < RECORDS; n++)
			ck_assert_int_eq(s[i].batch->outcomes[n].reason, 0);
		sending_fini(&s[i]);
	}
}

START_TEST(test_a_topic_leaves_room_for_others)
{
	static struct comm_wire_record records[1 + SENDS * RECORDS];
	static char values[1 + SENDS * RECORDS][16];
	struct sending s[SENDS];
	struct kafka_failure why;
	struct broker b;
	struct world w;

	set_up(&b, &w);
	records_fill(records, values, 1 + SENDS * RECORDS, 0);
	open_topic(&b, &w, "stuck", records, GOES);
	open_topic(&b, &w, "other", records, STAYS);
	go(&b);
	send_all(s, &w, "stuck", records);
	ck_assert(s[SENDS - 1].is_waiting);
	ck_assert_int_ge(in_flight(&w), WINDOW / 2);
	ck_assert_int_le(in_flight(&w), WINDOW / 2 + RECORDS);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(world_send(&w, "other", records, &why), 0);
	ck_assert(s[SENDS - 1].is_waiting);
	come_back(&b);
	await_all(s);
	world_read(&w, "stuck", 0, 1 + SENDS * RECORDS, look_for_order, NULL);
	world_assert_balanced(&w, 2 + SENDS * RECORDS + 100, 0);
	tear_down(&b, &w);
}
END_TEST

/* Three of them leave hardly any; whoever waits for it gets it in turn. */
START_TEST(test_some_topics_leave_room_for_others)
{
	static const char *const stuck[] = { "stuck0", "stuck1", "stuck2" };
	static const char *const other[] = { "other0", "other1", "other2" };
	static struct comm_wire_record records[1 + SENDS * RECORDS];
	static char values[1 + SENDS * RECORDS][16];
	static struct sending s[3][SENDS], o[3][SENDS];
	struct broker b;
	struct world w;

	set_up(&b, &w);
	records_fill(records, values, 1 + SENDS * RECORDS, 0);
	for (int i = 0; i < 3; i++) {
		open_topic(&b, &w, stuck[i], records, GOES);
		open_topic(&b, &w, other[i], records, STAYS);
	}
	go(&b);
	for (int i = 0; i < 3; i++)
		send_all(s[i], &w, stuck[i], records);
	for (int i = 0; i < 3; i++)
		send_all(o[i], &w, other[i], records);
	ck_assert_int_le(in_flight(&w), WINDOW + RECORDS);
	for (int i = 0; i < 3; i++)
		await_all(o[i]);
	for (int i = 0; i < 3; i++)
		ck_assert(s[i][SENDS - 1].is_waiting);
	come_back(&b);
	for (int i = 0; i < 3; i++) {
		await_all(s[i]);
		world_read(&w, stuck[i], 0, 1 + SENDS * RECORDS, look_for_order, NULL);
		world_read(&w, other[i], 0, 1 + SENDS * RECORDS, look_for_order, NULL);
	}
	world_assert_balanced(&w, 6 * (1 + SENDS * RECORDS), 0);
	tear_down(&b, &w);
}
END_TEST

/* Nobody waits for them, and most of the window is gone all the same. */
START_TEST(test_what_is_stuck_stops_nobody)
{
	enum { STUCK = 3 };
	static const char *const stuck[STUCK] = { "stuck0", "stuck1", "stuck2" };
	static const int n_sends[STUCK] = { 10, 5, 2 };
	static struct comm_wire_record records[1 + SENDS * RECORDS];
	static char values[1 + SENDS * RECORDS][16];
	static struct sending s[STUCK][10], o[2][SENDS];
	struct broker b;
	struct world w;

	set_up(&b, &w);
	records_fill(records, values, 1 + SENDS * RECORDS, 0);
	open_topic(&b, &w, "other0", records, STAYS);
	open_topic(&b, &w, "other1", records, STAYS);
	for (int i = 0; i < STUCK; i++)
		open_topic(&b, &w, stuck[i], records, GOES);
	go(&b);
	for (int i = 0; i < STUCK; i++) {
		for (int n = 0; n < n_sends[i]; n++) {
			sending_start(&s[i][n], &w, stuck[i], records, RECORDS);
			ck_assert(!s[i][n].is_waiting);
		}
	}
	ck_assert_int_eq(in_flight(&w), 17 * RECORDS);
	send_all(o[0], &w, "other0", records);
	send_all(o[1], &w, "other1", records);
	await_all(o[0]);
	await_all(o[1]);
	ck_assert_int_eq(in_flight(&w), 17 * RECORDS);
	world_close(&w, 0);
	tear_down(&b, &w);
	for (int i = 0; i < STUCK; i++)
		for (int n = 0; n < n_sends[i]; n++)
			sending_fini(&s[i][n]);
}
END_TEST

START_TEST(test_a_request_that_does_not_fit_beside_them)
{
	static struct comm_wire_record records[1 + SENDS * RECORDS];
	static char values[1 + SENDS * RECORDS][16];
	struct sending s[SENDS], large;
	struct broker b;
	struct world w;

	set_up(&b, &w);
	records_fill(records, values, 1 + SENDS * RECORDS, 0);
	open_topic(&b, &w, "stuck", records, GOES);
	open_topic(&b, &w, "other", records, STAYS);
	go(&b);
	send_all(s, &w, "stuck", records);
	sending_start(&large, &w, "other", records, WINDOW / 2 + 1);
	sending_await(&large);
	ck_assert_int_eq(large.error, 0);
	sending_fini(&large);
	come_back(&b);
	await_all(s);
	tear_down(&b, &w);
}
END_TEST

/* Who waits for a topic that has too much in flight is told as the others are when commd ends. */
START_TEST(test_closing_tells_those_who_are_held)
{
	static struct comm_wire_record records[1 + SENDS * RECORDS];
	static char values[1 + SENDS * RECORDS][16];
	struct sending s[SENDS];
	struct broker b;
	struct world w;

	set_up(&b, &w);
	records_fill(records, values, 1 + SENDS * RECORDS, 0);
	open_topic(&b, &w, "stuck", records, GOES);
	go(&b);
	send_all(s, &w, "stuck", records);
	world_close(&w, 0);
	tear_down(&b, &w);
	ck_assert(s[0].is_done);
	ck_assert_int_eq(s[SENDS - 1].error, COMM_ESHUTDOWN);
	for (int i = 0; i < SENDS; i++)
		sending_fini(&s[i]);
}
END_TEST

TEST_MAIN("kafka_window", test_a_topic_leaves_room_for_others,
	  test_some_topics_leave_room_for_others, test_what_is_stuck_stops_nobody,
	  test_a_request_that_does_not_fit_beside_them, test_closing_tells_those_who_are_held)

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

static rd_kafka_mock_cluster_t *mock_of(const struct world *w)
{
	return kafka_dev_cluster(w->kafka->dev);
}

START_TEST(test_closing_waits_for_what_is_in_flight)
{
	enum { SENDS = 5 };
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct sending s[SENDS];
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	for (int i = 0; i < SENDS; i++)
		sending_start(&s[i], &w, "t", &r, 1);
	world_close(&w, 10000);
	ck_assert(!s[0].is_done);
	ck_assert_int_eq(
		kafka_produce(w.client, comm_bytes_of("t"), &r, 1, NULL, &s[0].waiter, &why),
		COMM_ESHUTDOWN);
	world_fini(&w);
	for (int i = 0; i < SENDS; i++) {
		ck_assert(s[i].is_done);
		ck_assert_int_eq(s[i].batch->outcomes[0].reason, 0);
		sending_fini(&s[i]);
	}
}
END_TEST

START_TEST(test_closing_gives_up_after_its_time)
{
	enum { SENDS = 5 };
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct sending s[SENDS];
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	(void)rd_kafka_mock_broker_set_down(mock_of(&w), 1);
	for (int i = 0; i < SENDS; i++) {
		sending_start(&s[i], &w, "t", &r, 1);
		ck_assert_int_eq(s[i].error, 0);
	}
	world_close(&w, 100);
	world_fini(&w);
	for (int i = 0; i < SENDS; i++) {
		ck_assert(s[i].is_done);
		ck_assert_int_ne(s[i].batch->outcomes[0].reason, 0);
		sending_fini(&s[i]);
	}
}
END_TEST

START_TEST(test_closing_tells_those_who_wait)
{
	struct comm_wire_record r = record_of("v");
	struct sending s[3];
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	(void)rd_kafka_mock_broker_set_down(mock_of(&w), 1);
	for (int i = 0; i < 3; i++) {
		sending_start(&s[i], &w, "t", &r, 1);
		ck_assert(s[i].is_waiting);
	}
	world_close(&w, 10000);
	ck_assert(s[0].is_waiting);
	world_fini(&w);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(s[i].error, COMM_ESHUTDOWN);
		sending_fini(&s[i]);
	}
}
END_TEST

TEST_MAIN("kafka_close", test_closing_waits_for_what_is_in_flight,
	  test_closing_gives_up_after_its_time, test_closing_tells_those_who_wait)

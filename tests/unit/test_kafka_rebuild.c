#include <string.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/* A consumer fails for good: its readers go on with another one. */

#define ALL 1000, 1024 * 1024

#define RECORDS 5

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static int ack(struct receiver *w, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), 0, offset };

	return kafka_reader_ack(w->reader, &position);
}

static int64_t count(const struct world *w, enum event event)
{
	return kafka_events(w->kafka)->counts[event];
}

static bool is_detached(void *arg)
{
	return !((struct receiver *)arg)->reader->consumer;
}

/* As if another member had come with the same group.instance.id. */
static void break_down(struct receiver *w)
{
	ck_assert_int_eq(rd_kafka_test_fatal_error(w->reader->consumer->rk,
						   RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "a test"),
			 RD_KAFKA_RESP_ERR_NO_ERROR);
	world_run(w->world, is_detached, w);
}

/* One fetch says so, and only one. */
static void expect_to_be_told(struct receiver *w)
{
	ck_assert_uint_eq(receiver_fetch(w, ALL), 0);
	ck_assert_int_eq(w->why.code, COMM_ERECEIVE);
	ck_assert_ptr_nonnull(strstr(w->why.message, "FENCED_INSTANCE_ID"));
	ck_assert_uint_eq(receiver_fetch(w, ALL), 0);
	ck_assert_int_eq(w->why.code, 0);
	ck_assert(!w->is_at_end);
}

static void open_world(struct world *w)
{
	receiver_world(w, 4);
	world_create(w, "t", 1);
	receiver_fill(w, "t", 0, 0, RECORDS);
}

START_TEST(test_readers_of_a_group_go_on)
{
	struct receiver first, second;
	struct world world;

	open_world(&world);
	receiver_open(&first, &world, world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&first, RECORDS);
	receiver_open(&second, &world, world.client, receiver_options("g", &topic_t, 1));
	ck_assert_int_eq(ack(&first, 2), 0);
	break_down(&first);
	ck_assert_int_eq(count(&world, EVENT_FENCED), 1);
	expect_to_be_told(&first);
	expect_to_be_told(&second);
	ck_assert_int_eq(ack(&first, RECORDS), COMM_ESTALE);
	/* A waiting reader can go; the other gets what was not acknowledged. */
	receiver_close(&second);
	receiver_forget(&first);
	receiver_fill(&world, "t", 0, RECORDS, 1);
	do
		receiver_await(&first, first.n_got + 1);
	while (first.got[first.n_got - 1].offset != RECORDS);
	ck_assert_int_le(first.got[0].offset, 2);
	ck_assert_int_eq(count(&world, EVENT_REBUILT), 1);
	ck_assert_uint_eq(first.reader->consumer->pause_ms, 1000);
	/* Another failure soon after the first: the pause is longer. */
	receiver_fetch(&first, ALL);
	break_down(&first);
	expect_to_be_told(&first);
	receiver_close(&first);
	world_fini(&world);
}
END_TEST

/* Who comes while others wait does not wait, and neither do they any more. */
START_TEST(test_a_new_reader_brings_a_consumer)
{
	struct receiver first, second;
	struct world world;

	open_world(&world);
	receiver_open(&first, &world, world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&first, RECORDS);
	break_down(&first);
	receiver_open(&second, &world, world.client, receiver_options("g", &topic_t, 1));
	ck_assert_ptr_nonnull(second.reader->consumer);
	ck_assert_ptr_eq(first.reader->consumer, second.reader->consumer);
	ck_assert_int_eq(count(&world, EVENT_REBUILT), 1);
	expect_to_be_told(&first);
	receiver_close(&first);
	receiver_await_just(&second, RECORDS);
	receiver_close(&second);
	world_fini(&world);
}
END_TEST

START_TEST(test_a_tail_goes_on_behind_what_it_had)
{
	struct receiver w;
	struct world world;

	open_world(&world);
	receiver_open(&w, &world, world.client, receiver_options(NULL, &topic_t, 1));
	receiver_await_just(&w, RECORDS);
	break_down(&w);
	expect_to_be_told(&w);
	receiver_fill(&world, "t", 0, RECORDS, RECORDS);
	receiver_forget(&w);
	receiver_await_just(&w, RECORDS);
	ck_assert_int_eq(w.got[0].offset, RECORDS);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_closing_ends_who_waits)
{
	struct receiver w;
	struct world world;

	open_world(&world);
	receiver_open(&w, &world, world.client, receiver_options("g", &topic_t, 1));
	break_down(&w);
	expect_to_be_told(&w);
	world_close(&world, 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
		ck_assert_int_eq(w.why.code, COMM_ESHUTDOWN);
	}
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_rebuild", test_readers_of_a_group_go_on, test_a_new_reader_brings_a_consumer,
	  test_a_tail_goes_on_behind_what_it_had, test_closing_ends_who_waits)

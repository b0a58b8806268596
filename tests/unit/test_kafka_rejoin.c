#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/* What Kafka decides anew: the mock cluster takes some seconds for it each time. */

#define PARTITIONS 4

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static bool has_last_of_all(const struct receiver *w, int64_t last)
{
	for (int p = 0; p < PARTITIONS; p++) {
		size_t n = receiver_count(w, p);

		if (!n || receiver_find(w, p, n - 1)->offset != last)
			return false;
	}
	return true;
}

static void acknowledge(struct receiver *w, int64_t partition, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), partition, offset };

	ck_assert_int_eq(kafka_reader_ack(w->reader, &position), 0);
}

START_TEST(test_acknowledged_is_committed)
{
	struct kafka_reader_options o = receiver_options("g", &topic_t, 1);
	struct kafka_client *other;
	struct profile *profile;
	struct kafka_failure why;
	struct receiver w;
	struct world world;

	receiver_world(&world, 4);
	ck_assert_int_eq(profile_new("other", &profile), 0);
	ck_assert_int_eq(kafka_client_get(world.kafka, profile, &other, &why), 0);
	world_create(&world, "t", PARTITIONS);
	for (int p = 0; p < PARTITIONS; p++)
		receiver_fill(&world, "t", p, 0, 10);
	receiver_open(&w, &world, world.client, o);
	receiver_await_just(&w, 10 * PARTITIONS);
	for (int p = 0; p < PARTITIONS; p++)
		acknowledge(&w, p, 3 + p);
	receiver_close(&w);
	/* Another member of the group, as in another process; the first one goes meanwhile. */
	receiver_open(&w, &world, other, o);
	while (!has_last_of_all(&w, 9)) {
		receiver_await(&w, w.n_got + 1);
		kafka_reader_ack_all(w.reader);
	}
	for (int p = 0; p < PARTITIONS; p++)
		ck_assert_int_eq(receiver_find(&w, p, 0)->offset, 3 + p);
	receiver_close(&w);
	world_fini(&world);
	profile_free(profile);
}
END_TEST

/* A group that begins at the end has a position from then on, also if nothing is acknowledged. */
START_TEST(test_latest_loses_nothing_unacknowledged)
{
	struct kafka_reader_options o = receiver_options("g", &topic_t, 1);
	struct kafka_client *other;
	struct profile *profile;
	struct kafka_failure why;
	struct receiver w;
	struct world world;

	o.start = KAFKA_LATEST;
	receiver_world(&world, 4);
	ck_assert_int_eq(profile_new("other", &profile), 0);
	ck_assert_int_eq(kafka_client_get(world.kafka, profile, &other, &why), 0);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 5);
	receiver_open(&w, &world, world.client, o);
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 0);
	receiver_fill(&world, "t", 0, 5, 3);
	receiver_await_just(&w, 3);
	receiver_close(&w);
	receiver_fill(&world, "t", 0, 8, 2);
	receiver_open(&w, &world, other, o);
	receiver_await_just(&w, 5);
	ck_assert_int_eq(w.got[0].offset, 5);
	receiver_close(&w);
	world_fini(&world);
	profile_free(profile);
}
END_TEST

static int64_t n_owned(const struct receiver *w)
{
	struct comm_wire_subscription s;

	kafka_reader_status(w->reader, &s);
	return s.partitions;
}

/* Each gets records of its own topics only, and a new topic makes the group start over. */
START_TEST(test_different_topics)
{
	static const struct comm_wire_topic_ref refs[] = { { { "a", 1 }, COMM_NONE, COMM_NONE },
							   { { "b", 1 }, COMM_NONE, COMM_NONE } };
	struct receiver first, second;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "a", 2);
	world_create(&world, "b", 2);
	receiver_fill(&world, "a", 0, 0, 3);
	receiver_fill(&world, "b", 0, 100, 3);
	receiver_fill(&world, "b", 1, 100, 3);
	receiver_open(&first, &world, world.client, receiver_options("g", refs, 1));
	receiver_open(&second, &world, world.client, receiver_options("g", refs + 1, 1));
	receiver_await_just(&first, 3);
	receiver_await_just(&second, 6);
	ck_assert_str_eq(first.got[0].topic, "a");
	for (size_t i = 0; i < second.n_got; i++)
		ck_assert_str_eq(second.got[i].topic, "b");
	ck_assert_int_eq(n_owned(&first), 2);
	ck_assert_int_eq(n_owned(&second), 2);
	receiver_close(&first);
	receiver_close(&second);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_rejoin", test_acknowledged_is_committed, test_latest_loses_nothing_unacknowledged,
	  test_different_topics)

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/*
 * Joining a group takes the mock cluster three seconds: each test does as much as it can with one.
 */

#define ALL 1000, 1024 * 1024

#define PARTITIONS 4

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static struct kafka_reader_options member(enum kafka_ack ack)
{
	struct kafka_reader_options o = receiver_options("g", &topic_t, 1);

	o.ack = ack;
	return o;
}

static int ack(struct receiver *w, int64_t partition, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), partition, offset };

	return kafka_reader_ack(w->reader, &position);
}

static struct comm_wire_subscription status_of(const struct receiver *w)
{
	struct comm_wire_subscription s;

	kafka_reader_status(w->reader, &s);
	return s;
}

static void fill_all(struct world *world, int first, int n)
{
	for (int p = 0; p < PARTITIONS; p++)
		receiver_fill(world, "t", p, first, n);
}

static int64_t owned_by(const struct receiver *w)
{
	return status_of(w).partitions;
}

START_TEST(test_readers_share)
{
	struct receiver first, second, third;
	int64_t moved[PARTITIONS] = { 0 };
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "t", PARTITIONS);
	fill_all(&world, 0, 5);
	receiver_open(&first, &world, world.client, member(KAFKA_ACK_MANUAL));
	ck_assert_uint_eq(receiver_fetch(&first, ALL), 0);
	ck_assert(!first.is_at_end);
	receiver_await_just(&first, 5 * PARTITIONS);
	ck_assert_int_eq(owned_by(&first), PARTITIONS);
	ck_assert_int_eq(status_of(&first).unacknowledged, 5 * PARTITIONS);
	ck_assert_int_eq(status_of(&first).delivered, 5 * PARTITIONS);
	ck_assert(comm_bytes_is(status_of(&first).group, "g"));

	/* A newcomer waits for partitions until their owner has acknowledged what it has of them. */
	receiver_open(&second, &world, world.client, member(KAFKA_ACK_MANUAL));
	ck_assert_uint_eq(receiver_fetch(&second, ALL), 0);
	ck_assert(!second.is_at_end);
	fill_all(&world, 5, 5);
	ck_assert_int_eq(ack(&first, 0, 6), COMM_ESTALE);
	for (int p = 0; p < PARTITIONS; p++)
		ck_assert_int_eq(ack(&first, p, 4), 0);
	ck_assert_int_eq(status_of(&first).unacknowledged, PARTITIONS);
	ck_assert_int_eq(owned_by(&second), 0);
	for (int p = 0; p < PARTITIONS; p++)
		ck_assert_int_eq(ack(&first, p, 5), 0);
	ck_assert_int_eq(owned_by(&first), PARTITIONS / 2);
	ck_assert_int_eq(owned_by(&second), PARTITIONS / 2);
	receiver_forget(&first);
	receiver_await_just(&first, 5 * PARTITIONS / 2);
	receiver_await_just(&second, 5 * PARTITIONS / 2);
	for (int p = 0; p < PARTITIONS; p++) {
		moved[p] = receiver_count(&second, p) > 0;
		receiver_check_run(moved[p] ? &second : &first, p, 5, 5);
		ck_assert_int_eq(ack(&first, p, 5), moved[p] ? COMM_ESTALE : 0);
	}

	/* One goes: the other gets what was not acknowledged, in order, before all else. */
	fill_all(&world, 10, 5);
	for (int p = 0; p < PARTITIONS; p++)
		if (moved[p])
			ck_assert_int_eq(ack(&second, p, 8), 0);
	receiver_close(&second);
	kafka_reader_ack_all(first.reader);
	receiver_forget(&first);
	receiver_await_just(&first, 5 * PARTITIONS / 2 + 7 * PARTITIONS / 2);
	for (int p = 0; p < PARTITIONS; p++)
		receiver_check_run(&first, p, moved[p] ? 8 : 10, moved[p] ? 7 : 5);

	/* Nobody is left; whoever comes soon does not wait for a group to be joined. */
	for (int p = 0; p < PARTITIONS; p++)
		ck_assert_int_eq(ack(&first, p, 12), 0);
	receiver_close(&first);
	receiver_open(&third, &world, world.client, member(KAFKA_ACK_MANUAL));
	ck_assert_int_eq(owned_by(&third), PARTITIONS);
	receiver_await_end(&third);
	for (int p = 0; p < PARTITIONS; p++)
		receiver_check_run(&third, p, 12, 3);
	receiver_close(&third);
	world_fini(&world);
}
END_TEST

/* As if the time had passed that an owner has to acknowledge what is to go to another reader. */
static void let_time_pass(struct kafka_consumer *c)
{
	ck_assert_uint_gt(c->give_by_ms, 0);
	c->give_by_ms = 1;
	for (size_t i = 0; i < c->n_partitions; i++)
		c->partitions[i]->give_by_ms = 0;
	kafka_share_take_due(c);
}

/* An owner that never acknowledges does not keep partitions from others for ever. */
START_TEST(test_partitions_are_taken_from_who_does_not_acknowledge)
{
	struct receiver first, second;
	struct world world;
	int n_moved = 0;

	receiver_world(&world, 4);
	world_create(&world, "t", PARTITIONS);
	fill_all(&world, 0, 5);
	receiver_open(&first, &world, world.client, member(KAFKA_ACK_MANUAL));
	receiver_await_just(&first, 5 * PARTITIONS);
	for (int p = 0; p < PARTITIONS; p++)
		ck_assert_int_eq(ack(&first, p, 2), 0);
	receiver_open(&second, &world, world.client, member(KAFKA_ACK_MANUAL));
	ck_assert_int_eq(owned_by(&second), 0);
	let_time_pass(second.reader->consumer);
	ck_assert_int_eq(owned_by(&second), PARTITIONS / 2);
	receiver_await_just(&second, 3 * PARTITIONS / 2);
	for (int p = 0; p < PARTITIONS; p++) {
		bool is_moved = receiver_count(&second, p) > 0;

		n_moved += is_moved;
		if (is_moved)
			receiver_check_run(&second, p, 2, 3);
		ck_assert_int_eq(ack(&first, p, 5), is_moved ? COMM_ESTALE : 0);
	}
	ck_assert_int_eq(n_moved, PARTITIONS / 2);
	receiver_close(&first);
	receiver_close(&second);
	world_fini(&world);
}
END_TEST

/* Partitions whose first records have come but were never looked at move all the same. */
START_TEST(test_newcomer_before_the_first_fetch)
{
	struct receiver first, second;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "t", PARTITIONS);
	fill_all(&world, 0, 5);
	receiver_open(&first, &world, world.client, member(KAFKA_ACK_MANUAL));
	ck_assert_uint_eq(receiver_fetch(&first, ALL), 0);
	receiver_await_ready(&first);
	receiver_open(&second, &world, world.client, member(KAFKA_ACK_MANUAL));
	ck_assert_int_eq(owned_by(&first), PARTITIONS / 2);
	ck_assert_int_eq(owned_by(&second), PARTITIONS / 2);
	receiver_await_just(&first, 5 * PARTITIONS / 2);
	receiver_await_just(&second, 5 * PARTITIONS / 2);
	for (int p = 0; p < PARTITIONS; p++)
		receiver_check_run(receiver_count(&first, p) ? &first : &second, p, 0, 5);
	receiver_close(&first);
	receiver_close(&second);
	world_fini(&world);
}
END_TEST

START_TEST(test_more_readers_than_partitions)
{
	struct receiver first, second, *owner;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "t", 1);
	receiver_open(&first, &world, world.client, member(KAFKA_ACK_AUTO));
	receiver_open(&second, &world, world.client, member(KAFKA_ACK_AUTO));
	/* Nobody knows yet whether there is something to read. */
	receiver_fetch(&first, ALL);
	receiver_fetch(&second, ALL);
	ck_assert(!first.is_at_end && !second.is_at_end);
	receiver_await_end(&first);
	receiver_await_end(&second);
	ck_assert_int_eq(owned_by(&first) + owned_by(&second), 1);
	receiver_fill(&world, "t", 0, 0, 3);
	owner = owned_by(&first) ? &first : &second;
	receiver_await_just(owner, 3);
	/* The one without takes over from the other. */
	receiver_close(owner);
	owner = owner == &first ? &second : &first;
	receiver_await_just(owner, 3);
	receiver_close(owner);
	world_fini(&world);
}
END_TEST

/* A reader that acknowledges nothing holds nobody up, and what it had is read again. */
START_TEST(test_without_acknowledgements)
{
	struct receiver first, second;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 3);
	receiver_fill(&world, "t", 1, 0, 3);
	receiver_open(&first, &world, world.client, member(KAFKA_ACK_NONE));
	receiver_await_just(&first, 6);
	ck_assert_int_eq(status_of(&first).unacknowledged, 0);
	receiver_open(&second, &world, world.client, member(KAFKA_ACK_NONE));
	ck_assert_int_eq(owned_by(&first), 1);
	ck_assert_int_eq(owned_by(&second), 1);
	receiver_close(&first);
	receiver_await_just(&second, 3);
	receiver_close(&second);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_group", test_partitions_are_taken_from_who_does_not_acknowledge,
	  test_readers_share, test_newcomer_before_the_first_fetch,
	  test_more_readers_than_partitions, test_without_acknowledgements)

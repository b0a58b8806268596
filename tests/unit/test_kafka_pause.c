#include <string.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

#define ALL 1000, 1024 * 1024

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static const struct comm_wire_topic_ref partition_0 = { { "t", 1 }, 0, COMM_NONE };

static void open_tail(struct receiver *w, struct world *world)
{
	receiver_open(w, world, world->client, receiver_options(NULL, &topic_t, 1));
}

static void open_member(struct receiver *w, struct world *world)
{
	receiver_open(w, world, world->client, receiver_options("g", &topic_t, 1));
}

static void pause_some(struct receiver *w, const struct comm_wire_topic_ref *refs, size_t n)
{
	ck_assert_int_eq(kafka_reader_pause(w->reader, refs, n, &w->why), 0);
}

static void resume_some(struct receiver *w, const struct comm_wire_topic_ref *refs, size_t n)
{
	ck_assert_int_eq(kafka_reader_resume(w->reader, refs, n, &w->why), 0);
}

static struct comm_wire_subscription status_of(const struct receiver *w)
{
	struct comm_wire_subscription s;

	kafka_reader_status(w->reader, &s);
	return s;
}

START_TEST(test_a_paused_partition_gives_nothing)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 5);
	receiver_fill(&world, "t", 1, 0, 5);
	open_tail(&w, &world);
	receiver_await_just(&w, 10);
	pause_some(&w, &partition_0, 1);
	ck_assert_int_eq(status_of(&w).partitions, 2);
	ck_assert_int_eq(status_of(&w).paused, 1);
	receiver_fill(&world, "t", 0, 5, 5);
	receiver_fill(&world, "t", 1, 5, 5);
	receiver_forget(&w);
	/* It does not stand between the rest and its end. */
	receiver_await_end(&w);
	receiver_check_run(&w, 0, 0, 0);
	while (receiver_count(&w, 1) < 5)
		receiver_await(&w, w.n_got + 1);
	receiver_check_run(&w, 1, 5, 5);
	resume_some(&w, &partition_0, 1);
	ck_assert_int_eq(status_of(&w).paused, 0);
	receiver_await_just(&w, 10);
	receiver_check_run(&w, 0, 5, 5);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* Nothing was looked at before, so that nobody knew where the partitions were. */
START_TEST(test_paused_before_the_first_record)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 5);
	receiver_fill(&world, "t", 1, 0, 5);
	open_tail(&w, &world);
	pause_some(&w, &partition_0, 1);
	receiver_await_just(&w, 5);
	receiver_check_run(&w, 1, 0, 5);
	resume_some(&w, NULL, 0);
	receiver_await_just(&w, 10);
	receiver_check_run(&w, 0, 0, 5);
	/* Everything, and again nothing. */
	pause_some(&w, NULL, 0);
	pause_some(&w, NULL, 0);
	ck_assert_int_eq(status_of(&w).paused, 2);
	receiver_fill(&world, "t", 0, 5, 5);
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 10);
	resume_some(&w, NULL, 0);
	receiver_await_just(&w, 15);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* It is paused for one reader, whoever has it in the meantime. */
START_TEST(test_pauses_are_a_readers_own)
{
	struct receiver first, second;
	struct world world;
	int moved;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 5);
	receiver_fill(&world, "t", 1, 0, 5);
	open_member(&first, &world);
	ck_assert_int_eq(kafka_reader_pause(first.reader, NULL, 0, &first.why), COMM_EBUSY);
	ck_assert_int_eq(kafka_reader_pause(first.reader, &topic_t, 1, &first.why), COMM_EBUSY);
	receiver_await_just(&first, 10);
	pause_some(&first, NULL, 0);
	receiver_fill(&world, "t", 0, 5, 5);
	receiver_fill(&world, "t", 1, 5, 5);
	kafka_reader_ack_all(first.reader);
	open_member(&second, &world);
	ck_assert_int_eq(status_of(&first).paused, 1);
	ck_assert_int_eq(status_of(&second).paused, 0);
	receiver_await_just(&second, 5);
	moved = second.got[0].partition == 1;
	receiver_check_run(&second, moved, 5, 5);
	kafka_reader_ack_all(second.reader);
	receiver_close(&second);
	receiver_fill(&world, "t", moved, 10, 5);
	ck_assert_int_eq(status_of(&first).partitions, 2);
	ck_assert_int_eq(status_of(&first).paused, 2);
	receiver_forget(&first);
	receiver_await_end(&first);
	ck_assert_uint_eq(first.n_got, 0);
	resume_some(&first, NULL, 0);
	receiver_await_just(&first, 10);
	receiver_check_run(&first, moved, 10, 5);
	receiver_check_run(&first, !moved, 5, 5);
	receiver_close(&first);
	world_fini(&world);
}
END_TEST

static int refusal(struct receiver *w, struct comm_wire_topic_ref ref, const char *part)
{
	int code = kafka_reader_pause(w->reader, &ref, 1, &w->why);

	ck_assert_str_eq(w->why.detail, "topics[0]");
	ck_assert_msg(strstr(w->why.message, part) != NULL, "%s", w->why.message);
	return code;
}

START_TEST(test_what_cannot_be_paused)
{
	const struct comm_wire_topic_ref twice[] = { partition_0, topic_t, partition_0 };
	struct comm_wire_topic_ref ref = partition_0;
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	open_tail(&w, &world);
	ref.partition = 2;
	ck_assert_int_eq(refusal(&w, ref, "topic t, partition 2"), COMM_ESTALE);
	ref.topic = comm_bytes_of("u");
	ref.partition = COMM_NONE;
	ck_assert_int_eq(refusal(&w, ref, "topic u"), COMM_ESTALE);
	ref.partition = -1;
	ck_assert_int_eq(refusal(&w, ref, "from 0"), COMM_EBAD_VALUE);
	ref = partition_0;
	ref.offset = 0;
	ck_assert_int_eq(refusal(&w, ref, "offset"), COMM_EBAD_VALUE);
	ck_assert_int_eq(kafka_reader_pause(w.reader, twice, 3, &w.why), COMM_EBAD_VALUE);
	ck_assert_int_eq(status_of(&w).paused, 0);
	/* What is not there is not paused. */
	ref.partition = 7;
	ref.offset = COMM_NONE;
	resume_some(&w, &ref, 1);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* Fetch until an end is told; it is the only one, if @partition is a number. */
static void await_ends(struct receiver *w, size_t n, int64_t partition, int64_t offset)
{
	const struct comm_wire_position *ends;
	size_t n_told = 0;

	while (n_told < n) {
		struct comm_list list;
		size_t n_records;

		w->n_ready = 0;
		n_records = receiver_fetch(w, ALL);
		ck_assert_msg(!w->why.code, "%s", w->why.message);
		kafka_reader_ends(w->reader, &list);
		ends = list.items;
		n_told += list.n;
		if (list.n && partition >= 0) {
			ck_assert_uint_eq(list.n, 1);
			ck_assert(comm_bytes_is(ends[0].topic, "t"));
			ck_assert_int_eq(ends[0].partition, partition);
			ck_assert_int_eq(ends[0].offset, offset);
		}
		if (!n_records && !list.n)
			receiver_await_ready(w);
	}
	ck_assert_uint_eq(n_told, n);
}

START_TEST(test_ends_are_told_once)
{
	struct comm_list list;
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 1, 0, 5);
	open_tail(&w, &world);
	await_ends(&w, 2, -1, 0);
	ck_assert_uint_eq(w.n_got, 5);
	kafka_reader_ends(w.reader, &list);
	ck_assert_uint_eq(list.n, 0);
	receiver_fill(&world, "t", 1, 5, 3);
	await_ends(&w, 1, 1, 8);
	ck_assert_uint_eq(w.n_got, 8);
	/* To be kept back for a while is not to arrive there again. */
	pause_some(&w, NULL, 0);
	resume_some(&w, NULL, 0);
	receiver_fill(&world, "t", 0, 0, 1);
	await_ends(&w, 1, 0, 1);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

static int64_t lag_of(const struct receiver *w, size_t n_partitions)
{
	size_t left = n_partitions;
	int64_t lag = kafka_reader_lag(w->reader, &left);

	ck_assert_uint_eq(left, n_partitions < 2 ? n_partitions : n_partitions - 2);
	return lag;
}

START_TEST(test_it_is_known_how_far_it_is)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 10);
	receiver_fill(&world, "t", 1, 0, 10);
	open_tail(&w, &world);
	ck_assert_int_eq(lag_of(&w, 2), COMM_NONE);
	while (w.n_got < 1)
		if (!receiver_fetch(&w, 1, 1024))
			receiver_await_ready(&w);
	ck_assert_int_ge(lag_of(&w, 2), 9);
	/* To ask for all partitions would be to ask for more than is left. */
	ck_assert_int_eq(lag_of(&w, 1), COMM_NONE);
	receiver_await_end(&w);
	ck_assert_int_eq(lag_of(&w, 3), 0);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_pause", test_a_paused_partition_gives_nothing, test_paused_before_the_first_record,
	  test_pauses_are_a_readers_own, test_what_cannot_be_paused, test_ends_are_told_once,
	  test_it_is_known_how_far_it_is)

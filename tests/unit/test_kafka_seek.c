#include <string.h>

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

#define ALL 1000, 1024 * 1024

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static struct comm_wire_topic_ref partition(int64_t number, int64_t offset)
{
	return (struct comm_wire_topic_ref){ { "t", 1 }, number, offset };
}

static void open_tail(struct receiver *w, struct world *world)
{
	receiver_open(w, world, world->client, receiver_options(NULL, &topic_t, 1));
}

static void open_member(struct receiver *w, struct world *world)
{
	receiver_open(w, world, world->client, receiver_options("g", &topic_t, 1));
}

static int ack(struct receiver *w, int64_t number, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), number, offset };

	return kafka_reader_ack(w->reader, &position);
}

static int64_t owned_by(const struct receiver *w)
{
	struct comm_wire_subscription s;

	kafka_reader_status(w->reader, &s);
	return s.partitions;
}

/* A seek and its answer. */
struct seeking {
	struct kafka_failure why;
	bool is_done;
	size_t n;           /* partitions that were told */
	int64_t offsets[4]; /* where they go on, by partition; -1: not told */
};

static void on_positions(void *arg, const struct kafka_failure *why, struct comm_list positions)
{
	const struct comm_wire_position *items = positions.items;
	struct seeking *s = arg;

	if (why)
		s->why = *why;
	for (size_t i = 0; i < positions.n; i++) {
		ck_assert(comm_bytes_is(items[i].topic, "t"));
		s->offsets[items[i].partition] = items[i].offset;
	}
	s->n = positions.n;
	s->is_done = true;
}

static bool is_done(void *arg)
{
	return ((struct seeking *)arg)->is_done;
}

static int seek_start(struct seeking *s, struct receiver *w, enum kafka_start start, int64_t at,
		      const struct comm_wire_topic_ref *refs, size_t n_refs)
{
	const struct kafka_seek_options o = { start, at, refs, n_refs, 10000 };

	*s = (struct seeking){ .offsets = { -1, -1, -1, -1 } };
	return kafka_reader_seek(w->reader, &o, on_positions, s, &s->why);
}

/* Seek and wait. Returns the code. */
static int seek(struct seeking *s, struct receiver *w, enum kafka_start start, int64_t at,
		const struct comm_wire_topic_ref *refs, size_t n_refs)
{
	int error = seek_start(s, w, start, at, refs, n_refs);

	if (error) {
		ck_assert_int_eq(error, s->why.code);
		return error;
	}
	world_run(w->world, is_done, s);
	return s->why.code;
}

static void seek_all(struct receiver *w, enum kafka_start start, int64_t at)
{
	struct seeking s;

	ck_assert_int_eq(seek(&s, w, start, at, NULL, 0), 0);
}

/* What comes until the end is the partition from @first on. */
static void expect_from(struct receiver *w, int64_t number, int64_t first, size_t n)
{
	receiver_forget(w);
	receiver_await_end(w);
	receiver_check_run(w, number, first, n);
}

START_TEST(test_goes_on_where_it_is_told)
{
	struct seeking s;
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 10);
	open_tail(&w, &world);
	receiver_await_end(&w);
	ck_assert_int_eq(seek(&s, &w, KAFKA_EARLIEST, COMM_NONE, NULL, 0), 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.offsets[0], 0);
	ck_assert_int_eq(s.offsets[1], 0);
	expect_from(&w, 0, 0, 10);
	ck_assert_int_eq(seek(&s, &w, KAFKA_TAIL, 3, NULL, 0), 0);
	ck_assert_int_eq(s.offsets[0], 7);
	ck_assert_int_eq(s.offsets[1], 0);
	expect_from(&w, 0, 7, 3);
	/* The mock cluster has no record for any time. */
	ck_assert_int_eq(seek(&s, &w, KAFKA_TIME, 1, NULL, 0), 0);
	ck_assert_int_eq(s.offsets[0], 10);
	seek_all(&w, KAFKA_EARLIEST, COMM_NONE);
	/* Nothing was read since; what is on its way is not wanted any more. */
	seek_all(&w, KAFKA_LATEST, COMM_NONE);
	receiver_fill(&world, "t", 0, 10, 2);
	receiver_forget(&w);
	receiver_await_just(&w, 2);
	receiver_check_run(&w, 0, 10, 2);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* Who waits already hears of it. */
START_TEST(test_a_fetch_that_waits_gets_what_is_there)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 1, 0, 10);
	open_tail(&w, &world);
	receiver_await_end(&w);
	receiver_forget(&w);
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	w.n_ready = 0;
	seek_all(&w, KAFKA_TAIL, 4);
	receiver_await_just(&w, 4);
	receiver_check_run(&w, 1, 6, 4);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_single_partitions)
{
	const struct comm_wire_topic_ref refs[] = { topic_t, partition(2, 3), partition(0, 9) };
	struct seeking s;
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 3);
	for (int p = 0; p < 3; p++)
		receiver_fill(&world, "t", p, 0, 10);
	open_tail(&w, &world);
	receiver_await_end(&w);
	/* Those with an offset of their own, and the others of the topic. */
	ck_assert_int_eq(seek(&s, &w, KAFKA_TAIL, 2, refs, 3), 0);
	ck_assert_uint_eq(s.n, 3);
	expect_from(&w, 0, 9, 1);
	receiver_check_run(&w, 1, 8, 2);
	receiver_check_run(&w, 2, 3, 7);
	/* Only what is named. */
	ck_assert_int_eq(seek(&s, &w, KAFKA_EARLIEST, COMM_NONE, refs + 1, 1), 0);
	ck_assert_uint_eq(s.n, 1);
	ck_assert_int_eq(s.offsets[2], 3);
	expect_from(&w, 2, 3, 7);
	ck_assert_uint_eq(w.n_got, 7);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_what_is_refused)
{
	const struct comm_wire_topic_ref beyond[] = { partition(0, 0), partition(1, 11) };
	const struct comm_wire_topic_ref alien = partition(2, COMM_NONE);
	struct seeking s, second;
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 10);
	receiver_fill(&world, "t", 1, 0, 10);
	open_tail(&w, &world);
	receiver_await_end(&w);
	ck_assert_int_eq(seek(&s, &w, KAFKA_OFFSET, 11, NULL, 0), COMM_EBAD_VALUE);
	ck_assert_ptr_nonnull(strstr(s.why.message, "next record will have 10"));
	ck_assert_int_eq(seek(&s, &w, KAFKA_LATEST, COMM_NONE, beyond, 2), COMM_EBAD_VALUE);
	ck_assert_int_eq(seek(&s, &w, KAFKA_OFFSET, COMM_NONE, NULL, 0), COMM_EBAD_VALUE);
	ck_assert_int_eq(seek(&s, &w, KAFKA_LATEST, COMM_NONE, &alien, 1), COMM_ESTALE);
	/* Nothing has moved. */
	receiver_fill(&world, "t", 0, 10, 1);
	receiver_forget(&w);
	receiver_await_just(&w, 1);
	ck_assert_int_eq(seek_start(&s, &w, KAFKA_EARLIEST, COMM_NONE, NULL, 0), 0);
	ck_assert_int_eq(seek(&second, &w, KAFKA_EARLIEST, COMM_NONE, NULL, 0), COMM_EBUSY);
	world_run(&world, is_done, &s);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* The offsets are looked up in vain. */
START_TEST(test_nobody_waits_any_more)
{
	struct seeking s;
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 10);
	open_tail(&w, &world);
	receiver_await_end(&w);
	ck_assert_int_eq(seek_start(&s, &w, KAFKA_EARLIEST, COMM_NONE, NULL, 0), 0);
	kafka_reader_seek_cancel(w.reader);
	world_run(&world, is_done, &s);
	ck_assert_uint_eq(s.n, 0);
	receiver_fill(&world, "t", 0, 10, 1);
	receiver_await_just(&w, 11);
	ck_assert_int_eq(seek_start(&s, &w, KAFKA_EARLIEST, COMM_NONE, NULL, 0), 0);
	kafka_assignment_drop(w.reader->consumer, NULL);
	world_run(&world, is_done, &s);
	ck_assert_int_eq(s.why.code, 0);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_int_eq(seek_start(&s, &w, KAFKA_EARLIEST, COMM_NONE, NULL, 0), 0);
	receiver_close(&w);
	world_run(&world, is_done, &s);
	ck_assert_int_eq(s.why.code, COMM_ENO_SUBSCRIPTION);
	world_fini(&world);
}
END_TEST

static bool is_assigned(void *arg)
{
	return owned_by(arg) > 0;
}

static bool is_closed(void *arg)
{
	return LIST_EMPTY(&((struct world *)arg)->client->consumers);
}

/* Have the consumer of a group that nobody reads any more leave it now, and not after a while. */
static void await_closed(struct world *world)
{
	kafka_consumer_close(LIST_FIRST(&world->client->consumers), NULL);
	world_run(world, is_closed, world);
}

/* Where the brokers say that the group goes on. */
static int64_t committed(struct receiver *w, int32_t number)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	int64_t offset;

	rd_kafka_topic_partition_list_add(list, "t", number);
	ck_assert_int_eq(rd_kafka_committed(w->reader->consumer->rk, list, 10000), 0);
	offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	return offset;
}

static bool is_committed(void *arg)
{
	return committed(arg, 0) == 2 && committed(arg, 1) == 8;
}

/* One group, joined twice: whoever comes next goes on where it was sought, back or forth. */
START_TEST(test_a_groups_position_moves)
{
	const struct comm_wire_topic_ref refs[] = { partition(0, 2), partition(1, 8) };
	struct seeking s;
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 10);
	receiver_fill(&world, "t", 1, 0, 10);
	open_member(&w, &world);
	ck_assert_int_eq(seek(&s, &w, KAFKA_EARLIEST, COMM_NONE, NULL, 0), COMM_EBUSY);
	world_run(&world, is_assigned, &w);
	ck_assert_int_eq(seek(&s, &w, KAFKA_TAIL, 5, NULL, 0), 0);
	receiver_await_just(&w, 10);
	receiver_check_run(&w, 0, 5, 5);
	receiver_check_run(&w, 1, 5, 5);
	ck_assert_int_eq(ack(&w, 0, 10), 0);
	ck_assert_int_eq(ack(&w, 1, 6), 0);
	kafka_assignment_store(w.reader->consumer);
	ck_assert_int_eq(rd_kafka_commit(w.reader->consumer->rk, NULL, false), 0);
	ck_assert_int_eq(committed(&w, 0), 10);
	ck_assert_int_eq(seek(&s, &w, KAFKA_EARLIEST, COMM_NONE, refs, 2), 0);
	/* What was handed out before moves nothing any more. */
	ck_assert_int_eq(ack(&w, 0, 10), COMM_ESTALE);
	ck_assert_int_eq(ack(&w, 0, 3), COMM_ESTALE);
	ck_assert_int_eq(ack(&w, 1, 7), 0);
	kafka_reader_ack_all(w.reader);
	world_run(&world, is_committed, &w);
	receiver_close(&w);
	await_closed(&world);
	/* At once, while librdkafka asks where the group is. */
	(void)rd_kafka_mock_broker_set_rtt(kafka_dev_cluster(world.kafka->dev), 1, 30);
	open_member(&w, &world);
	world_run(&world, is_assigned, &w);
	kafka_partition_move(w.reader->partitions[1], 5);
	receiver_await_just(&w, 13);
	receiver_check_run(&w, 0, 2, 8);
	receiver_check_run(&w, 1, 5, 5);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* A partition that is to go to another reader goes with the seek, to where it was sought. */
START_TEST(test_promised_partitions)
{
	struct receiver first, second;
	struct world world;
	struct seeking s;
	int moved;

	receiver_world(&world, 2);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 10);
	receiver_fill(&world, "t", 1, 0, 10);
	open_member(&first, &world);
	receiver_await_just(&first, 20);
	open_member(&second, &world);
	ck_assert_int_eq(owned_by(&second), 0);
	ck_assert_int_eq(seek(&s, &first, KAFKA_OFFSET, 7, NULL, 0), 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(owned_by(&second), 1);
	receiver_await_just(&second, 3);
	moved = second.got[0].partition == 1;
	receiver_check_run(&second, moved, 7, 3);
	expect_from(&first, !moved, 7, 3);
	ck_assert_uint_eq(first.n_got, 3);
	ck_assert_int_eq(ack(&first, moved, 7), COMM_ESTALE);
	receiver_close(&first);
	receiver_close(&second);
	world_fini(&world);
}
END_TEST

/* Where it was sought is where it goes on when it is resumed. */
START_TEST(test_paused_partitions)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 10);
	open_tail(&w, &world);
	receiver_await_end(&w);
	ck_assert_int_eq(kafka_reader_pause(w.reader, NULL, 0, &w.why), 0);
	seek_all(&w, KAFKA_TAIL, 3);
	receiver_forget(&w);
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 0);
	ck_assert_int_eq(kafka_reader_resume(w.reader, NULL, 0, &w.why), 0);
	expect_from(&w, 0, 7, 3);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_seek", test_goes_on_where_it_is_told, test_a_fetch_that_waits_gets_what_is_there,
	  test_single_partitions, test_what_is_refused, test_nobody_waits_any_more,
	  test_a_groups_position_moves, test_promised_partitions, test_paused_partitions)

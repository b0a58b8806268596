#include <string.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/*
 * Joining a group takes the mock cluster three seconds, and again for each new topic.
 */

#define ALL 1000, 1024 * 1024

static const char *forbidden = "";

static bool may_read(void *arg, const char *topic)
{
	(void)arg;
	return strcmp(topic, forbidden) != 0;
}

static struct comm_wire_topic_ref named(const char *topic)
{
	return (struct comm_wire_topic_ref){ comm_bytes_of(topic), COMM_NONE, COMM_NONE };
}

static void open_reader(struct receiver *w, struct world *world, const char *group,
			const char *topic)
{
	const struct comm_wire_topic_ref ref = named(topic);
	struct kafka_reader_options o = receiver_options(group, &ref, 1);

	o.may_read = may_read;
	receiver_open(w, world, world->client, o);
	ck_assert_msg(!w->why.code, "%s", w->why.message);
}

static size_t count(const struct receiver *w, const char *topic)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_got; i++)
		n += !strcmp(w->got[i].topic, topic);
	return n;
}

/* One record, of those that are there. */
static bool has_some(void *arg)
{
	return receiver_fetch(arg, 1, 1024) > 0;
}

START_TEST(test_a_pattern_matches_what_may_be_read_now)
{
	struct world world;
	struct receiver w;
	size_t n;

	receiver_world(&world, 4);
	world_create(&world, "a1", 1);
	world_create(&world, "b1", 1);
	forbidden = "a1";
	open_reader(&w, &world, "g", "^[ab]1");
	receiver_fill(&world, "a1", 0, 0, 3);
	receiver_fill(&world, "b1", 0, 0, 5);
	world_run(&world, has_some, &w);
	ck_assert_uint_eq(count(&w, "b1"), w.n_got);

	/* The other way round: what there is of one comes, and nothing more of the other, although what
	 * came is not acknowledged and the rest is on its way. */
	forbidden = "b1";
	n = w.n_got;
	ck_assert_ptr_null(kafka_reader_review(w.reader));
	receiver_fill(&world, "b1", 0, 5, 7);
	receiver_await_just(&w, n + 3);
	ck_assert_uint_eq(count(&w, "a1"), 3);
	ck_assert_uint_eq(count(&w, "b1"), n);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_a_name_that_may_not_be_read_any_more_is_told)
{
	struct world world;
	struct receiver w;

	receiver_world(&world, 4);
	world_create(&world, "a1", 1);
	forbidden = "";
	open_reader(&w, &world, NULL, "a1");
	ck_assert_ptr_null(kafka_reader_review(w.reader));
	forbidden = "a1";
	ck_assert_str_eq(kafka_reader_review(w.reader), "a1");
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* Like one that is closed, for its group; and every fetch says why. */
START_TEST(test_a_reader_that_is_stopped_gives_way)
{
	const struct kafka_failure denied = { .code = COMM_EDENIED, .message = "no more" };
	struct receiver w, other;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "a1", 1);
	forbidden = "";
	open_reader(&w, &world, "g", "a1");
	receiver_fill(&world, "a1", 0, 0, 4);
	receiver_await(&w, 4);
	open_reader(&other, &world, "g", "a1");
	kafka_reader_stop(w.reader, &denied);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
		ck_assert_int_eq(w.why.code, COMM_EDENIED);
		ck_assert_str_eq(w.why.message, "no more");
	}
	/* Nothing was acknowledged. */
	receiver_await_just(&other, 4);
	receiver_close(&w);
	receiver_close(&other);
	world_fini(&world);
}
END_TEST

START_TEST(test_a_tail_can_be_stopped)
{
	const struct kafka_failure denied = { .code = COMM_EDENIED, .message = "no more" };
	struct world world;
	struct receiver w;

	receiver_world(&world, 4);
	world_create(&world, "a1", 1);
	forbidden = "";
	open_reader(&w, &world, NULL, "a1");
	kafka_reader_stop(w.reader, &denied);
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(w.why.code, COMM_EDENIED);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_review", test_a_pattern_matches_what_may_be_read_now,
	  test_a_name_that_may_not_be_read_any_more_is_told,
	  test_a_reader_that_is_stopped_gives_way, test_a_tail_can_be_stopped)

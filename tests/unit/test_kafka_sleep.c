#include "daemon/kafka_sleep.h"

#include "daemon/kafka_stall.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/* Lanes that nobody takes from; of how long that is, the tests do not wait to the end. */

#define ALL 1000, 1024 * 1024

#define N 50 /* records of each partition at first */

static const struct comm_wire_topic_ref topics[] = { { { "t", 1 }, COMM_NONE, COMM_NONE },
						     { { "u", 1 }, COMM_NONE, COMM_NONE } };

static const struct comm_wire_topic_ref partition_0 = { { "t", 1 }, 0, COMM_NONE };

static void open_member(struct receiver *w, struct world *world,
			const struct comm_wire_topic_ref *t)
{
	receiver_open(w, world, world->client, receiver_options("g", t, 1));
}

static void start(struct world *world, const char *properties)
{
	world_init(world, 20000, properties);
	world->kafka->options.max_consumers = 4;
	world_create(world, "t", 2);
}

static void fill(struct world *world, int first, int n)
{
	for (int p = 0; p < 2; p++)
		receiver_fill(world, "t", p, first, n);
}

/* ---- time that passes ---- */

struct wait {
	struct world *world;
	struct kafka_lane *lane;
	size_t n;
};

static bool has_something(void *arg)
{
	return kafka_lane_length(((struct wait *)arg)->lane) >= ((struct wait *)arg)->n;
}

static bool is_asleep(void *arg)
{
	const struct wait *w = arg;

	return kafka_n_asleep(w->world->kafka) == w->n && !kafka_lane_length(w->lane);
}

/* As if nobody had taken from @l for long, in which @n_there or more are; @n partitions sleep then. */
static void let_sleep(struct world *world, struct kafka_lane *l, size_t n_there, size_t n)
{
	struct wait w = { world, l, n_there };

	world_run(world, has_something, &w);
	ck_assert(!l->is_asleep);
	l->used_ms -= l->patience_ms;
	kafka_source_again(&l->consumer->source);
	w.n = n;
	world_run(world, is_asleep, &w);
}

static bool has_come_round(void *arg)
{
	const struct wait *w = arg;

	return kafka_wake_n_rounds(w->world->kafka->wake) >= w->n;
}

/* Let everybody look twice. */
static void let_look(struct world *world)
{
	struct wait w = { world, NULL, kafka_wake_n_rounds(world->kafka->wake) + 2 };

	world_run(world, has_come_round, &w);
}

static void stop(struct world *world, struct receiver *w)
{
	receiver_close(w);
	world_fini(world);
}

/* @w has taken a part, and stops. */
static void take_some(struct receiver *w)
{
	while (w->n_got < 10)
		if (!receiver_fetch(w, 10 - w->n_got, 1024 * 1024))
			receiver_await_ready(w);
}

/* Each partition from the beginning, and no more. */
static void check_all(struct receiver *w, size_t n)
{
	receiver_await_just(w, 2 * n);
	receiver_await_end(w);
	for (int p = 0; p < 2; p++)
		receiver_check_run(w, p, 0, n);
}

/* ---- the tests ---- */

START_TEST(test_a_reader_that_stops)
{
	struct world world;
	struct receiver w;

	start(&world, "");
	fill(&world, 0, N);
	open_member(&w, &world, topics);
	take_some(&w);
	let_sleep(&world, &w.reader->lane, 2 * N - 10, 2);
	ck_assert_uint_eq(kafka_n_sleeps(world.kafka), 1);
	/* What is new is not fetched. */
	fill(&world, N, N);
	let_look(&world);
	ck_assert_uint_eq(kafka_lane_length(&w.reader->lane), 0);
	ck_assert_uint_eq(kafka_n_sleeps(world.kafka), 1);
	receiver_await(&w, N);
	ck_assert_uint_eq(kafka_n_asleep(world.kafka), 0);
	check_all(&w, 2 * N);
	/* And once more, where it has come to the end. */
	fill(&world, 2 * N, N);
	let_sleep(&world, &w.reader->lane, 2 * N, 2);
	ck_assert_uint_eq(kafka_n_sleeps(world.kafka), 2);
	fill(&world, 3 * N, N);
	check_all(&w, 4 * N);
	stop(&world, &w);
}
END_TEST

static bool is_behind(void *arg)
{
	const struct wait *w = arg;
	size_t left = 100;

	return kafka_reader_lag(w->lane->reader, &left) == (int64_t)w->n;
}

/* That nothing is fetched does not hide how much is there. */
START_TEST(test_the_lag_is_known)
{
	struct world world;
	struct receiver w;
	struct wait wait;

	start(&world, "");
	fill(&world, 0, N);
	open_member(&w, &world, topics);
	take_some(&w);
	let_sleep(&world, &w.reader->lane, 2 * N - 10, 2);
	fill(&world, N, N);
	wait = (struct wait){ &world, &w.reader->lane, 4 * N - 10 };
	ck_assert(!is_behind(&wait));
	kafka_stall_ask(w.reader->consumer);
	world_run(&world, is_behind, &wait);
	check_all(&w, 2 * N);
	stop(&world, &w);
}
END_TEST

/* Nobody knows where it is, but from what is dropped. */
START_TEST(test_one_that_begins_at_the_end_and_has_taken_nothing)
{
	struct kafka_reader_options o = receiver_options("g", topics, 1);
	struct world world;
	struct receiver w;

	start(&world, "");
	fill(&world, 0, N);
	o.start = KAFKA_LATEST;
	receiver_open(&w, &world, world.client, o);
	/* An end of each partition. */
	let_sleep(&world, &w.reader->lane, 2, 2);
	fill(&world, N, N);
	receiver_await_just(&w, 2 * N);
	receiver_await_end(&w);
	for (int p = 0; p < 2; p++)
		receiver_check_run(&w, p, N, N);
	stop(&world, &w);
}
END_TEST

START_TEST(test_a_paused_partition)
{
	struct world world;
	struct receiver w;

	start(&world, "");
	fill(&world, 0, N);
	receiver_open(&w, &world, world.client, receiver_options(NULL, topics, 1));
	take_some(&w);
	ck_assert_int_eq(kafka_reader_pause(w.reader, &partition_0, 1, &w.why), 0);
	fill(&world, N, N);
	let_sleep(&world, &w.reader->consumer->parking, N, 1);
	fill(&world, 2 * N, N);
	receiver_await_end(&w);
	while (receiver_count(&w, 1) < 3 * N)
		receiver_await(&w, w.n_got + 1);
	ck_assert_uint_eq(kafka_n_asleep(world.kafka), 1);
	ck_assert_int_eq(kafka_reader_resume(w.reader, NULL, 0, &w.why), 0);
	check_all(&w, 3 * N);
	ck_assert_uint_eq(kafka_n_asleep(world.kafka), 0);
	stop(&world, &w);
}
END_TEST

/* librdkafka has started over, before where the reader was: there it goes on. */
START_TEST(test_a_log_that_has_become_shorter)
{
	struct world world;
	struct receiver w;
	struct wait wait;

	start(&world, "");
	fill(&world, 0, N);
	receiver_open(&w, &world, world.client, receiver_options(NULL, topics, 1));
	wait = (struct wait){ &world, &w.reader->lane, 2 * N };
	world_run(&world, has_something, &wait);
	for (int p = 0; p < 2; p++) {
		w.reader->partitions[p]->next = 10 * N;
		w.reader->partitions[p]->is_reset = true;
	}
	let_sleep(&world, &w.reader->lane, 2 * N, 2);
	check_all(&w, N);
	stop(&world, &w);
}
END_TEST

/* One that is sought while it sleeps goes on there. */
START_TEST(test_a_seek)
{
	struct world world;
	struct receiver w;

	start(&world, "");
	fill(&world, 0, N);
	receiver_open(&w, &world, world.client, receiver_options(NULL, topics, 1));
	take_some(&w);
	let_sleep(&world, &w.reader->lane, 2 * N - 10, 2);
	for (int p = 0; p < 2; p++)
		kafka_partition_move(w.reader->partitions[p], 7 + p);
	receiver_forget(&w);
	receiver_await_end(&w);
	receiver_check_run(&w, 0, 7, N - 7);
	receiver_check_run(&w, 1, 8, N - 8);
	stop(&world, &w);
}
END_TEST

/* A reader that comes takes a partition that sleeps, and gives it back as it goes. */
START_TEST(test_partitions_that_move)
{
	struct receiver first, second;
	struct world world;
	size_t n_first;
	int moved;

	start(&world, "");
	fill(&world, 0, N);
	open_member(&first, &world, topics);
	take_some(&first);
	kafka_reader_ack_all(first.reader);
	let_sleep(&world, &first.reader->lane, 2 * N - 10, 2);
	fill(&world, N, N);
	open_member(&second, &world, topics);
	receiver_await(&second, N);
	ck_assert_uint_eq(kafka_n_asleep(world.kafka), 1);
	moved = (int)second.got[0].partition;
	n_first = receiver_count(&first, moved);
	receiver_await_end(&second);
	receiver_check_run(&second, moved, (int64_t)n_first, 2 * N - n_first);
	kafka_reader_ack_all(second.reader);
	receiver_fill(&world, "t", moved, 2 * N, N);
	let_sleep(&world, &second.reader->lane, N, 2);
	receiver_close(&second);
	receiver_await_just(&first, n_first + N + 2 * N);
	receiver_check_run(&first, !moved, 0, 2 * N);
	ck_assert_uint_eq(receiver_count(&first, moved), n_first + N);
	for (size_t i = 0; i < N; i++)
		ck_assert_int_eq(receiver_find(&first, moved, n_first + i)->offset, 2 * N + i);
	receiver_await_end(&first);
	stop(&world, &first);
}
END_TEST

/* Another topic makes the group start over: its partitions come back, or stay, and are read. */
static void start_over(const char *properties)
{
	struct receiver first, second;
	struct world world;

	start(&world, properties);
	world_create(&world, "u", 1);
	fill(&world, 0, N);
	receiver_fill(&world, "u", 0, 0, N);
	open_member(&first, &world, topics);
	take_some(&first);
	kafka_reader_ack_all(first.reader);
	let_sleep(&world, &first.reader->lane, 2 * N - 10, 2);
	open_member(&second, &world, topics + 1);
	receiver_await_just(&second, N);
	fill(&world, N, N);
	check_all(&first, 2 * N);
	ck_assert_uint_eq(kafka_n_asleep(world.kafka), 0);
	receiver_close(&second);
	stop(&world, &first);
}

START_TEST(test_a_group_that_starts_over)
{
	start_over("");
}
END_TEST

START_TEST(test_a_group_that_starts_over_and_keeps_partitions)
{
	start_over("bootstrap.servers=b:1\npartition.assignment.strategy=cooperative-sticky\n");
}
END_TEST

/* What others take makes what stands in the lane costly before the time has passed. */
START_TEST(test_others_that_take_much)
{
	struct world world;
	struct receiver w;
	struct wait wait;

	start(&world, "");
	fill(&world, 0, N);
	open_member(&w, &world, topics);
	take_some(&w);
	wait = (struct wait){ &world, &w.reader->lane, 2 * N - 10 };
	world_run(&world, has_something, &wait);
	w.reader->consumer->taken_bytes += KAFKA_SLEEP_BYTES;
	wait.n = 2;
	world_run(&world, is_asleep, &wait);
	/* It asks and does not wait: what is fetched then is there when it asks again. */
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	wait.n = 2 * N - 10;
	w.reader->consumer->taken_bytes += KAFKA_SLEEP_BYTES;
	world_run(&world, has_something, &wait);
	let_look(&world);
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 2 * N - 10);
	check_all(&w, N);
	stop(&world, &w);
}
END_TEST

TEST_MAIN("kafka_sleep", test_a_reader_that_stops, test_the_lag_is_known,
	  test_one_that_begins_at_the_end_and_has_taken_nothing, test_a_paused_partition,
	  test_a_log_that_has_become_shorter, test_a_seek, test_partitions_that_move,
	  test_a_group_that_starts_over, test_a_group_that_starts_over_and_keeps_partitions,
	  test_others_that_take_much)

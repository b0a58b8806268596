#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/* Records that fit into no answer, alone or together. */

#define ALL 1000, 1024 * 1024

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static struct kafka_reader_options member(enum kafka_ack ack)
{
	struct kafka_reader_options o = receiver_options("g", &topic_t, 1);

	o.ack = ack;
	return o;
}

static int ack(struct receiver *w, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), 0, offset };

	return kafka_reader_ack(w->reader, &position);
}

static int64_t unacknowledged(const struct receiver *w)
{
	struct comm_wire_subscription s;

	kafka_reader_status(w->reader, &s);
	return s.unacknowledged;
}

/* One more than librdkafka reads. */
#define N_HEADERS 100001

static void send_many_headers(struct world *world, size_t n)
{
	struct comm_wire_header *headers = calloc(n, sizeof *headers);
	struct comm_wire_record record = record_of("x");

	ck_assert_ptr_nonnull(headers);
	for (size_t i = 0; i < n; i++)
		headers[i].name = comm_bytes_of("h");
	record.headers = (struct comm_list){ headers, n };
	receiver_send(world, "t", &record, 1);
	free(headers);
}

/* Fetch until it is told that a record was passed over. */
static void await_too_big(struct receiver *w)
{
	do {
		w->n_ready = 0;
		if (!receiver_fetch(w, ALL) && !w->why.code)
			receiver_await_ready(w);
	} while (!w->why.code);
	ck_assert_int_eq(w->why.code, COMM_ETOO_BIG);
}

/* It is told of, and nobody has to acknowledge it. */
START_TEST(test_what_no_answer_can_carry_is_passed_over)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 1);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 1);
	send_many_headers(&world, N_HEADERS);
	receiver_fill(&world, "t", 0, 2, 1);
	receiver_open(&w, &world, world.client, member(KAFKA_ACK_MANUAL));
	receiver_await_just(&w, 1);
	await_too_big(&w);
	ck_assert_ptr_nonnull(strstr(w.why.message, "offset 1: the record"));
	ck_assert_ptr_nonnull(strstr(w.why.message, "more headers"));
	ck_assert_int_eq(ack(&w, 1), 0);
	ck_assert_int_eq(unacknowledged(&w), 0);
	receiver_await_just(&w, 2);
	ck_assert_int_eq(receiver_find(&w, 0, 1)->offset, 2);
	ck_assert_int_eq(unacknowledged(&w), 1);
	ck_assert_int_eq(ack(&w, 3), 0);
	ck_assert_int_eq(unacknowledged(&w), 0);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

static void check_nothing_left(struct world *world)
{
	struct receiver w;

	receiver_open(&w, world, world->client, member(KAFKA_ACK_MANUAL));
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 0);
	receiver_close(&w);
}

/* Whoever reads on gets past it, although nothing comes behind it that could be acknowledged. */
START_TEST(test_the_last_that_is_passed_over_is_acknowledged)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 1);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 1);
	send_many_headers(&world, N_HEADERS);
	receiver_open(&w, &world, world.client, member(KAFKA_ACK_MANUAL));
	receiver_await_just(&w, 1);
	await_too_big(&w);
	ck_assert_int_eq(unacknowledged(&w), 1);
	receiver_close(&w);

	/* With what is in front of it unacknowledged, both come again. */
	receiver_open(&w, &world, world.client, member(KAFKA_ACK_MANUAL));
	receiver_await_just(&w, 1);
	ck_assert_int_eq(w.got[0].offset, 0);
	await_too_big(&w);
	ck_assert_int_eq(ack(&w, 1), 0);
	receiver_close(&w);
	check_nothing_left(&world);

	/* With nothing in front of it. */
	send_many_headers(&world, N_HEADERS);
	receiver_open(&w, &world, world.client, member(KAFKA_ACK_AUTO));
	await_too_big(&w);
	receiver_close(&w);
	check_nothing_left(&world);
	world_fini(&world);
}
END_TEST

/* Two of them are more values than an answer may have, though not more bytes. */
START_TEST(test_an_answer_has_no_more_values_than_a_message_may)
{
	struct receiver w;
	struct world world;
	size_t n_fetches = 0;

	receiver_world(&world, 1);
	world_create(&world, "t", 1);
	for (int i = 0; i < 2; i++)
		send_many_headers(&world, N_HEADERS - 1);
	receiver_open(&w, &world, world.client, member(KAFKA_ACK_MANUAL));
	while (w.n_got < 2) {
		size_t n;

		w.n_ready = 0;
		n = receiver_fetch(&w, 1000, 4 * 1024 * 1024);
		ck_assert_int_eq(w.why.code, 0);
		ck_assert_uint_le(n, 1);
		n_fetches += n;
		/* What is there at once would be taken at once. */
		if (!n)
			receiver_await_ready(&w);
	}
	ck_assert_uint_eq(n_fetches, 2);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* With 249 bytes each topic's name is as long as Kafka allows. */
#define LONG_10  "long-name."
#define LONG_50  LONG_10 LONG_10 LONG_10 LONG_10 LONG_10
#define LONG_249 LONG_50 LONG_50 LONG_50 LONG_50 LONG_10 LONG_10 LONG_10 LONG_10 "long-name"

#define MANY 60

static char large[COMM_MESSAGE_MAX - 5000];

/* Fetch the large record as a server does, and return what an answer with it and the ends has. */
static size_t bytes_with_ends(struct receiver *w, size_t *ret_n_ends)
{
	struct kafka_haul haul;
	struct comm_list ends;

	for (;;) {
		w->n_ready = 0;
		ck_assert_int_eq(kafka_reader_fetch(w->reader, ALL, &haul, &w->why), 0);
		if (haul.n_records)
			break;
		receiver_await_ready(w);
	}
	kafka_reader_ends(w->reader, &ends);
	*ret_n_ends = ends.n;
	kafka_reader_release(w->reader);
	return sizeof large + ends.n * strlen(LONG_249);
}

/* What finds no room beside a large record comes with the next answer. */
START_TEST(test_ends_leave_room_for_records)
{
	const struct comm_wire_topic_ref ref = { { LONG_249, 249 }, COMM_NONE, COMM_NONE };
	struct comm_wire_record record = record_of("");
	struct receiver w;
	struct world world;
	size_t n_ends;

	world_init(&world, 1000, "bootstrap.servers=mock\nmessage.max.bytes=20000000\n");
	world_create(&world, LONG_249, MANY);
	receiver_open(&w, &world, world.client, receiver_options(NULL, &ref, 1));
	receiver_await_end(&w);
	record.value = (struct comm_bytes){ large, sizeof large };
	receiver_send(&world, LONG_249, &record, 1);
	ck_assert_uint_le(bytes_with_ends(&w, &n_ends), COMM_MESSAGE_MAX);
	ck_assert_uint_lt(n_ends, MANY - 1);
	while (n_ends < MANY) {
		struct comm_list ends;

		w.n_ready = 0;
		ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
		kafka_reader_ends(w.reader, &ends);
		n_ends += ends.n;
		if (!ends.n)
			receiver_await_ready(&w);
	}
	ck_assert_uint_eq(n_ends, MANY);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_too_big", test_what_no_answer_can_carry_is_passed_over,
	  test_the_last_that_is_passed_over_is_acknowledged,
	  test_an_answer_has_no_more_values_than_a_message_may, test_ends_leave_room_for_records)

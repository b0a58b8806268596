#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/*
 * Kafka wants partitions back while readers hold records of them. It takes the mock cluster three
 * seconds to let a first member in, and five more for a second; and it refuses commits meanwhile, so
 * that all comes again here. What a real Kafka does is for the end-to-end tests.
 */

#define ALL 1000, 1024 * 1024

#define PARTITIONS 2
#define RECORDS    5

#define HEARTBEAT_API 12

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

/* Two members of one group: the second in a client of its own, as in another commd. */
struct pair {
	struct world world;
	struct profile *profile;
	struct receiver first;
	struct receiver second;
	struct kafka_client *other;
};

static void pair_init(struct pair *p)
{
	struct kafka_failure why;

	receiver_world(&p->world, 4);
	ck_assert_int_eq(profile_new("other", &p->profile), 0);
	ck_assert_int_eq(kafka_client_get(p->world.kafka, p->profile, &p->other, &why), 0);
	world_create(&p->world, "t", PARTITIONS);
	for (int i = 0; i < PARTITIONS; i++)
		receiver_fill(&p->world, "t", i, 0, RECORDS);
	receiver_open(&p->first, &p->world, p->world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&p->first, PARTITIONS * RECORDS);
}

static void pair_fini(struct pair *p)
{
	world_fini(&p->world);
	profile_free(p->profile);
}

static struct kafka_consumer *consumer_of(const struct pair *p)
{
	return p->first.reader->consumer;
}

static int64_t count(const struct pair *p, enum event event)
{
	return kafka_events(p->world.kafka)->counts[event];
}

static int ack(struct receiver *w, int64_t partition, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), partition, offset };

	return kafka_reader_ack(w->reader, &position);
}

static bool is_draining(void *arg)
{
	return consumer_of(arg)->leaving;
}

static bool has_given_back(void *arg)
{
	return !consumer_of(arg)->n_partitions;
}

static void begin_to_drain(struct pair *p)
{
	receiver_open(&p->second, &p->world, p->other, receiver_options("g", &topic_t, 1));
	world_run(&p->world, is_draining, p);
}

static bool has_partition(void *arg)
{
	struct receiver *w = arg;

	return w->reader->n_partitions;
}

/* The partition's records come from the first that may be missing up to the last, in order. */
static void check_run(const struct receiver *w, int64_t partition, int64_t first_max, int64_t last)
{
	size_t n = receiver_count(w, partition);

	ck_assert_uint_gt(n, 0);
	ck_assert_int_le(receiver_find(w, partition, 0)->offset, first_max);
	ck_assert_int_eq(receiver_find(w, partition, n - 1)->offset, last);
}

static void await_last(struct receiver *w, int64_t last)
{
	do
		receiver_await(w, w->n_got + 1);
	while (w->got[w->n_got - 1].offset != last);
}

START_TEST(test_readers_have_time_to_acknowledge)
{
	struct pair p;

	pair_init(&p);
	begin_to_drain(&p);
	/* There is more, and nobody gets it meanwhile. */
	for (int i = 0; i < PARTITIONS; i++)
		receiver_fill(&p.world, "t", i, RECORDS, RECORDS);
	ck_assert_uint_eq(receiver_fetch(&p.first, ALL), 0);
	ck_assert_int_eq(p.first.why.code, 0);
	ck_assert_int_eq(ack(&p.first, 0, RECORDS), 0);
	(void)uv_run(&p.world.loop, UV_RUN_NOWAIT);
	ck_assert_ptr_nonnull(consumer_of(&p)->leaving);
	ck_assert_int_eq(ack(&p.first, 1, RECORDS), 0);
	world_run(&p.world, has_given_back, &p);
	ck_assert_int_eq(count(&p, EVENT_REVOKED), PARTITIONS);
	ck_assert_int_eq(count(&p, EVENT_UNACKNOWLEDGED), 0);
	ck_assert_int_eq(ack(&p.first, 1, RECORDS), COMM_ESTALE);

	receiver_forget(&p.first);
	await_last(&p.first, 2 * RECORDS - 1);
	await_last(&p.second, 2 * RECORDS - 1);
	check_run(&p.first, p.first.got[0].partition, RECORDS, 2 * RECORDS - 1);
	check_run(&p.second, p.second.got[0].partition, RECORDS, 2 * RECORDS - 1);
	ck_assert_int_ne(p.first.got[0].partition, p.second.got[0].partition);
	receiver_close(&p.first);
	receiver_close(&p.second);
	pair_fini(&p);
}
END_TEST

START_TEST(test_what_is_not_acknowledged_comes_again)
{
	struct pair p;

	pair_init(&p);
	begin_to_drain(&p);
	ck_assert_int_eq(ack(&p.first, 0, 2), 0);
	ck_assert_int_eq(ack(&p.first, 1, RECORDS), 0);
	/* As if it had taken too long. */
	consumer_of(&p)->drained_ms = 0;
	kafka_drain_step(consumer_of(&p));
	ck_assert_uint_eq(consumer_of(&p)->n_partitions, 0);
	ck_assert_int_eq(count(&p, EVENT_REVOKED), PARTITIONS);
	ck_assert_int_eq(count(&p, EVENT_UNACKNOWLEDGED), 1);
	ck_assert_int_eq(ack(&p.first, 0, RECORDS), COMM_ESTALE);

	/* It is told once. */
	ck_assert_uint_eq(receiver_fetch(&p.first, ALL), 0);
	ck_assert_int_eq(p.first.why.code, COMM_ERECEIVE);
	ck_assert_ptr_nonnull(strstr(p.first.why.message, "3 records of topic t, partition 0 "));
	ck_assert_uint_eq(receiver_fetch(&p.first, ALL), 0);
	ck_assert_int_eq(p.first.why.code, 0);

	world_run(&p.world, has_partition, &p.first);
	world_run(&p.world, has_partition, &p.second);
	receiver_forget(&p.first);
	/* What it was handed once is not taken for what it is handed now. */
	for (int i = 0; i < PARTITIONS; i++)
		ck_assert_int_eq(ack(&p.first, i, RECORDS), COMM_ESTALE);
	await_last(&p.first, RECORDS - 1);
	await_last(&p.second, RECORDS - 1);
	check_run(&p.first, p.first.got[0].partition, 2, RECORDS - 1);
	check_run(&p.second, p.second.got[0].partition, 2, RECORDS - 1);
	ck_assert_int_eq(ack(&p.first, p.first.got[0].partition, RECORDS), 0);
	ck_assert_int_eq(ack(&p.first, p.second.got[0].partition, RECORDS), COMM_ESTALE);
	receiver_close(&p.first);
	receiver_close(&p.second);
	pair_fini(&p);
}
END_TEST

/* A reader that comes or goes while partitions are given back gets, and holds, none of them. */
START_TEST(test_readers_come_and_go_meanwhile)
{
	struct receiver third;
	struct pair p;

	pair_init(&p);
	begin_to_drain(&p);
	receiver_open(&third, &p.world, p.world.client, receiver_options("g", &topic_t, 1));
	ck_assert_uint_eq(third.reader->n_partitions, 0);
	ck_assert_uint_eq(receiver_fetch(&third, ALL), 0);
	ck_assert(!third.is_at_end);
	receiver_close(&p.first);
	p.first = third;
	p.first.reader->arg = &p.first;
	world_run(&p.world, has_given_back, &p);
	/* Between the two of them they get all that was not acknowledged. */
	receiver_await_just(&p.first, RECORDS);
	receiver_await_just(&p.second, RECORDS);
	receiver_close(&p.first);
	receiver_close(&p.second);
	pair_fini(&p);
}
END_TEST

START_TEST(test_closing_does_not_wait_for_acknowledgements)
{
	struct pair p;

	pair_init(&p);
	begin_to_drain(&p);
	ck_assert_int_eq(ack(&p.first, 0, RECORDS), 0);
	world_close(&p.world, 0);
	ck_assert_uint_eq(receiver_fetch(&p.first, ALL), 0);
	ck_assert(p.first.why.code == COMM_ERECEIVE || p.first.why.code == COMM_ESHUTDOWN);
	receiver_close(&p.first);
	receiver_close(&p.second);
	pair_fini(&p);
}
END_TEST

static bool has_lost(void *arg)
{
	return count(arg, EVENT_LOST);
}

static bool has_last(const struct receiver *w, int64_t partition)
{
	size_t n = receiver_count(w, partition);

	return n && receiver_find(w, partition, n - 1)->offset == RECORDS - 1;
}

/* The group does not know its member any more: what it had is not acknowledged by anybody. */
START_TEST(test_what_is_lost_is_dropped_at_once)
{
	struct pair p;

	pair_init(&p);
	for (int i = 0; i < PARTITIONS; i++)
		ck_assert_int_eq(ack(&p.first, i, 1), 0);
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(p.world.kafka->dev), HEARTBEAT_API, 1,
					  RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
	world_run(&p.world, has_lost, &p);
	ck_assert_ptr_null(consumer_of(&p)->leaving);
	ck_assert_int_eq(ack(&p.first, 0, RECORDS), COMM_ESTALE);
	receiver_forget(&p.first);
	ck_assert_uint_eq(receiver_fetch(&p.first, ALL), 0);
	ck_assert_int_eq(p.first.why.code, COMM_ERECEIVE);
	ck_assert_ptr_nonnull(strstr(p.first.why.message, "8 records"));
	/* It joins again by itself; nothing is passed over. */
	while (!has_last(&p.first, 0) || !has_last(&p.first, 1))
		receiver_await(&p.first, p.first.n_got + 1);
	for (int i = 0; i < PARTITIONS; i++)
		check_run(&p.first, i, 1, RECORDS - 1);
	receiver_close(&p.first);
	pair_fini(&p);
}
END_TEST

TEST_MAIN("kafka_drain", test_readers_have_time_to_acknowledge,
	  test_what_is_not_acknowledged_comes_again, test_readers_come_and_go_meanwhile,
	  test_closing_does_not_wait_for_acknowledgements, test_what_is_lost_is_dropped_at_once)

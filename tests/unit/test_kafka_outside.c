#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "daemon/kafka_stall.h"
#include "tests/lib/broker.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/* What happens to a group outside of commd, and mends itself: records come again in the end. */

#define ALL 1000, 1024 * 1024

#define RECORDS 5

#define FETCH_API        1
#define OFFSET_FETCH_API 9

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

struct outside {
	struct world world;
	struct receiver reader;
};

static void outside_init(struct outside *o, const char *properties)
{
	world_init(&o->world, 20000, properties);
	o->world.kafka->options.max_consumers = 4;
	world_create(&o->world, "t", 1);
	receiver_fill(&o->world, "t", 0, 0, RECORDS);
	receiver_open(&o->reader, &o->world, o->world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&o->reader, RECORDS);
	receiver_forget(&o->reader);
}

static void outside_fini(struct outside *o)
{
	receiver_close(&o->reader);
	world_fini(&o->world);
}

static int64_t count(const struct outside *o, enum event event)
{
	return kafka_events(o->world.kafka)->counts[event];
}

static struct kafka_consumer *consumer_of(const struct outside *o)
{
	return o->reader.reader->consumer;
}

static rd_kafka_mock_cluster_t *cluster_of(const struct outside *o)
{
	return kafka_dev_cluster(o->world.kafka->dev);
}

static void acknowledge(struct outside *o, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), 0, offset };

	ck_assert_int_eq(kafka_reader_ack(o->reader.reader, &position), 0);
}

static bool is_committed(void *arg)
{
	const struct outside *o = arg;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	bool is;

	rd_kafka_topic_partition_list_add(list, "t", 0);
	ck_assert_int_eq(rd_kafka_committed(consumer_of(o)->rk, list, 10000), 0);
	is = list->elems[0].offset == RECORDS;
	rd_kafka_topic_partition_list_destroy(list);
	return is;
}

/* It goes to another broker, and the one that it was on is down: nobody notices but librdkafka. */
START_TEST(test_the_coordinator_moves)
{
	struct outside o = { .reader.reader = NULL };
	struct broker b;

	broker_init_many(&b, 3, "fetch.wait.max.ms=5\nheartbeat.interval.ms=200\n");
	broker_create_topic(&b, "t", 1);
	(void)rd_kafka_mock_partition_set_leader(b.cluster, "t", 0, 3);
	(void)rd_kafka_mock_coordinator_set(b.cluster, "group", "g", 1);
	world_init_real(&o.world, b.properties);
	receiver_fill(&o.world, "t", 0, 0, RECORDS);
	receiver_open(&o.reader, &o.world, o.world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&o.reader, RECORDS);
	receiver_forget(&o.reader);

	(void)rd_kafka_mock_coordinator_set(b.cluster, "group", "g", 2);
	broker_set_down(&b);
	acknowledge(&o, RECORDS);
	world_run(&o.world, is_committed, &o);
	receiver_fill(&o.world, "t", 0, RECORDS, RECORDS);
	receiver_await_just(&o.reader, RECORDS);
	ck_assert_int_eq(o.reader.got[0].offset, RECORDS);
	ck_assert_int_eq(count(&o, EVENT_LOST) + count(&o, EVENT_REVOKED), 0);
	broker_set_up(&b);
	outside_fini(&o);
	broker_fini(&b);
}
END_TEST

/* A new member asks where the group is, and the broker that it asks does not coordinate any more. */
START_TEST(test_positions_that_are_not_to_be_learned)
{
	struct outside o = { .reader.reader = NULL };
	struct broker b;

	broker_init(&b,
		    "fetch.wait.max.ms=5\nheartbeat.interval.ms=200\nsession.timeout.ms=3000\n");
	broker_create_topic(&b, "t", 1);
	world_init_real(&o.world, b.properties);
	receiver_fill(&o.world, "t", 0, 0, RECORDS);
	rd_kafka_mock_push_request_errors(b.cluster, OFFSET_FETCH_API, 1,
					  RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
	receiver_open(&o.reader, &o.world, o.world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&o.reader, RECORDS);
	outside_fini(&o);
	broker_fini(&b);
}
END_TEST

static bool has_lost(void *arg)
{
	return count(arg, EVENT_LOST);
}

/* Commd was stopped for longer than its groups allow. */
START_TEST(test_nothing_polls_for_too_long)
{
	struct outside o;

	outside_init(&o, "bootstrap.servers=mock\nsession.timeout.ms=3000\n"
			 "max.poll.interval.ms=3000\n");
	acknowledge(&o, RECORDS);
	while (consumer_of(&o)->n_dirty)
		(void)uv_run(&o.world.loop, UV_RUN_ONCE);
	/* The loop does not run until librdkafka has given up on it. */
	while (!rd_kafka_assignment_lost(consumer_of(&o)->rk))
		uv_sleep(10);
	world_run(&o.world, has_lost, &o);
	ck_assert_int_eq(count(&o, EVENT_LATE), 1);
	receiver_fill(&o.world, "t", 0, RECORDS, RECORDS);
	receiver_await(&o.reader, RECORDS);
	ck_assert_int_le(o.reader.got[0].offset, RECORDS);
	outside_fini(&o);
}
END_TEST

static bool has_answer(void *arg)
{
	return !consumer_of(arg)->look;
}

static void look(struct outside *o)
{
	kafka_stall_ask(consumer_of(o));
	ck_assert_ptr_nonnull(consumer_of(o)->look);
	world_run(&o->world, has_answer, o);
}

static bool is_stalled(const struct outside *o)
{
	struct comm_wire_subscription s;

	kafka_reader_status(o->reader.reader, &s);
	return s.stalled;
}

/* The brokers answer everything but fetches. */
START_TEST(test_nothing_is_handed_out)
{
	const int n_errors = 1000;
	struct kafka_reader *r;
	struct outside o;

	outside_init(&o, "");
	r = o.reader.reader;
	ck_assert_uint_eq(receiver_fetch(&o.reader, ALL), 0);
	look(&o);
	for (int i = 0; i < n_errors; i++)
		rd_kafka_mock_push_request_errors(cluster_of(&o), FETCH_API, 1,
						  RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
	receiver_fill(&o.world, "t", 0, RECORDS, 1);
	/* A fetch that was under way may still bring some, which is progress: begin again then. */
	while (!is_stalled(&o)) {
		receiver_fill(&o.world, "t", 0, RECORDS, 1);
		receiver_fetch(&o.reader, ALL);
		look(&o);
		ck_assert(!is_stalled(&o));
		if (r->stall.behind_ms)
			r->stall.behind_ms = 1;
		receiver_fetch(&o.reader, ALL);
		look(&o);
	}
	ck_assert_int_eq(count(&o, EVENT_STALLED), 1);
	rd_kafka_mock_clear_request_errors(cluster_of(&o), FETCH_API);
	receiver_await(&o.reader, o.reader.n_got + 1);
	ck_assert(!is_stalled(&o));
	outside_fini(&o);
}
END_TEST

TEST_MAIN("kafka_outside", test_the_coordinator_moves, test_positions_that_are_not_to_be_learned,
	  test_nothing_polls_for_too_long, test_nothing_is_handed_out)

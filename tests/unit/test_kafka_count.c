/*
 * What is counted of topics for who counts over time, and how long sends take.
 */
#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "daemon/kafka_producer.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

#define PRODUCE_API 0

enum { ROWS_MAX = 8 };

static struct world w;
static struct kafka_topic_count rows[ROWS_MAX];

static void send_to(const char *topic, int n)
{
	const struct comm_wire_record r = record_of("value");
	struct kafka_failure why;

	for (int i = 0; i < n; i++)
		ck_assert_int_eq(world_send(&w, topic, &r, &why), 0);
}

static void begin(void)
{
	world_init(&w, 1000, "");
	world_create(&w, "a", 1);
	world_create(&w, "b", 1);
}

/* The row of @topic, NULL: that of the others; 0 if there is none. */
static int64_t count_of(const char *topic)
{
	size_t n = kafka_topic_counts(w.kafka, rows, ROWS_MAX);

	for (size_t i = 0; i < n; i++)
		if (topic ? comm_bytes_is(rows[i].topic, topic) : !rows[i].topic.data)
			return rows[i].accepted;
	return 0;
}

static void forget(const char *topic)
{
	struct kafka_topics *t = &w.client->producer->topics;

	kafka_topic_find(t, comm_bytes_of(topic))->used_ms -= KAFKA_TOPIC_IDLE_MS;
	kafka_topics_tick(t);
	ck_assert_ptr_null(kafka_topic_find(t, comm_bytes_of(topic)));
}

START_TEST(topics_are_counted_by_name)
{
	begin();
	send_to("a", 3);
	send_to("b", 2);
	ck_assert_uint_eq(kafka_topic_counts(w.kafka, rows, ROWS_MAX), 2);
	ck_assert_int_eq(count_of("a"), 3);
	ck_assert_int_eq(count_of("b"), 2);
	ck_assert_int_eq(rows[0].persisted + rows[1].persisted, 5);
	ck_assert_int_eq(rows[0].bytes + rows[1].bytes, 25);
	ck_assert_int_eq(rows[0].in_flight + rows[1].in_flight, 0);
	world_fini(&w);
}
END_TEST

/* What it had is not the others' from then on: a number must not grow for that reason. */
START_TEST(a_topic_that_is_forgotten_takes_its_count_with_it)
{
	begin();
	send_to("a", 3);
	send_to("b", 2);
	forget("a");
	ck_assert_uint_eq(kafka_topic_counts(w.kafka, rows, ROWS_MAX), 1);
	ck_assert_int_eq(count_of("b"), 2);
	ck_assert_int_eq(count_of(NULL), 0);
	send_to("a", 1);
	ck_assert_int_eq(count_of("a"), 1);
	ck_assert_int_eq(count_of(NULL), 0);
	world_fini(&w);
}
END_TEST

/* A name that has become free goes to a topic that is new, and not to one that was counted without. */
START_TEST(a_topic_without_a_name_gets_none_later)
{
	struct kafka_topics *t;

	begin();
	t = &w.client->producer->topics;
	t->n_named = KAFKA_TOPICS_NAMED_MAX;
	send_to("a", 3);
	ck_assert_int_eq(count_of("a"), 0);
	ck_assert_int_eq(count_of(NULL), 3);
	t->n_named = 0;
	send_to("a", 1);
	send_to("b", 2);
	ck_assert_int_eq(count_of(NULL), 4);
	ck_assert_int_eq(count_of("b"), 2);
	forget("a");
	ck_assert_int_eq(count_of(NULL), 4);
	world_fini(&w);
}
END_TEST

static int64_t n_measured(void)
{
	const struct histogram *h = kafka_send_latency(w.kafka, w.profile);
	int64_t n = 0;

	for (size_t i = 0; i <= HISTOGRAM_N_BOUNDS; i++)
		n += h->counts[i];
	return n;
}

START_TEST(sends_that_are_persisted_are_measured)
{
	const struct comm_wire_record r = record_of("value");
	struct kafka_failure why;

	begin();
	send_to("a", 3);
	ck_assert_int_eq(n_measured(), 3);
	ck_assert_uint_gt(kafka_send_latency(w.kafka, w.profile)->sum_ns, 0);
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(w.kafka->dev), PRODUCE_API, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	ck_assert_int_ne(world_send(&w, "a", &r, &why), 0);
	ck_assert_int_eq(n_measured(), 3);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_count", topics_are_counted_by_name,
	  a_topic_that_is_forgotten_takes_its_count_with_it, a_topic_without_a_name_gets_none_later,
	  sends_that_are_persisted_are_measured)

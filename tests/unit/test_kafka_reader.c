#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

#define ALL 1000, 1024 * 1024

/* As Kafka numbers its requests. */
#define LIST_OFFSETS_API 2

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static struct kafka_reader_options tail(enum kafka_start start, int64_t at)
{
	struct kafka_reader_options o = receiver_options(NULL, &topic_t, 1);

	o.start = start;
	o.at = at;
	return o;
}

START_TEST(test_earliest_has_all)
{
	struct world world;
	struct receiver w;

	receiver_world(&world, 4);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 50);
	receiver_fill(&world, "t", 1, 100, 50);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	receiver_await_just(&w, 100);
	for (size_t i = 0; i < 50; i++) {
		const struct got *g = receiver_find(&w, 1, i);

		ck_assert_str_eq(g->topic, "t");
		ck_assert_int_eq(atoi(g->value), (int)(100 + i));
		ck_assert_int_eq(g->offset, (int)i);
		ck_assert_int_eq(receiver_find(&w, 0, i)->offset, (int)i);
	}
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 100);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* Fetch the next record, borrowed until the next fetch. */
static const struct comm_wire_received *fetch_one(struct receiver *w)
{
	const struct comm_wire_batch *batch;
	struct kafka_failure why;
	struct kafka_haul haul;

	for (;;) {
		w->n_ready = 0;
		ck_assert_int_eq(kafka_reader_fetch(w->reader, 1, 1, &haul, &why), 0);
		if (haul.n_records)
			break;
		receiver_await_ready(w);
	}
	ck_assert_uint_eq(haul.n_records, 1);
	ck_assert_uint_eq(haul.topics.n, 1);
	batch = haul.topics.items;
	ck_assert(comm_bytes_is(batch->topic, "t"));
	ck_assert_uint_eq(batch->records.n, 1);
	return batch->records.items;
}

static void check_headers(const struct comm_list *headers)
{
	const struct comm_wire_header *h = headers->items;

	ck_assert_uint_eq(headers->n, 3);
	ck_assert(comm_bytes_is(h[0].name, "a") && comm_bytes_is(h[0].value, "1"));
	ck_assert(comm_bytes_is(h[1].name, "a") && !h[1].value.data);
	ck_assert(comm_bytes_is(h[2].name, "b") && h[2].value.data && !h[2].value.len);
}

START_TEST(test_every_part_of_a_record)
{
	static const struct comm_wire_header headers[] = { { { "a", 1 }, { "1", 1 } },
							   { { "a", 1 }, { NULL, 0 } },
							   { { "b", 1 }, { "", 0 } } };
	static const struct comm_wire_record records[] = {
		{ { "v", 1 }, { "k", 1 }, { headers, 3 }, 0, 1234567890123 },
		{ { NULL, 0 }, { "", 0 }, { NULL, 0 }, 0, 1 },
		{ { "", 0 }, { NULL, 0 }, { headers, 3 }, 0, 2 },
	};
	const struct comm_wire_received *got;
	struct receiver w;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "t", 1);
	receiver_send(&world, "t", records, 3);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	got = fetch_one(&w);
	ck_assert_int_eq(got->timestamp_ms, 1234567890123);
	ck_assert(comm_bytes_is(got->value, "v") && comm_bytes_is(got->key, "k"));
	check_headers(&got->headers);
	got = fetch_one(&w);
	ck_assert(!got->value.data && got->key.data && !got->key.len);
	ck_assert_uint_eq(got->headers.n, 0);
	got = fetch_one(&w);
	ck_assert(got->value.data && !got->value.len && !got->key.data);
	check_headers(&got->headers);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_latest_has_what_comes_later)
{
	struct world world;
	struct receiver w;

	receiver_world(&world, 4);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 10);
	receiver_open(&w, &world, world.client, tail(KAFKA_LATEST, COMM_NONE));
	receiver_fill(&world, "t", 0, 10, 1);
	receiver_await_just(&w, 1);
	ck_assert_int_eq(w.got[0].offset, 10);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* Metadata has a topic that is new, while its leader has not heard of it. */
START_TEST(test_leader_that_has_not_heard_is_asked_again)
{
	const rd_kafka_resp_err_t not_heard = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	struct world world;
	struct receiver w;

	receiver_world(&world, 4);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 1);
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(world.kafka->dev), LIST_OFFSETS_API, 2,
					  not_heard, not_heard);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	receiver_await_just(&w, 1);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

static void *elect(void *cluster)
{
	usleep(300000);
	ck_assert_int_eq(rd_kafka_mock_partition_set_leader(cluster, "t", 0, 1), 0);
	return NULL;
}

/* As when a broker is restarted that alone has it. */
START_TEST(test_a_leader_is_waited_for)
{
	rd_kafka_mock_cluster_t *cluster;
	struct world world;
	struct receiver w;
	pthread_t election;

	receiver_world(&world, 4);
	cluster = kafka_dev_cluster(world.kafka->dev);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, 1);
	ck_assert_int_eq(rd_kafka_mock_partition_set_leader(cluster, "t", 0, -1), 0);
	ck_assert_int_eq(pthread_create(&election, NULL, elect, cluster), 0);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	ck_assert_int_eq(w.why.code, 0);
	pthread_join(election, NULL);
	receiver_await_just(&w, 1);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* The mock cluster keeps the records of a topic that is deleted. */
START_TEST(test_topic_created_again_is_empty)
{
	struct world world;
	struct receiver w;

	receiver_world(&world, 4);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 0, 0, 5);
	receiver_fill(&world, "t", 1, 0, 7);
	world_delete(&world, "t");
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 1, 100, 2);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 2);
	ck_assert_str_eq(w.got[0].value, "100");
	ck_assert_str_eq(w.got[1].value, "101");
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

static int64_t first_offset(struct world *world, struct kafka_reader_options o)
{
	struct receiver w;
	int64_t offset;

	receiver_open(&w, world, world->client, o);
	receiver_await_end(&w);
	offset = w.n_got ? w.got[0].offset : -1;
	receiver_close(&w);
	return offset;
}

START_TEST(test_begins_where_it_is_told)
{
	struct comm_wire_topic_ref refs[] = { { { "t", 1 }, 1, 7 }, { { "t", 1 }, 0, COMM_NONE } };
	struct kafka_reader_options o = tail(KAFKA_LATEST, COMM_NONE);
	struct world world;

	receiver_world(&world, 8);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 1, 0, 10);
	ck_assert_int_eq(first_offset(&world, tail(KAFKA_OFFSET, 0)), 0);
	ck_assert_int_eq(first_offset(&world, tail(KAFKA_TAIL, 3)), 7);
	ck_assert_int_eq(first_offset(&world, tail(KAFKA_TAIL, 1000)), 0);
	ck_assert_int_eq(first_offset(&world, tail(KAFKA_TAIL, 0)), -1);
	/* The mock cluster has no record for any time. */
	ck_assert_int_eq(first_offset(&world, tail(KAFKA_TIME, 1)), -1);
	o.topics = refs;
	ck_assert_int_eq(first_offset(&world, o), 7);
	o.n_topics = 2;
	ck_assert_int_eq(first_offset(&world, o), 7);
	o.topics = refs + 1;
	o.n_topics = 1;
	o.start = KAFKA_EARLIEST;
	ck_assert_int_eq(first_offset(&world, o), -1);
	world_fini(&world);
}
END_TEST

static void check_begins(struct world *world, struct kafka_reader_options o, int64_t first,
			 int64_t second)
{
	struct receiver w;

	receiver_open(&w, world, world->client, o);
	ck_assert_uint_eq(w.n_begins, 2);
	ck_assert_int_eq(w.begins[0], first);
	ck_assert_int_eq(w.begins[1], second);
	receiver_close(&w);
}

START_TEST(test_says_where_it_begins)
{
	const struct comm_wire_topic_ref refs[] = { { { "t", 1 }, 1, 4 }, topic_t };
	struct kafka_reader_options o = tail(KAFKA_LATEST, COMM_NONE);
	struct world world;
	struct receiver w;

	receiver_world(&world, 8);
	world_create(&world, "t", 2);
	receiver_fill(&world, "t", 1, 0, 10);
	check_begins(&world, tail(KAFKA_EARLIEST, COMM_NONE), 0, 0);
	check_begins(&world, tail(KAFKA_LATEST, COMM_NONE), 0, 10);
	check_begins(&world, tail(KAFKA_TAIL, 3), 0, 7);
	o.topics = refs;
	o.n_topics = 2;
	check_begins(&world, o, 0, 4);
	receiver_open(&w, &world, world.client, receiver_options("g", refs + 1, 1));
	ck_assert_ptr_nonnull(w.reader);
	ck_assert_uint_eq(w.n_begins, 0);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_no_more_than_asked_for)
{
	struct world world;
	struct receiver w;

	receiver_world(&world, 4);
	world_create(&world, "t", 3);
	for (int p = 0; p < 3; p++)
		receiver_fill(&world, "t", p, 1000, 20);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	while (w.n_got < 7)
		if (!receiver_fetch(&w, 7 - w.n_got, 1024))
			receiver_await_ready(&w);
	/* Four bytes each: two records fit into eleven; one comes however big it is. */
	ck_assert_uint_eq(receiver_fetch(&w, 10, 11), 2);
	ck_assert_uint_eq(receiver_fetch(&w, 10, 3), 1);
	ck_assert_uint_eq(receiver_fetch(&w, 10, 0), 1);
	receiver_await_just(&w, 60);
	for (int p = 0; p < 3; p++)
		for (size_t i = 0; i < 20; i++)
			ck_assert_int_eq(receiver_find(&w, p, i)->offset, (int)i);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* What comes mixed is handed out by topic, in order of each partition. */
START_TEST(test_several_topics)
{
	static const struct comm_wire_topic_ref refs[] = { { { "a", 1 }, COMM_NONE, COMM_NONE },
							   { { "b", 1 }, COMM_NONE, COMM_NONE },
							   { { "a", 1 }, COMM_NONE, COMM_NONE } };
	struct kafka_reader_options o = receiver_options(NULL, refs, 3);
	struct receiver w;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "a", 1);
	world_create(&world, "b", 2);
	for (int i = 0; i < 10; i++) {
		receiver_fill(&world, "a", 0, 5 * i, 5);
		receiver_fill(&world, "b", 1, 1000 + 5 * i, 5);
	}
	receiver_open(&w, &world, world.client, o);
	while (w.n_got < 100) {
		w.n_ready = 0;
		if (!receiver_fetch(&w, 17, 1024 * 1024))
			receiver_await_ready(&w);
	}
	for (size_t i = 0; i < 50; i++) {
		ck_assert_str_eq(receiver_find(&w, 0, i)->topic, "a");
		ck_assert_int_eq(atoi(receiver_find(&w, 0, i)->value), (int)i);
		ck_assert_int_eq(atoi(receiver_find(&w, 1, i)->value), (int)(1000 + i));
	}
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_ready_is_called_once)
{
	struct receiver w, other;
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "t", 1);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert(!w.is_at_end);
	/* The end is news, once. */
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 0);
	receiver_fill(&world, "t", 0, 0, 10);
	receiver_await_ready(&w);
	/* Nobody fetches: nothing is said again, whatever comes. */
	receiver_fill(&world, "t", 0, 10, 10);
	receiver_open(&other, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	receiver_await_end(&other);
	ck_assert_uint_eq(other.n_got, 20);
	ck_assert_uint_eq(w.n_ready, 0);
	receiver_await_just(&w, 20);
	receiver_close(&w);
	receiver_close(&other);
	world_fini(&world);
}
END_TEST

/* Single partitions from where they are told, and all others from where the reader begins. */
START_TEST(test_a_topic_and_partitions_of_it)
{
	const struct comm_wire_topic_ref refs[] = { { { "t", 1 }, 1, 7 },
						    { { "t", 1 }, COMM_NONE, COMM_NONE } };
	struct kafka_reader_options o = tail(KAFKA_EARLIEST, COMM_NONE);
	struct world world;
	struct receiver w;

	receiver_world(&world, 2);
	world_create(&world, "t", 3);
	for (int p = 0; p < 3; p++)
		receiver_fill(&world, "t", p, 0, 10);
	o.topics = refs;
	o.n_topics = 2;
	receiver_open(&w, &world, world.client, o);
	receiver_await_end(&w);
	ck_assert_uint_eq(receiver_count(&w, 0), 10);
	ck_assert_uint_eq(receiver_count(&w, 1), 3);
	ck_assert_uint_eq(receiver_count(&w, 2), 10);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* As who goes on after a lost connection does: each partition by itself, and what was added since. */
START_TEST(test_more_partitions_than_topics_are_allowed)
{
	static struct comm_wire_topic_ref refs[COMM_TOPICS_MAX + 2];
	const size_t n = ARRAY_SIZE(refs);
	struct kafka_reader_options o = tail(KAFKA_LATEST, COMM_NONE);
	struct world world;
	struct receiver w;

	receiver_world(&world, 2);
	world_create(&world, "t", (int)n);
	receiver_fill(&world, "t", (int)n - 2, 0, 5);
	receiver_fill(&world, "t", (int)n - 1, 0, 5);
	for (size_t i = 0; i < n; i++)
		refs[i] = (struct comm_wire_topic_ref){ { "t", 1 }, (int64_t)i, 0 };
	refs[n - 1] = topic_t;
	o.topics = refs;
	o.n_topics = n;
	receiver_open(&w, &world, world.client, o);
	receiver_await_just(&w, 5);
	ck_assert_uint_eq(receiver_count(&w, (int)n - 2), 5);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

static int refusal(struct world *world, struct kafka_reader_options o, const char *detail)
{
	struct receiver w;

	receiver_open(&w, world, world->client, o);
	ck_assert_ptr_null(w.reader);
	ck_assert_str_eq(w.why.detail, detail);
	ck_assert_str_ne(w.why.message, "");
	return w.why.code;
}

START_TEST(test_what_is_refused)
{
	static struct comm_wire_topic_ref many[COMM_TOPICS_MAX + 1];
	static char names[COMM_TOPICS_MAX + 1][8];
	struct comm_wire_topic_ref refs[] = { topic_t, { { "t", 1 }, 0, COMM_NONE } };
	struct kafka_reader_options o = receiver_options("g", refs, 2);
	struct world world;

	receiver_world(&world, 4);
	world_create(&world, "t", 1);
	ck_assert_int_eq(refusal(&world, o, "topics[1].partition"), COMM_EBAD_VALUE);
	o.n_topics = 1;
	o.start = KAFKA_TAIL;
	o.at = 1;
	ck_assert_int_eq(refusal(&world, o, "start"), COMM_EBAD_VALUE);
	o.start = KAFKA_EARLIEST;
	o.group = (struct comm_bytes){ "", 0 };
	ck_assert_int_eq(refusal(&world, o, "group"), COMM_EBAD_VALUE);
	o.n_topics = 0;
	ck_assert_int_eq(refusal(&world, o, "topics"), COMM_EBAD_VALUE);
	ck_assert_int_eq(refusal(&world, tail(KAFKA_OFFSET, COMM_NONE), "at"), COMM_EBAD_VALUE);
	ck_assert_int_eq(refusal(&world, tail(KAFKA_OFFSET, 5), "at"), COMM_EBAD_VALUE);
	o = receiver_options(NULL, refs, 1);
	refs[0].offset = 0;
	ck_assert_int_eq(refusal(&world, o, "topics[0].offset"), COMM_EBAD_VALUE);
	refs[0].partition = 1;
	ck_assert_int_eq(refusal(&world, o, ""), COMM_ETOPIC_UNAVAILABLE);
	refs[0] = refs[1];
	o.n_topics = 2;
	ck_assert_int_eq(refusal(&world, o, "topics[1]"), COMM_EBAD_VALUE);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		(void)snprintf(names[i], sizeof names[i], "t%zu", i);
		many[i] = (struct comm_wire_topic_ref){ comm_bytes_of(names[i]), COMM_NONE,
							COMM_NONE };
	}
	o = receiver_options("g", many, ARRAY_SIZE(many));
	ck_assert_int_eq(refusal(&world, o, "topics"), COMM_EBAD_VALUE);
	world_fini(&world);
}
END_TEST

START_TEST(test_topics_that_are_not_there)
{
	struct comm_wire_topic_ref ref = { { "nowhere", 7 }, COMM_NONE, COMM_NONE };
	struct kafka_reader_options o = receiver_options(NULL, &ref, 1);
	struct world world;

	receiver_world(&world, 4);
	ck_assert_int_eq(refusal(&world, o, ""), COMM_ETOPIC_UNAVAILABLE);
	o.group = comm_bytes_of("g");
	ck_assert_int_eq(refusal(&world, o, ""), COMM_ETOPIC_UNAVAILABLE);
	ref.topic = comm_bytes_of("not.*regular");
	ck_assert_int_eq(refusal(&world, o, "topics[0].topic"), COMM_ETOPIC_UNAVAILABLE);
	world_fini(&world);
}
END_TEST

static bool has_room(void *arg)
{
	struct receiver *w = arg;

	receiver_open(w, w->world, w->world->client, tail(KAFKA_EARLIEST, COMM_NONE));
	if (w->reader)
		return true;
	ck_assert_int_eq(w->why.code, COMM_EBUSY);
	(void)uv_run(&w->world->loop, UV_RUN_NOWAIT);
	return false;
}

START_TEST(test_consumers_are_limited)
{
	struct receiver w[3];
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 1);
	receiver_open(&w[0], &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	receiver_open(&w[1], &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	ck_assert_ptr_nonnull(w[1].reader);
	receiver_open(&w[2], &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	ck_assert_int_eq(w[2].why.code, COMM_EBUSY);
	ck_assert_ptr_nonnull(strstr(w[2].why.message, "consumers"));
	receiver_close(&w[0]);
	while (!has_room(&w[2]))
		;
	receiver_close(&w[1]);
	receiver_close(&w[2]);
	world_fini(&world);
}
END_TEST

/* A consumer that only lingers is no reason to refuse another one for long. */
START_TEST(test_lingering_makes_room)
{
	struct receiver w = { .reader = NULL };
	struct world world;

	receiver_world(&world, 1);
	world_create(&world, "t", 1);
	receiver_open(&w, &world, world.client, receiver_options("g", &topic_t, 1));
	receiver_close(&w);
	w.world = &world;
	while (!has_room(&w))
		;
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_fatal_error_is_told)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 1);
	world_create(&world, "t", 1);
	receiver_open(&w, &world, world.client, receiver_options("g", &topic_t, 1));
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(rd_kafka_test_fatal_error(w.reader->consumer->rk,
						   RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "gone"),
			 0);
	receiver_await_ready(&w);
	/* It is said once, for another consumer is on its way. */
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(w.why.code, COMM_ERECEIVE);
	ck_assert_ptr_nonnull(strstr(w.why.message, "FENCED_INSTANCE_ID"));
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(w.why.code, 0);
	receiver_close(&w);
	/* The group is as good as new. */
	while (!has_room(&w))
		;
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

START_TEST(test_no_brokers)
{
	struct kafka_reader_options o = tail(KAFKA_EARLIEST, COMM_NONE);
	struct world world;

	/* Nobody listens on the port for nothing. */
	world_init_real(&world, "bootstrap.servers=127.0.0.1:9\n");
	o.timeout_ms = 300;
	ck_assert_int_eq(refusal(&world, o, ""), COMM_EBROKER);
	world_fini(&world);
}
END_TEST

START_TEST(test_readers_outlive_kafka)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "t", 1);
	receiver_open(&w, &world, world.client, tail(KAFKA_EARLIEST, COMM_NONE));
	receiver_fetch(&w, ALL);
	world_fini(&world);
	ck_assert_uint_ge(w.n_ready, 1);
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(w.why.code, COMM_ESHUTDOWN);
	receiver_close(&w);
}
END_TEST

TEST_MAIN("kafka_reader", test_earliest_has_all, test_a_topic_and_partitions_of_it,
	  test_more_partitions_than_topics_are_allowed, test_topic_created_again_is_empty,
	  test_every_part_of_a_record, test_latest_has_what_comes_later,
	  test_leader_that_has_not_heard_is_asked_again, test_a_leader_is_waited_for,
	  test_begins_where_it_is_told, test_says_where_it_begins, test_no_more_than_asked_for,
	  test_several_topics, test_ready_is_called_once, test_what_is_refused,
	  test_topics_that_are_not_there, test_consumers_are_limited, test_lingering_makes_room,
	  test_fatal_error_is_told, test_no_brokers, test_readers_outlive_kafka)

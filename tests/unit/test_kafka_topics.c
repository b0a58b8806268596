#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <stdio.h>
#include <string.h>

#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

#define TIMEOUT_MS 10000

static rd_kafka_mock_cluster_t *mock_of(const struct world *w)
{
	return kafka_dev_cluster(w->kafka->dev);
}

/* ---- listing ---- */

/* What a test wants to know of a listing. */
struct listing {
	struct answer answer;
	size_t n_topics;
	size_t n_brokers;
	char names[8][32];
	size_t n_partitions[8];
	bool is_sound; /* leaders and replicas are among the brokers */
};

static void keep(struct listing *l, const struct comm_list_topics_result *r)
{
	const struct comm_wire_topic *topics = r->topics.items;
	const struct comm_wire_broker *brokers = r->brokers.items;

	l->n_topics = r->topics.n;
	l->n_brokers = r->brokers.n;
	l->is_sound = r->brokers.n == 1 && brokers[0].port > 0 &&
		      comm_bytes_is(brokers[0].host, "127.0.0.1");
	for (size_t i = 0; i < r->topics.n; i++) {
		const struct comm_wire_partition *p = topics[i].partitions.items;

		(void)snprintf(l->names[i], sizeof l->names[i], "%.*s", (int)topics[i].name.len,
			       topics[i].name.data);
		l->n_partitions[i] = topics[i].partitions.n;
		for (size_t n = 0; n < topics[i].partitions.n; n++) {
			const struct comm_wire_id *replica = p[n].replicas.items;

			l->is_sound = l->is_sound && p[n].partition == (int64_t)n &&
				      p[n].leader == brokers[0].id && p[n].replicas.n == 1 &&
				      p[n].isr.n == 1 && replica->id == brokers[0].id;
		}
	}
}

static void on_topics(void *arg, const struct kafka_failure *why,
		      const struct comm_list_topics_result *r)
{
	struct listing *l = arg;

	answer_set(&l->answer, why);
	if (!why)
		keep(l, r);
}

static int list(struct world *w, const char *topic, int timeout_ms, struct listing *l)
{
	int error;

	memset(l, 0, sizeof *l);
	error = kafka_list_topics(w->client, comm_bytes_of(topic), timeout_ms, on_topics, l,
				  &l->answer.why);
	if (error)
		return error;
	ck_assert(!l->answer.is_there);
	answer_await(w, &l->answer);
	return l->answer.has_failed ? l->answer.why.code : 0;
}

START_TEST(test_list)
{
	struct listing l;
	struct world w;
	size_t other;

	world_init(&w, 1000, "");
	ck_assert_int_eq(list(&w, NULL, TIMEOUT_MS, &l), 0);
	ck_assert_uint_eq(l.n_topics, 0);
	world_create(&w, "one", 1);
	world_create(&w, "three", 3);
	ck_assert_int_eq(list(&w, NULL, TIMEOUT_MS, &l), 0);
	ck_assert_uint_eq(l.n_topics, 2);
	ck_assert(l.is_sound);
	other = !strcmp(l.names[0], "one");
	ck_assert_str_eq(l.names[other], "three");
	ck_assert_uint_eq(l.n_partitions[other], 3);
	ck_assert_uint_eq(l.n_partitions[!other], 1);
	ck_assert_int_eq(list(&w, "three", TIMEOUT_MS, &l), 0);
	ck_assert_uint_eq(l.n_topics, 1);
	ck_assert_uint_eq(l.n_partitions[0], 3);
	world_fini(&w);
}
END_TEST

START_TEST(test_list_unknown)
{
	struct listing l;
	struct world w;

	world_init(&w, 1000, "");
	ck_assert_int_eq(list(&w, "t", TIMEOUT_MS, &l), COMM_ETOPIC_QUERY);
	ck_assert_ptr_nonnull(strstr(l.answer.why.message, "topic t: UNKNOWN_TOPIC_OR_PART"));
	ck_assert_int_eq(list(&w, "a b", TIMEOUT_MS, &l), COMM_ETOPIC_QUERY);
	ck_assert_ptr_nonnull(strstr(l.answer.why.message, "topic a b: TOPIC_EXCEPTION"));
	/* Asking has created nothing. */
	ck_assert_int_eq(list(&w, NULL, TIMEOUT_MS, &l), 0);
	ck_assert_uint_eq(l.n_topics, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_too_many_calls)
{
	enum { CALLS = 200 };
	static struct listing l[CALLS];
	struct world w;
	int n_busy = 0;

	world_init(&w, 1000, "");
	for (int i = 0; i < CALLS; i++) {
		int error = kafka_list_topics(w.client, comm_bytes_of(NULL), TIMEOUT_MS, on_topics,
					      &l[i], &l[i].answer.why);

		ck_assert(!error || error == COMM_EBUSY);
		if (error) {
			ck_assert_int_eq(l[i].answer.why.code, COMM_EBUSY);
			n_busy++;
		}
	}
	ck_assert_int_gt(n_busy, 0);
	ck_assert_int_lt(n_busy, CALLS);
	for (int i = 0; i < CALLS - n_busy; i++)
		answer_await(&w, &l[i].answer);
	world_fini(&w);
}
END_TEST

/* ---- creating and deleting ---- */

static int create(struct world *w, const char *topic, int64_t n_partitions, int64_t replication,
		  struct answer *a)
{
	struct comm_create_topic_params p = { .topic = comm_bytes_of(topic),
					      .partitions = n_partitions,
					      .replication = replication };
	int error;

	memset(a, 0, sizeof *a);
	error = kafka_create_topic(w->client, &p, TIMEOUT_MS, answer_set, a, &a->why);
	if (error)
		return error;
	answer_await(w, a);
	return a->has_failed ? a->why.code : 0;
}

static int delete_topic(struct world *w, const char *topic, struct answer *a)
{
	int error;

	memset(a, 0, sizeof *a);
	error = kafka_delete_topic(w->client, comm_bytes_of(topic), TIMEOUT_MS, answer_set, a,
				   &a->why);
	if (error)
		return error;
	answer_await(w, a);
	return a->has_failed ? a->why.code : 0;
}

START_TEST(test_create)
{
	struct listing l;
	struct answer a;
	struct world w;

	world_init(&w, 1000, "");
	ck_assert_int_eq(create(&w, "t", COMM_NONE, COMM_NONE, &a), 0);
	ck_assert_int_eq(list(&w, "t", TIMEOUT_MS, &l), 0);
	ck_assert_uint_eq(l.n_partitions[0], 4);
	ck_assert_int_eq(create(&w, "t", 1, 1, &a), COMM_ETOPIC_CREATE);
	ck_assert_ptr_nonnull(strstr(a.why.message, "topic t: TOPIC_ALREADY_EXISTS: Broker: "));
	ck_assert_int_eq(create(&w, "u", 0, 1, &a), COMM_ETOPIC_CREATE);
	ck_assert_str_eq(a.why.message, "partitions: must be at least 1");
	ck_assert_str_eq(a.why.detail, "partitions");
	ck_assert_int_eq(create(&w, "u", INT64_MAX, 1, &a), COMM_ETOPIC_CREATE);
	ck_assert_int_eq(create(&w, "u", 1, -1, &a), COMM_ETOPIC_CREATE);
	ck_assert_str_eq(a.why.detail, "replication");
	ck_assert_int_eq(create(&w, "u", 1, 2, &a), COMM_ETOPIC_CREATE);
	ck_assert_ptr_nonnull(strstr(a.why.message, "INVALID_REPLICATION_FACTOR"));
	ck_assert_int_eq(create(&w, "..", 1, 1, &a), COMM_ETOPIC_CREATE);
	ck_assert_int_eq(list(&w, NULL, TIMEOUT_MS, &l), 0);
	ck_assert_uint_eq(l.n_topics, 1);
	world_fini(&w);
}
END_TEST

START_TEST(test_delete)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct listing l;
	struct answer a;
	struct world w;

	world_init(&w, 1000, "");
	ck_assert_int_eq(delete_topic(&w, "t", &a), COMM_ETOPIC_DELETE);
	ck_assert_ptr_nonnull(strstr(a.why.message, "topic t: UNKNOWN_TOPIC_OR_PART"));
	world_create(&w, "t", 2);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	ck_assert_int_eq(delete_topic(&w, "t", &a), 0);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), COMM_ETOPIC_UNAVAILABLE);
	ck_assert_int_eq(list(&w, "t", TIMEOUT_MS, &l), COMM_ETOPIC_QUERY);
	ck_assert_int_eq(list(&w, NULL, TIMEOUT_MS, &l), 0);
	ck_assert_uint_eq(l.n_topics, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_create_again)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct answer a;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 2);
	r.partition = 1;
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_delete(&w, "t");
	world_create(&w, "t", 2);
	/* What was there before is not to be seen. */
	ck_assert_int_eq(kafka_dev_first_offset(w.kafka->dev, comm_bytes_of("t"), 0), 0);
	ck_assert_int_eq(kafka_dev_first_offset(w.kafka->dev, comm_bytes_of("t"), 1),
			 RD_KAFKA_VERSION >= 0x020f00ff ? 0 : 2);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	ck_assert_int_eq(delete_topic(&w, "t", &a), 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_closing_answers_calls)
{
	enum { CALLS = 20 };
	struct answer a[CALLS] = { 0 };
	struct comm_create_topic_params p = { .topic = comm_bytes_of("t"),
					      .partitions = COMM_NONE,
					      .replication = COMM_NONE };
	static struct listing l[CALLS];
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "u", 1);
	ck_assert_int_eq(kafka_create_topic(w.client, &p, TIMEOUT_MS, answer_set, &a[0], &why), 0);
	for (int i = 0; i < CALLS; i++)
		ck_assert_int_eq(kafka_list_topics(w.client, comm_bytes_of(NULL), TIMEOUT_MS,
						   on_topics, &l[i], &why),
				 0);
	ck_assert_int_eq(kafka_delete_topic(w.client, comm_bytes_of("u"), TIMEOUT_MS, answer_set,
					    &a[2], &why),
			 0);
	world_close(&w, TIMEOUT_MS);
	ck_assert_int_eq(kafka_list_topics(w.client, comm_bytes_of(NULL), TIMEOUT_MS, on_topics,
					   &l[0], &why),
			 COMM_ESHUTDOWN);
	ck_assert_int_eq(kafka_delete_topic(w.client, comm_bytes_of("t"), TIMEOUT_MS, answer_set,
					    &a[1], &why),
			 COMM_ESHUTDOWN);
	world_fini(&w);
	ck_assert(a[0].is_there);
	/* Nothing has happened: the client may ask again. */
	ck_assert_int_eq(a[2].why.code, COMM_ESHUTDOWN);
	ck_assert_ptr_nonnull(strstr(a[2].why.message, "the topic was not deleted"));
	for (int i = 0; i < CALLS; i++)
		ck_assert(l[i].answer.is_there);
	ck_assert_int_eq(l[CALLS - 1].answer.why.code, COMM_ESHUTDOWN);
}
END_TEST

/* Each of them is waited for as long as it may be that brokers only have to hear of its leader. */
START_TEST(test_topics_without_leaders_do_not_delay_others)
{
	static const char *const names[] = { "a", "b", "c" };
	const struct comm_wire_record r = record_of("v");
	struct sending gone[ARRAY_SIZE(names)], there;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "there", 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		world_create(&w, names[i], 1);
		(void)rd_kafka_mock_partition_set_leader(mock_of(&w), names[i], 0, -1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		sending_start(&gone[i], &w, names[i], &r, 1);
	sending_start(&there, &w, "there", &r, 1);
	sending_await(&there);
	ck_assert_int_eq(there.error, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert(gone[i].is_waiting);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)rd_kafka_mock_partition_set_leader(mock_of(&w), names[i], 0, 1);
		sending_await(&gone[i]);
		ck_assert_int_eq(gone[i].error, 0);
		sending_fini(&gone[i]);
	}
	sending_fini(&there);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_topics", test_list, test_list_unknown, test_too_many_calls, test_create,
	  test_delete, test_create_again, test_closing_answers_calls,
	  test_topics_without_leaders_do_not_delay_others)

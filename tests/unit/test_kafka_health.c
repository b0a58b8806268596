#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/broker.h"
#include "tests/lib/keeper.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

static bool is_in_state(struct world *w, const char *state)
{
	struct comm_wire_profile status;

	kafka_profile_status(w->kafka, w->profile, &status);
	return comm_bytes_is(status.state, state);
}

static bool is_down(void *arg)
{
	return is_in_state(arg, "down");
}

static bool is_up(void *arg)
{
	return is_in_state(arg, "up");
}

START_TEST(test_unused)
{
	struct kafka_failure why;
	struct broker b;
	struct world w;

	broker_init(&b, "");
	world_init_real(&w, b.properties);
	ck_assert(is_in_state(&w, "unused"));
	ck_assert(!kafka_client_is_down(w.client));
	kafka_explain_silence(w.client, &why);
	ck_assert_int_eq(why.code, COMM_EBROKER);
	ck_assert_ptr_nonnull(strstr(why.message, "bootstrap.servers"));
	world_fini(&w);
	broker_fini(&b);
}
END_TEST

START_TEST(test_down_and_up_again)
{
	struct kafka_failure why;
	struct broker b;
	struct world w;

	broker_init(&b, "");
	broker_set_down(&b);
	world_init_real(&w, b.properties);
	world_run(&w, is_down, &w);
	ck_assert(kafka_client_is_down(w.client));
	kafka_explain_silence(w.client, &why);
	ck_assert_int_eq(why.code, COMM_EBROKER);
	ck_assert_ptr_nonnull(strstr(why.message, "Connection refused"));
	/* Nobody sends anything. */
	broker_set_up(&b);
	world_run(&w, is_up, &w);
	ck_assert(!kafka_client_is_down(w.client));
	world_fini(&w);
	broker_fini(&b);
}
END_TEST

START_TEST(test_a_send_waits_for_the_brokers)
{
	struct comm_wire_record r = record_of("v");
	struct sending s;
	struct broker b;
	struct world w;

	broker_init(&b, "");
	broker_create_topic(&b, "t", 1);
	broker_set_down(&b);
	world_init_real(&w, b.properties);
	sending_start(&s, &w, "t", &r, 1);
	ck_assert(s.is_waiting);
	world_run(&w, is_down, &w);
	ck_assert(s.is_waiting);
	broker_set_up(&b);
	sending_await(&s);
	ck_assert_int_eq(s.error, 0);
	ck_assert_int_eq(s.batch->outcomes[0].reason, 0);
	sending_fini(&s);
	world_fini(&w);
	broker_fini(&b);
}
END_TEST

static void on_topics(void *arg, const struct kafka_failure *why,
		      const struct comm_list_topics_result *r)
{
	(void)r;
	answer_set(arg, why);
}

START_TEST(test_calls_without_an_answer)
{
	struct comm_create_topic_params p = { .topic = comm_bytes_of("t"),
					      .partitions = 1,
					      .replication = COMM_NONE };
	struct answer a[3] = { 0 };
	struct kafka_failure why;
	struct broker b;
	struct world w;

	broker_init(&b, "");
	broker_set_down(&b);
	world_init_real(&w, b.properties);
	world_run(&w, is_down, &w);
	ck_assert_int_eq(kafka_create_topic(w.client, &p, 500, answer_set, &a[0], &why), 0);
	ck_assert_int_eq(kafka_delete_topic(w.client, p.topic, 500, answer_set, &a[1], &why), 0);
	ck_assert_int_eq(kafka_list_topics(w.client, p.topic, 500, on_topics, &a[2], &why), 0);
	for (int i = 0; i < 3; i++) {
		answer_await(&w, &a[i]);
		ck_assert(a[i].has_failed);
		ck_assert_int_eq(a[i].why.code, COMM_EBROKER);
		ck_assert_ptr_nonnull(strstr(a[i].why.message, "Connection refused"));
	}
	world_fini(&w);
	broker_fini(&b);
}
END_TEST

START_TEST(test_too_many_calls_without_an_answer)
{
	enum { CALLS = 100 };
	struct comm_create_topic_params p = { .topic = comm_bytes_of("t"),
					      .partitions = 1,
					      .replication = COMM_NONE };
	struct answer a[CALLS] = { 0 };
	struct kafka_failure why;
	struct broker b;
	struct world w;
	int n = 0, error;

	broker_init(&b, "");
	broker_set_down(&b);
	world_init_real(&w, b.properties);
	do
		error = kafka_create_topic(w.client, &p, 500, answer_set, &a[n], &why);
	while (!error && ++n < CALLS);
	ck_assert_int_eq(n, 64);
	ck_assert_int_eq(error, COMM_EBUSY);
	ck_assert_ptr_nonnull(strstr(why.message, "try again later"));
	ck_assert_int_eq(kafka_delete_topic(w.client, p.topic, 500, answer_set, &a[n], &why),
			 COMM_EBUSY);
	for (int i = 0; i < n; i++)
		answer_await(&w, &a[i]);
	ck_assert_int_eq(kafka_create_topic(w.client, &p, 1, answer_set, &a[n], &why), 0);
	answer_await(&w, &a[n]);
	world_fini(&w);
	broker_fini(&b);
}
END_TEST

/* Brokers that are away hold up nobody who wants to leave. */
START_TEST(test_closing_without_brokers)
{
	enum { CALLS = 30 };
	struct comm_create_topic_params p = { .topic = comm_bytes_of("t"),
					      .partitions = 1,
					      .replication = COMM_NONE };
	struct comm_wire_record r = record_of("v");
	struct answer a[CALLS] = { 0 };
	struct kafka_failure why;
	struct sending s;
	struct broker b;
	struct world w;

	broker_init(&b, "");
	broker_set_down(&b);
	world_init_real(&w, b.properties);
	sending_start(&s, &w, "t", &r, 1);
	for (int i = 0; i < CALLS; i++)
		ck_assert_int_eq(
			i % 2 ? kafka_create_topic(w.client, &p, 3600000, answer_set, &a[i], &why)
			      : kafka_list_topics(w.client, p.topic, 3600000, on_topics, &a[i],
						  &why),
			0);
	world_close(&w, 0);
	world_fini(&w);
	ck_assert_int_eq(s.error, COMM_ESHUTDOWN);
	sending_fini(&s);
	/* What was asked for may have happened: only a question can be asked again. */
	for (int i = 0; i < CALLS; i++)
		ck_assert_int_eq(a[i].why.code, i % 2 ? COMM_EUNKNOWN_OUTCOME : COMM_ESHUTDOWN);
	broker_fini(&b);
}
END_TEST

/* librdkafka learns only when it opens the file that there is none. */
START_TEST(test_a_refused_profile_is_not_tried_again_at_once)
{
	char dir[64], path[80], properties[256];
	struct keeper *keeper = keeper_new(dir, sizeof dir);
	struct kafka_failure why, again;
	struct kafka_client *client;
	struct profile *p;
	struct world w;

	(void)snprintf(path, sizeof path, "%s/ca", dir);
	(void)snprintf(properties, sizeof properties,
		       "bootstrap.servers=127.0.0.1:1\nsecurity.protocol=ssl\nssl.ca.location=%s\n",
		       path);
	p = profile_of(properties);
	world_init_real(&w, "bootstrap.servers=127.0.0.1:1\n");
	ck_assert_int_eq(kafka_client_get(w.kafka, p, &client, &why), COMM_EBAD_PROFILE);
	ck_assert_ptr_nonnull(strstr(why.message, "test.conf"));
	/* Now it would work, and does when its time has passed. */
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(kafka_client_get(w.kafka, p, &client, &again), COMM_EBAD_PROFILE);
	ck_assert_str_eq(again.message, why.message);
	LIST_FIRST(&w.kafka->refusals)->since_ms -= 1000;
	ck_assert_int_eq(kafka_client_get(w.kafka, p, &client, &why), 0);
	ck_assert_ptr_null(LIST_FIRST(&w.kafka->refusals));
	keeper_free(keeper);
	world_fini(&w);
	profile_free(p);
}
END_TEST

TEST_MAIN("kafka_health", test_unused, test_down_and_up_again, test_a_send_waits_for_the_brokers,
	  test_calls_without_an_answer, test_too_many_calls_without_an_answer,
	  test_closing_without_brokers, test_a_refused_profile_is_not_tried_again_at_once)

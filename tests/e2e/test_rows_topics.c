/*
 * Topics, against a real Kafka: what can be asked, made and removed, and each way in which that
 * fails.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define NO_BROKER "bootstrap.servers=127.0.0.1:1\n"

static const struct comm_topic_info *find_topic(const struct comm_topics *all, const char *name)
{
	for (size_t i = 0; i < all->n_topics; i++)
		if (strcmp(all->topics[i].name, name) == 0)
			return &all->topics[i];
	return NULL;
}

START_TEST(topic_query)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("query");
	const struct comm_topic_info *info;
	struct comm_topics *all;
	char address[128];

	e2e_create(c, topic, 3);
	assert_ok(c, comm_list_topics(c, NULL, &all));
	info = find_topic(all, topic);
	ck_assert_ptr_nonnull(info);
	ck_assert_int_eq(info->error, 0);
	ck_assert_uint_eq(info->n_partitions, 3);
	ck_assert_uint_eq(all->n_brokers, 1);
	snprintf(address, sizeof address, "%s:%d", all->brokers[0].host, all->brokers[0].port);
	ck_assert_str_eq(address, dut_kafka(d));
	comm_topics_free(all);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* The row's TopicQueryFailed. Nobody answers: that is said within the time allowed. */
START_TEST(topic_query_failed_without_brokers)
{
	struct daemon_under_test *d = dut_start_files(NULL, NO_BROKER, NULL);
	const struct comm_options options = { .timeout_ms = E2E_SHORT_MS };
	struct comm *c = e2e_connect_path(dut_socket(d), &options);
	struct comm_topics *all = NULL;

	assert_silence(c, comm_list_topics(c, NULL, &all), "127.0.0.1:1");
	ck_assert_ptr_null(all);
	ck_assert(comm_is_retriable(COMM_EBROKER));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(list_topics)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("list");
	struct comm_topics *all;

	e2e_create(c, topic, 4);
	assert_ok(c, comm_list_topics(c, topic, &all));
	ck_assert_uint_eq(all->n_topics, 1);
	ck_assert_str_eq(all->topics[0].name, topic);
	ck_assert_uint_eq(all->topics[0].n_partitions, 4);
	for (int i = 0; i < 4; i++) {
		const struct comm_partition_info *p = &all->topics[0].partitions[i];

		ck_assert_int_eq(p->partition, i);
		ck_assert_int_eq(p->leader, all->brokers[0].id);
		ck_assert_uint_eq(p->n_replicas, 1);
		ck_assert_int_eq(p->replicas[0], all->brokers[0].id);
		ck_assert_uint_eq(p->n_isr, 1);
		ck_assert_int_eq(p->isr[0], all->brokers[0].id);
	}
	comm_topics_free(all);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* The brokers here create what a client asks about, if it asks in the wrong way. */
START_TEST(topic_query_failed_for_an_unknown_topic)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("unknown");
	struct comm_topics *all;

	assert_error(c, comm_list_topics(c, topic, &all), COMM_ETOPIC_QUERY,
		     "UNKNOWN_TOPIC_OR_PART");
	ck_assert_ptr_nonnull(strstr(comm_error_message(c), topic));
	ck_assert(!e2e_has_topic(c, topic));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(topic_create)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	const struct comm_setting settings[] = { { "retention.ms", "60000" },
						 { "cleanup.policy", "compact" } };
	_cleanup_free_ char *topic = e2e_topic("create");
	_cleanup_free_ char *defaults = e2e_topic("defaults");
	struct comm_topics *all;

	assert_ok(c, comm_create_topic(c, topic, 2, 1, settings, 2));
	assert_ok(c, comm_create_topic(c, defaults, 0, 0, NULL, 0));
	assert_ok(c, comm_list_topics(c, NULL, &all));
	ck_assert_uint_eq(find_topic(all, topic)->n_partitions, 2);
	/* num.partitions of the broker */
	ck_assert_uint_eq(find_topic(all, defaults)->n_partitions, 4);
	comm_topics_free(all);
	/* A compacted topic takes no records without keys: the setting has arrived. */
	assert_error(c, comm_send(c, topic, "a", 1, NULL, 0), COMM_ESEND, "INVALID_RECORD");
	assert_ok(c, comm_send(c, topic, "a", 1, "k", 1));
	e2e_delete(c, topic);
	e2e_delete(c, defaults);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(topic_create_failed_for_it_exists)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("exists");

	e2e_create(c, topic, 1);
	assert_error(c, comm_create_topic(c, topic, 1, 1, NULL, 0), COMM_ETOPIC_CREATE,
		     "TOPIC_ALREADY_EXISTS");
	ck_assert_ptr_nonnull(strstr(comm_error_message(c), topic));
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(topic_create_failed_for_its_name)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);

	assert_error(c, comm_create_topic(c, "no spaces, please", 1, 1, NULL, 0),
		     COMM_ETOPIC_CREATE, "TOPIC_EXCEPTION");
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(topic_create_failed_for_replication)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("replication");

	assert_error(c, comm_create_topic(c, topic, 1, 3, NULL, 0), COMM_ETOPIC_CREATE,
		     "INVALID_REPLICATION_FACTOR");
	ck_assert(!e2e_has_topic(c, topic));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(topic_create_failed_for_a_setting)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	const struct comm_setting setting = { "retention.mss", "1" };
	_cleanup_free_ char *topic = e2e_topic("setting");

	assert_error(c, comm_create_topic(c, topic, 1, 1, &setting, 1), COMM_ETOPIC_CREATE,
		     "retention.mss");
	ck_assert(!e2e_has_topic(c, topic));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* Deleted and created again, it is another topic, empty. */
START_TEST(topic_delete)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("delete");

	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 0, 10);
	e2e_delete(c, topic);
	ck_assert(!e2e_has_topic(c, topic));
	assert_error(c, comm_send(c, topic, "a", 1, NULL, 0), COMM_ETOPIC_UNAVAILABLE, topic);
	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 10, 10);
	e2e_expect_numbers(c, e2e_read(c, topic), 10, 10);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(topic_delete_failed)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("missing");

	assert_error(c, comm_delete_topic(c, topic), COMM_ETOPIC_DELETE, "UNKNOWN_TOPIC_OR_PART");
	ck_assert(!e2e_has_topic(c, topic));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

TEST_MAIN("rows: topics", topic_query, topic_query_failed_without_brokers, list_topics,
	  topic_query_failed_for_an_unknown_topic, topic_create, topic_create_failed_for_it_exists,
	  topic_create_failed_for_its_name, topic_create_failed_for_replication,
	  topic_create_failed_for_a_setting, topic_delete, topic_delete_failed)

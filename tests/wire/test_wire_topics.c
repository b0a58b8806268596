/*
 * Topics over the wire, against the embedded cluster.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

static struct comm_create_topic_params create(const char *name, int64_t n_partitions,
					      int64_t replication)
{
	return (struct comm_create_topic_params){ .topic = comm_bytes_of(name),
						  .partitions = n_partitions,
						  .replication = replication,
						  .timeout_ms = COMM_NONE };
}

START_TEST(a_created_topic_is_listed_with_partitions_and_leaders)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_create_topic_params params = create("orders", 3, 1);
	const struct comm_list_topics_params all = { .timeout_ms = COMM_NONE };
	struct comm_list_topics_result result;
	const struct comm_wire_partition *partitions;
	const struct comm_wire_topic *topic;
	struct wire_reply reply;

	wire_call(fd, 1, COMM_METHOD_CREATE_TOPIC, &params, &reply, NULL);
	wire_reply_fini(&reply);
	wire_call(fd, 2, COMM_METHOD_LIST_TOPICS, &all, &reply, &result);
	ck_assert_uint_eq(result.topics.n, 1);
	topic = result.topics.items;
	ck_assert(comm_bytes_is(topic->name, "orders"));
	ck_assert_uint_eq(topic->partitions.n, 3);
	partitions = topic->partitions.items;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(partitions[i].partition, i);
		ck_assert_int_ge(partitions[i].leader, 1);
		ck_assert_uint_eq(partitions[i].replicas.n, 1);
		ck_assert_uint_eq(partitions[i].isr.n, 1);
	}
	ck_assert_uint_eq(result.brokers.n, 1);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_cannot_be_created_is_refused_in_kafkas_words)
{
	static const struct {
		const char *name;
		int64_t n_partitions;
		int64_t replication;
		const char *part;
	} cases[] = {
		{ "there", 1, 1, "TOPIC_ALREADY_EXISTS" },
		{ "no spaces", 1, 1, "Kafka allows" },
		{ "..", 1, 1, "Kafka allows" },
		{ "", 1, 1, "Kafka allows" },
		{ "zero", 0, 1, "partitions" },
		{ "many", 1, 7, "INVALID_REPLICATION_FACTOR" },
	};
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_create_topic_params there = create("there", 1, 1);
	struct wire_reply reply;

	wire_call(fd, 1, COMM_METHOD_CREATE_TOPIC, &there, &reply, NULL);
	wire_reply_fini(&reply);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct comm_create_topic_params params =
			create(cases[i].name, cases[i].n_partitions, cases[i].replication);

		wire_request(fd, 2, COMM_METHOD_CREATE_TOPIC, &params);
		wire_expect_error(fd, 2, COMM_ETOPIC_CREATE, cases[i].part);
	}
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_deleted_topic_is_gone)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_create_topic_params params = create("brief", 1, 1);
	const struct comm_delete_topic_params brief = { .topic = comm_bytes_of("brief"),
							.timeout_ms = COMM_NONE };
	const struct comm_list_topics_params all = { .timeout_ms = COMM_NONE };
	struct comm_list_topics_result result;
	struct wire_reply reply;

	wire_call(fd, 1, COMM_METHOD_CREATE_TOPIC, &params, &reply, NULL);
	wire_reply_fini(&reply);
	wire_call(fd, 2, COMM_METHOD_DELETE_TOPIC, &brief, &reply, NULL);
	wire_reply_fini(&reply);
	wire_call(fd, 3, COMM_METHOD_LIST_TOPICS, &all, &reply, &result);
	ck_assert_uint_eq(result.topics.n, 0);
	wire_reply_fini(&reply);
	wire_request(fd, 4, COMM_METHOD_DELETE_TOPIC, &brief);
	wire_expect_error(fd, 4, COMM_ETOPIC_DELETE, "UNKNOWN_TOPIC_OR_PART");
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(listing_one_topic_that_does_not_exist_is_an_error_and_creates_nothing)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_list_topics_params one = { .topic = comm_bytes_of("nope"),
						     .timeout_ms = COMM_NONE };

	for (int i = 0; i < 2; i++) {
		wire_request(fd, 1, COMM_METHOD_LIST_TOPICS, &one);
		wire_expect_error(fd, 1, COMM_ETOPIC_QUERY, "UNKNOWN_TOPIC_OR_PART");
	}
	close(fd);
	dut_stop(d);
}
END_TEST

/* More values than a message may have: the client learns that instead of losing the connection. */
START_TEST(a_list_that_fits_into_no_message_is_refused)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_list_topics_params all = { .timeout_ms = COMM_NONE };
	const struct comm_list_topics_params one = { .topic = comm_bytes_of("t0"),
						     .timeout_ms = COMM_NONE };
	struct comm_list_topics_result result;
	struct wire_reply reply;

	for (int i = 0; i < COMM_OBJECTS_MAX / 7000 + 2; i++) {
		char name[16];
		struct comm_create_topic_params params = create(name, 1000, 1);

		(void)snprintf(name, sizeof name, "t%d", i);
		params.topic = comm_bytes_of(name);
		wire_call(fd, 1, COMM_METHOD_CREATE_TOPIC, &params, &reply, NULL);
		wire_reply_fini(&reply);
	}
	wire_request(fd, 2, COMM_METHOD_LIST_TOPICS, &all);
	wire_expect_error(fd, 2, COMM_ETOO_BIG, "the answer to list_topics");
	wire_call(fd, 3, COMM_METHOD_LIST_TOPICS, &one, &reply, &result);
	ck_assert_uint_eq(result.topics.n, 1);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire topics", a_list_that_fits_into_no_message_is_refused,
	  a_created_topic_is_listed_with_partitions_and_leaders,
	  what_cannot_be_created_is_refused_in_kafkas_words, a_deleted_topic_is_gone,
	  listing_one_topic_that_does_not_exist_is_an_error_and_creates_nothing)

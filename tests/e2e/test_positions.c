/*
 * Where a real Kafka's groups go on, and topics that match a pattern; over the wire.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

static int64_t subscribe(int fd, const char *group, const char *topic)
{
	const struct comm_subscribe_params params = { .group = comm_bytes_of(group),
						      .at = COMM_NONE,
						      .ack = comm_bytes_of("auto") };

	return wire_subscribe_with(fd, topic, params);
}

/* Receive @n records of @topic: the offsets from @first on. */
static void expect_offsets(int fd, int64_t subscription, const char *topic, int64_t first,
			   int64_t n)
{
	while (n > 0) {
		struct comm_receive_params params = wire_receive(subscription, n, 9000);
		struct comm_receive_result result;
		const struct comm_wire_received *records;
		const struct comm_wire_batch *batch;
		struct wire_reply reply;

		wire_call(fd, 2, COMM_METHOD_RECEIVE, &params, &reply, &result);
		ck_assert_uint_eq(result.topics.n, 1);
		batch = result.topics.items;
		ck_assert(comm_bytes_is(batch->topic, topic));
		records = batch->records.items;
		for (size_t i = 0; i < batch->records.n; i++)
			ck_assert_int_eq(records[i].offset, first++);
		n -= (int64_t)batch->records.n;
		wire_reply_fini(&reply);
	}
}

/* Seek, and see where that is. */
static void seek(int fd, int64_t subscription, const char *start, int64_t at, int64_t offset)
{
	const struct comm_seek_params params = { .subscription = subscription,
						 .start = comm_bytes_of(start),
						 .at = at,
						 .timeout_ms = COMM_NONE };
	const struct comm_wire_position *positions;
	struct comm_seek_result result;
	struct wire_reply reply;

	wire_call(fd, 3, COMM_METHOD_SEEK, &params, &reply, &result);
	ck_assert_uint_eq(result.positions.n, 1);
	positions = result.positions.items;
	ck_assert_int_eq(positions[0].offset, offset);
	wire_reply_fini(&reply);
}

/* Records whose times are the numbers from 1000 on. */
static void send_timed(int fd, const char *topic, int n)
{
	struct comm_wire_record records[100];
	const struct comm_send_params params = { .topic = comm_bytes_of(topic),
						 .records = { records, (size_t)n },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };
	struct wire_reply reply;

	for (int i = 0; i < n; i++)
		records[i] = (struct comm_wire_record){ .value = comm_bytes_of("x"),
							.partition = 0,
							.timestamp_ms = 1000 + i };
	wire_call(fd, 4, COMM_METHOD_SEND, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

START_TEST(a_group_goes_on_where_it_was_sought)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	char *topic = e2e_topic("sought");
	int fd = wire_connect(d);
	int64_t subscription;

	e2e_create(c, topic, 1);
	send_timed(fd, topic, 100);
	subscription = subscribe(fd, topic, topic);
	expect_offsets(fd, subscription, topic, 0, 100);
	seek(fd, subscription, "time", 1042, 42);
	expect_offsets(fd, subscription, topic, 42, 58);
	seek(fd, subscription, "tail", 10, 90);
	expect_offsets(fd, subscription, topic, 90, 5);
	seek(fd, subscription, "offset", 30, 30);
	close(fd);
	e2e_close(c);
	dut_stop(d);
	d = dut_start_kafka(NULL);
	fd = wire_connect(d);
	expect_offsets(fd, subscribe(fd, topic, topic), topic, 30, 70);
	close(fd);
	dut_stop(d);
	free(topic);
}
END_TEST

/* Receive until the topic is read to its end, which is told. */
static void expect_end(int fd, int64_t subscription, int64_t offset)
{
	struct comm_receive_params params = wire_receive(subscription, COMM_NONE, 9000);
	struct comm_receive_result result;
	const struct comm_wire_position *ends;
	struct wire_reply reply;
	size_t n_ends;

	params.ends = true;
	do {
		wire_call(fd, 5, COMM_METHOD_RECEIVE, &params, &reply, &result);
		n_ends = result.ends.n;
		ends = result.ends.items;
		ck_assert(n_ends || result.topics.n);
		if (n_ends)
			ck_assert_int_eq(ends[0].offset, offset);
		wire_reply_fini(&reply);
	} while (!n_ends);
}

static struct comm_wire_subscription status_of(int fd)
{
	struct comm_wire_subscription subscription;
	struct comm_status_result status;
	struct wire_reply reply;

	wire_call(fd, 6, COMM_METHOD_STATUS, NULL, &reply, &status);
	ck_assert_uint_eq(status.subscriptions.n, 1);
	subscription = *(const struct comm_wire_subscription *)status.subscriptions.items;
	wire_reply_fini(&reply);
	return subscription;
}

START_TEST(ends_lag_and_pauses)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	char *topic = e2e_topic("ends");
	int fd = wire_connect(d);
	struct comm_pause_params params = { .subscription = 0 };
	struct wire_reply reply;

	e2e_create(c, topic, 1);
	params.subscription = subscribe(fd, topic, topic);
	expect_end(fd, params.subscription, 0);
	send_timed(fd, topic, 100);
	expect_offsets(fd, params.subscription, topic, 0, 40);
	ck_assert_int_eq(status_of(fd).lag, 60);
	wire_call(fd, 7, COMM_METHOD_PAUSE, &params, &reply, NULL);
	wire_reply_fini(&reply);
	ck_assert_int_eq(status_of(fd).paused, 1);
	wire_call(fd, 8, COMM_METHOD_RESUME, &params, &reply, NULL);
	wire_reply_fini(&reply);
	expect_offsets(fd, params.subscription, topic, 40, 60);
	expect_end(fd, params.subscription, 100);
	ck_assert_int_eq(status_of(fd).lag, 0);
	close(fd);
	e2e_close(c);
	dut_stop(d);
	free(topic);
}
END_TEST

/* Created by another commd, as by any other program; and one that goes disturbs nobody. */
START_TEST(topics_come_and_go)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct daemon_under_test *other = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(other);
	char *stem = e2e_topic("stem");
	int fd = wire_connect(d), other_fd = wire_connect(other);
	char pattern[256], first[256], second[256];
	int64_t subscription;

	(void)snprintf(pattern, sizeof pattern, "^%s\\.[0-9]$", stem);
	(void)snprintf(first, sizeof first, "%s.1", stem);
	(void)snprintf(second, sizeof second, "%s.2", stem);
	subscription = subscribe(fd, stem, pattern);
	e2e_create(c, first, 1);
	send_timed(other_fd, first, 10);
	expect_offsets(fd, subscription, first, 0, 10);
	e2e_create(c, second, 1);
	send_timed(other_fd, second, 10);
	expect_offsets(fd, subscription, second, 0, 10);
	e2e_delete(c, first);
	send_timed(other_fd, second, 10);
	expect_offsets(fd, subscription, second, 10, 10);
	close(fd);
	close(other_fd);
	e2e_close(c);
	dut_stop(other);
	dut_stop(d);
	free(stem);
}
END_TEST

TEST_MAIN("e2e positions", a_group_goes_on_where_it_was_sought, ends_lag_and_pauses,
	  topics_come_and_go)

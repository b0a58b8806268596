/*
 * Clients that ask for too much, or read too little.
 */
#include "tests/lib/main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

START_TEST(a_client_that_never_reads_is_not_read_from_either)
{
	struct daemon_under_test *d = dut_start(NULL);
	int greedy = wire_connect(d);
	int other = wire_connect(d);
	const char ping[] = "\x94\x00\x05\xa4ping\x90";
	size_t n_written = 0;

	fcntl(greedy, F_SETFL, O_NONBLOCK);
	/* It writes on until the daemon stops reading and the socket is full. */
	while (wire_counter(other, "connections_paused") == 0) {
		ssize_t n = write(greedy, ping, sizeof ping - 1);

		if (n > 0)
			n_written += (size_t)n;
		ck_assert_uint_lt(n_written, 64 * 1024 * 1024);
	}
	wire_ping(other);
	ck_assert_uint_lt(dut_rss_kib(d), 512 * 1024);
	close(greedy);
	wire_ping(other);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(a_thousand_idle_connections_disturb_nobody)
{
	enum { N = 1000 };
	struct daemon_under_test *d = dut_start(NULL);
	int other = wire_connect(d);
	static int fds[N];

	for (int i = 0; i < N; i++)
		fds[i] = wire_connect(d);
	wire_ping(other);
	wire_await_counter(other, "connections", N + 1);
	for (int i = 0; i < N; i++)
		close(fds[i]);
	wire_await_counter(other, "connections", 1);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(connections_over_the_limit_are_closed_and_counted)
{
	struct daemon_under_test *d = dut_start_files("[limits]\nconnections = 3\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fds[3], fd;

	for (int i = 0; i < 3; i++) {
		fds[i] = wire_connect(d);
		wire_ping(fds[i]);
	}
	fd = wire_connect(d);
	wire_expect_closed(fd);
	close(fd);
	ck_assert_int_ge(wire_counter(fds[0], "connections_refused_total"), 1);
	close(fds[2]);
	wire_await_counter(fds[0], "connections", 2);
	fd = wire_connect(d);
	wire_ping(fd);
	close(fd);
	close(fds[0]);
	close(fds[1]);
	dut_stop(d);
}
END_TEST

START_TEST(a_message_that_does_not_become_whole_in_time_ends_its_connection)
{
	struct daemon_under_test *d = dut_start_files("[limits]\nidle-message-timeout-ms = 100\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	int slow = wire_connect(d);
	int slower = wire_connect(d);
	int idle = wire_connect(d);
	char peer[80];

	wire_write(slow, "\x94\x00\x05", 3);
	wire_write(slower, "\x94\x00", 2);
	wire_expect_error(slow, 5, COMM_EPROTOCOL, "did not become whole in 100 ms");
	wire_expect_closed(slow);
	wire_expect_closed(slower);
	wire_ping(idle);
	ck_assert_int_eq(wire_counter(idle, "connections_late_total"), 2);
	ck_assert_int_eq(wire_counter(idle, "connections_broken_total"), 0);
	snprintf(peer, sizeof peer, "(pid %d, uid %u) is disconnected: a message did not",
		 (int)getpid(), (unsigned int)getuid());
	dut_expect_logged(d, peer, 2);
	close(slow);
	close(slower);
	close(idle);
	dut_stop(d);
}
END_TEST

/* What does not fit into the producer waits, is counted, and is sent in the end. */
START_TEST(more_than_the_window_waits_and_arrives)
{
	enum { N = 200, RECORDS = 50 };
	static char value[1000];
	const char *const dev[] = { "--dev", NULL };
	struct daemon_under_test *d = dut_start_files(
		"[limits]\ninflight-records = 100\ninflight-bytes-per-connection = 64K\n",
		"bootstrap.servers=unused:1\n", dev);
	int fd = wire_connect(d);
	struct comm_wire_record records[RECORDS];
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { records, RECORDS },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };
	struct wire_reply reply;
	pid_t writer;

	for (int i = 0; i < RECORDS; i++)
		records[i] = (struct comm_wire_record){ .value = { value, sizeof value },
							.partition = 0,
							.timestamp_ms = COMM_NONE };
	wire_create_topic(fd, "t", 1);
	writer = fork();
	if (writer == 0) {
		for (uint64_t i = 0; i < N; i++)
			wire_request(fd, i, COMM_METHOD_SEND, &params);
		_exit(0);
	}
	for (int64_t i = 0; i < N; i++) {
		struct comm_send_result result;
		const struct comm_wire_outcome *run;

		wire_read(fd, &reply);
		wire_result(&reply, COMM_METHOD_SEND, &result);
		run = result.outcomes.items;
		ck_assert_uint_eq(result.outcomes.n, 1);
		ck_assert_int_eq(run->offset, (int64_t)reply.id * RECORDS);
		wire_reply_fini(&reply);
	}
	ck_assert_int_eq(wire_counter(fd, "waiting_bytes"), 0);
	ck_assert_int_eq(wire_counter(fd, "inflight_bytes"), 0);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Much more than all answers that may be asked for at once; the mock cluster keeps 5 MiB of each. */
enum { PARTITIONS = 20, PER_PARTITION = 45, VALUE_BYTES = 100 * 1024, RECEIVES = 8 };

static void fill_topic(int fd)
{
	static char value[VALUE_BYTES];
	struct comm_wire_record records[9];
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { records, ARRAY_SIZE(records) },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };
	struct wire_reply reply;

	for (int i = 0; i < PARTITIONS * PER_PARTITION; i += ARRAY_SIZE(records)) {
		for (size_t j = 0; j < ARRAY_SIZE(records); j++)
			records[j] = (struct comm_wire_record){ .value = { value, sizeof value },
								.partition = i / PER_PARTITION,
								.timestamp_ms = COMM_NONE };
		wire_call(fd, 74, COMM_METHOD_SEND, &params, &reply, NULL);
		wire_reply_fini(&reply);
	}
}

/* From the beginning; what is returned asks for as much as there is. */
static struct comm_receive_params subscribe(int fd)
{
	const struct comm_subscribe_params params = { .start = comm_bytes_of("earliest"),
						      .at = COMM_NONE,
						      .ack = comm_bytes_of("manual") };
	struct comm_receive_params ret =
		wire_receive(wire_subscribe_with(fd, "t", params), INT64_MAX, 60000);

	ret.max_bytes = INT64_MAX;
	return ret;
}

static void receive_all(int fd)
{
	const struct comm_receive_params params = subscribe(fd);

	for (size_t n = 0; n < PARTITIONS * PER_PARTITION;) {
		struct comm_receive_result result;
		struct wire_reply reply;

		wire_call(fd, 72, COMM_METHOD_RECEIVE, &params, &reply, &result);
		ck_assert_uint_gt(wire_n_records(&result), 0);
		n += wire_n_records(&result);
		wire_reply_fini(&reply);
	}
}

START_TEST(a_reader_that_never_reads_is_bounded)
{
	struct daemon_under_test *d;
	struct comm_receive_params params;
	struct comm_receive_result result;
	struct wire_reply reply;
	int reader, other;
	size_t rss_kib;

	dut_keep_nothing_freed();
	d = dut_start(NULL);
	reader = wire_connect(d);
	other = wire_connect(d);
	wire_create_topic(other, "t", PARTITIONS);
	fill_topic(other);
	rss_kib = dut_rss_kib(d);
	params = subscribe(reader);
	for (uint64_t i = 0; i < RECEIVES; i++)
		wire_request(reader, i, COMM_METHOD_RECEIVE, &params);
	while (wire_counter(other, "unread_bytes") <= 1024 * 1024)
		;
	/* Whatever else it asks is not even read. */
	wire_request(reader, RECEIVES, COMM_METHOD_PING, NULL);
	wire_await_counter(other, "connections_paused", 1);
	receive_all(other);
	/* One answer, and the mark that is only looked at before it. */
	ck_assert_int_lt(wire_counter(other, "unread_bytes"), 10 * 1024 * 1024);
	/* Besides, librdkafka has a queue of 4 MiB, and may be fetching 1 MiB of each partition. */
	ck_assert_uint_lt(dut_rss_kib(d), rss_kib + 64 * 1024);
	wire_read(reader, &reply);
	wire_result(&reply, COMM_METHOD_RECEIVE, &result);
	ck_assert_uint_gt(wire_n_records(&result), 0);
	wire_reply_fini(&reply);
	close(reader);
	close(other);
	dut_stop(d);
}
END_TEST

/* A record of one byte holds more than that, for its outcome. */
START_TEST(small_records_count_with_their_outcomes)
{
	static struct comm_wire_record records[COMM_RECORDS_MAX];
	struct daemon_under_test *d = dut_start_files("", "bootstrap.servers=127.0.0.1:1\n", NULL);
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { records, COMM_RECORDS_MAX },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };
	int fd = wire_connect(d), other = wire_connect(d);

	for (size_t i = 0; i < COMM_RECORDS_MAX; i++)
		records[i] = (struct comm_wire_record){ .partition = COMM_NONE,
							.timestamp_ms = COMM_NONE };
	wire_request(fd, 1, COMM_METHOD_SEND, &params);
	wire_ping(fd);
	ck_assert_int_ge(wire_counter(other, "inflight_bytes"), 25 * COMM_RECORDS_MAX);
	ck_assert_int_eq(wire_counter(other, "waiting_bytes"),
			 wire_counter(other, "inflight_bytes"));
	close(fd);
	wire_await_counter(other, "connections", 1);
	ck_assert_int_eq(wire_counter(other, "inflight_bytes"), 0);
	ck_assert_int_eq(wire_counter(other, "waiting_bytes"), 0);
	close(other);
	dut_stop(d);
}
END_TEST

/* Those that wait for the brokers count. */
START_TEST(consumers_over_the_limit_are_refused)
{
	struct daemon_under_test *d = dut_start_files("[limits]\nconsumers = 1\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	const struct comm_wire_topic_ref topic = { .topic = comm_bytes_of("t"),
						   .partition = COMM_NONE,
						   .offset = COMM_NONE };
	const struct comm_subscribe_params params = { .group = comm_bytes_of(NULL),
						      .topics = { &topic, 1 },
						      .start = comm_bytes_of("earliest"),
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };
	int fd = wire_connect(d);

	wire_request(fd, 1, COMM_METHOD_SUBSCRIBE, &params);
	wire_request(fd, 2, COMM_METHOD_SUBSCRIBE, &params);
	wire_expect_error(fd, 2, COMM_EBUSY, "1 Kafka consumers are open");
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire limits", a_client_that_never_reads_is_not_read_from_either,
	  a_thousand_idle_connections_disturb_nobody,
	  connections_over_the_limit_are_closed_and_counted,
	  a_message_that_does_not_become_whole_in_time_ends_its_connection,
	  more_than_the_window_waits_and_arrives, a_reader_that_never_reads_is_bounded,
	  small_records_count_with_their_outcomes, consumers_over_the_limit_are_refused)

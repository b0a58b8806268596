/*
 * Sending over the wire, against the embedded cluster.
 */
#include "tests/lib/main.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

#define BYTES(s) s, sizeof s - 1

static struct comm_wire_record record(const char *value)
{
	return (struct comm_wire_record){ .value = comm_bytes_of(value),
					  .partition = COMM_NONE,
					  .timestamp_ms = COMM_NONE };
}

static struct comm_send_params send_to(const char *topic, const struct comm_wire_record *records,
				       size_t n)
{
	return (struct comm_send_params){ .topic = comm_bytes_of(topic),
					  .records = { records, n },
					  .timeout_ms = COMM_NONE,
					  .written_ms = COMM_NONE };
}

START_TEST(records_of_one_partition_are_one_run)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_wire_record records[500];
	const struct comm_wire_outcome *runs;
	struct comm_send_params params = send_to("t", records, 500);
	struct comm_send_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 3);
	for (int i = 0; i < 500; i++) {
		records[i] = record("hello");
		records[i].partition = i < 200 ? 2 : 0;
	}
	wire_call(fd, 1, COMM_METHOD_SEND, &params, &reply, &result);
	runs = result.outcomes.items;
	ck_assert_uint_eq(result.outcomes.n, 2);
	ck_assert_int_eq(runs[0].count, 200);
	ck_assert_int_eq(runs[0].partition, 2);
	ck_assert_int_eq(runs[0].offset, 0);
	ck_assert_ptr_null(runs[0].error);
	ck_assert_int_eq(runs[1].count, 300);
	ck_assert_int_eq(runs[1].partition, 0);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(no_records_are_no_outcomes)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_send_params params = send_to("t", NULL, 0);
	struct comm_send_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	wire_call(fd, 1, COMM_METHOD_SEND, &params, &reply, &result);
	ck_assert_uint_eq(result.outcomes.n, 0);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(queued_is_answered_without_offsets)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_record records[] = { record("a"), record("b") };
	struct comm_send_params params = send_to("t", records, 2);
	const struct comm_wire_outcome *run;
	struct comm_send_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	params.ack = comm_bytes_of("queued");
	wire_call(fd, 1, COMM_METHOD_SEND, &params, &reply, &result);
	run = result.outcomes.items;
	ck_assert_uint_eq(result.outcomes.n, 1);
	ck_assert_int_eq(run->count, 2);
	ck_assert_int_eq(run->offset, COMM_NONE);
	ck_assert_ptr_null(run->error);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(an_unknown_topic_is_refused_and_not_created)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_record records[] = { record("a") };
	struct comm_send_params params = send_to("missing", records, 1);
	const struct comm_list_topics_params all = { .timeout_ms = COMM_NONE };
	struct comm_list_topics_result result;
	struct wire_reply reply;

	wire_request(fd, 1, COMM_METHOD_SEND, &params);
	wire_expect_error(fd, 1, COMM_ETOPIC_UNAVAILABLE, "UNKNOWN_TOPIC_OR_PART");
	wire_call(fd, 2, COMM_METHOD_LIST_TOPICS, &all, &reply, &result);
	ck_assert_uint_eq(result.topics.n, 0);
	wire_reply_fini(&reply);
	/* It helps at once to create it. */
	wire_create_topic(fd, "missing", 1);
	wire_call(fd, 3, COMM_METHOD_SEND, &params, &reply, NULL);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Send a record, and see that nothing came before it in its partition. */
static void expect_first(int fd, const struct comm_send_params *params)
{
	const struct comm_wire_outcome *run;
	struct comm_send_result result;
	struct wire_reply reply;

	wire_call(fd, 2, COMM_METHOD_SEND, params, &reply, &result);
	run = result.outcomes.items;
	ck_assert_int_eq(run->offset, 0);
	wire_reply_fini(&reply);
}

START_TEST(a_partition_beyond_the_topics_refuses_the_whole_batch)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_wire_record records[] = { record("a"), record("b") };
	struct comm_send_params params = send_to("t", records, 2);

	wire_create_topic(fd, "t", 2);
	records[1].partition = 2;
	wire_request(fd, 1, COMM_METHOD_SEND, &params);
	wire_expect_error(fd, 1, COMM_EBAD_VALUE, "records[1].partition");
	/* Neither was sent: the next record is the first of its partition. */
	records[0].partition = 0;
	params.records.n = 1;
	expect_first(fd, &params);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Two records, of which the second is none. */
START_TEST(a_value_that_is_not_bytes_refuses_the_whole_batch)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x92\xa4good\x05") },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x92\xa4good\xcb\x7f\xf8\0\0\0\0\0\0") },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x92\xa4good\xca\x7f\xc0\0\0") },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x92\xa4good\x91\xcb\x7f\xf8\0\0\0\0\0\0") },
	};
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_record good = record("good");
	struct comm_send_params params = send_to("t", &good, 1);
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		wire_write(fd, cases[i].bytes, cases[i].len);
		wire_read_id(fd, 1, &reply);
		ck_assert_int_eq(reply.code, COMM_EBAD_VALUE);
		ck_assert(comm_bytes_is(reply.error.detail, "records[1].value"));
		ck_assert_ptr_nonnull(memmem(reply.error.message.data, reply.error.message.len,
					     "records[1].value", strlen("records[1].value")));
		wire_reply_fini(&reply);
	}
	/* The good ones beside them were not sent either: the next record is the first. */
	expect_first(fd, &params);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_record_over_the_size_limit_says_which_limit)
{
	static char big[2 * 1024 * 1024];
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_wire_record records[] = { record("a"), record("b") };
	struct comm_send_params params = send_to("t", records, 2);

	wire_create_topic(fd, "t", 1);
	records[1].value = (struct comm_bytes){ big, sizeof big };
	wire_request(fd, 1, COMM_METHOD_SEND, &params);
	wire_expect_error(fd, 1, COMM_ETOO_BIG, "message.max.bytes");
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_message_over_the_limit_is_refused_before_it_is_read)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const char head[] = "\x94\x00\x09\xa4send\x92\xa1t\x91\xc6\x7f\xff\xff\xff";

	wire_write(fd, head, sizeof head - 1);
	wire_expect_error(fd, 9, COMM_ETOO_BIG,
			  "longer than 16777216 bytes, or a length or count in it says so; the "
			  "limit is message-max in [limits] of commd.conf");
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

/* A client that is in the middle of its write meets an error there, and still finds the answer. */
START_TEST(a_message_over_a_lowered_limit_is_answered_although_it_cannot_be_written)
{
	static char big[2 * 1024 * 1024];
	struct daemon_under_test *d = dut_start_files("[limits]\nmessage-max=1M\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	const char head[] = "\x94\x00\x09\xa4send\x92\xa1t\x91\xc6\x00\x20\x00\x00";
	int fd = wire_connect(d);
	int other = wire_connect(d);
	ssize_t n = 0;

	wire_write(fd, head, sizeof head - 1);
	for (size_t done = 0; n >= 0 && done < sizeof big; done += (size_t)n)
		n = send(fd, big, sizeof big - done, MSG_NOSIGNAL);
	ck_assert_int_lt(n, 0);
	wire_expect_error(fd, 9, COMM_ETOO_BIG, "longer than 1048576 bytes");
	wire_expect_closed(fd);
	close(fd);
	wire_ping(other);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(requests_of_one_connection_keep_their_order)
{
	enum { N = 2000 };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_record records[] = { record("a") };
	struct comm_send_params params = send_to("t", records, 1);
	int64_t offsets[N];

	wire_create_topic(fd, "t", 1);
	for (uint64_t i = 0; i < N; i++)
		wire_request(fd, i, COMM_METHOD_SEND, &params);
	for (int i = 0; i < N; i++) {
		struct comm_send_result result;
		const struct comm_wire_outcome *run;
		struct wire_reply reply;

		wire_read(fd, &reply);
		wire_result(&reply, COMM_METHOD_SEND, &result);
		run = result.outcomes.items;
		offsets[reply.id] = run->offset;
		wire_reply_fini(&reply);
	}
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(offsets[i], i);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Its sender has been told that nobody knows, or is about to be. */
START_TEST(what_was_read_too_late_is_not_sent)
{
	const struct comm_wire_record records[] = { record("x") };
	struct comm_send_params params = send_to("t", records, 1);
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	/* In time, and on the clock of somebody else. */
	const int64_t written_ms[] = { wire_now_ms() - 100, wire_now_ms() + 60000 };

	wire_create_topic(fd, "t", 1);
	params.timeout_ms = 20000;
	params.written_ms = wire_now_ms() - 20100;
	wire_request(fd, 1, COMM_METHOD_SEND, &params);
	wire_expect_error(fd, 1, COMM_EBUSY, "in the time allowed");
	for (size_t i = 0; i < ARRAY_SIZE(written_ms); i++) {
		const struct comm_wire_outcome *runs;
		struct comm_send_result result;
		struct wire_reply reply;

		params.written_ms = written_ms[i];
		wire_call(fd, 2, COMM_METHOD_SEND, &params, &reply, &result);
		runs = result.outcomes.items;
		ck_assert_ptr_null(runs[0].error);
		ck_assert_int_eq(runs[0].offset, (int64_t)i);
		wire_reply_fini(&reply);
	}
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(no_broker_is_an_answer_at_the_deadline_and_ping_goes_on)
{
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d);
	const struct comm_wire_record records[] = { record("a") };
	struct comm_send_params params = send_to("t", records, 1);
	const struct comm_list_topics_params all = { .timeout_ms = 300 };
	struct wire_reply reply;

	params.timeout_ms = 300;
	wire_request(fd, 1, COMM_METHOD_SEND, &params);
	wire_request(fd, 2, COMM_METHOD_LIST_TOPICS, &all);
	wire_ping(fd);
	for (int i = 0; i < 2; i++) {
		wire_read(fd, &reply);
		ck_assert_int_eq(reply.code, COMM_EBROKER);
		ck_assert(reply.error.retriable);
		wire_reply_fini(&reply);
	}
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_bad_profile_is_named_with_file_and_line)
{
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=127.0.0.1:1\nlinger.mss=5\n", NULL);
	int fd = wire_connect(d);
	const struct comm_wire_record records[] = { record("a") };
	struct comm_send_params params = send_to("t", records, 1);
	struct wire_reply reply;

	wire_request(fd, 1, COMM_METHOD_SEND, &params);
	wire_read_id(fd, 1, &reply);
	ck_assert_int_eq(reply.code, COMM_EBAD_PROFILE);
	ck_assert_ptr_nonnull(memmem(reply.error.message.data, reply.error.message.len,
				     "default.conf:2", strlen("default.conf:2")));
	ck_assert_ptr_nonnull(memmem(reply.error.message.data, reply.error.message.len,
				     "linger.mss", strlen("linger.mss")));
	wire_reply_fini(&reply);
	wire_ping(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire send", records_of_one_partition_are_one_run, no_records_are_no_outcomes,
	  queued_is_answered_without_offsets, an_unknown_topic_is_refused_and_not_created,
	  a_partition_beyond_the_topics_refuses_the_whole_batch,
	  a_value_that_is_not_bytes_refuses_the_whole_batch,
	  a_record_over_the_size_limit_says_which_limit,
	  a_message_over_the_limit_is_refused_before_it_is_read,
	  a_message_over_a_lowered_limit_is_answered_although_it_cannot_be_written,
	  requests_of_one_connection_keep_their_order, what_was_read_too_late_is_not_sent,
	  no_broker_is_an_answer_at_the_deadline_and_ping_goes_on,
	  a_bad_profile_is_named_with_file_and_line)

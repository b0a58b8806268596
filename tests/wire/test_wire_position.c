/*
 * Going on elsewhere, pausing, and ends, over the wire; against the embedded cluster.
 */
#include "tests/lib/main.h"

#include <string.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

static int64_t first_offset(const struct comm_receive_result *result)
{
	const struct comm_wire_batch *batch = result->topics.items;
	const struct comm_wire_received *records = batch->records.items;

	return records[0].offset;
}

/* Receive to the end. Returns how many records came. */
static size_t read_to_end(int fd, int64_t subscription)
{
	struct comm_receive_params params = wire_receive(subscription, COMM_NONE, 9000);
	struct comm_receive_result result;
	struct wire_reply reply;
	size_t n = 0;

	params.until_end = true;
	do {
		wire_call(fd, 1003, COMM_METHOD_RECEIVE, &params, &reply, &result);
		n += wire_n_records(&result);
		wire_reply_fini(&reply);
	} while (!result.at_end);
	return n;
}

static struct comm_seek_params seek(int64_t subscription, const char *start, int64_t at)
{
	return (struct comm_seek_params){ .subscription = subscription,
					  .start = comm_bytes_of(start),
					  .at = at,
					  .timeout_ms = COMM_NONE };
}

START_TEST(a_waiting_receive_gets_what_a_seek_finds)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_position *positions;
	struct comm_receive_params params;
	struct comm_receive_result result;
	struct comm_seek_params where;
	struct comm_seek_result begins;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 100);
	params = wire_receive(wire_subscribe(fd, NULL, "t", "earliest"), COMM_NONE, 9000);
	ck_assert_uint_eq(read_to_end(fd, params.subscription), 100);
	wire_request(fd, 1, COMM_METHOD_RECEIVE, &params);
	where = seek(params.subscription, "tail", 10);
	wire_call(fd, 2, COMM_METHOD_SEEK, &where, &reply, &begins);
	ck_assert_uint_eq(begins.positions.n, 1);
	positions = begins.positions.items;
	ck_assert(comm_bytes_is(positions[0].topic, "t"));
	ck_assert_int_eq(positions[0].partition, 0);
	ck_assert_int_eq(positions[0].offset, 90);
	wire_reply_fini(&reply);
	wire_read_id(fd, 1, &reply);
	wire_result(&reply, COMM_METHOD_RECEIVE, &result);
	ck_assert_int_eq(first_offset(&result), 90);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_a_seek_refuses)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_topic_ref ref = { .topic = comm_bytes_of("t"),
						 .partition = 7,
						 .offset = COMM_NONE };
	struct comm_seek_params where;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 3);
	where = seek(wire_subscribe(fd, NULL, "t", "earliest"), "offset", 4);
	wire_request(fd, 1, COMM_METHOD_SEEK, &where);
	wire_expect_error(fd, 1, COMM_EBAD_VALUE, "no offset 4");
	where.start = comm_bytes_of("beginning");
	wire_request(fd, 2, COMM_METHOD_SEEK, &where);
	wire_expect_error(fd, 2, COMM_EBAD_VALUE, "earliest");
	where.start = comm_bytes_of("latest");
	where.topics = (struct comm_list){ &ref, 1 };
	wire_request(fd, 3, COMM_METHOD_SEEK, &where);
	wire_expect_error(fd, 3, COMM_ESTALE, "topic t, partition 7");
	where.subscription++;
	wire_request(fd, 4, COMM_METHOD_SEEK, &where);
	wire_expect_error(fd, 4, COMM_ENO_SUBSCRIPTION, NULL);
	close(fd);
	dut_stop(d);
}
END_TEST

static void call_plain(int fd, enum comm_method_id method, int64_t subscription)
{
	const struct comm_pause_params params = { .subscription = subscription };
	struct wire_reply reply;

	wire_call(fd, 10, method, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

/* Its numbers; the strings are gone. */
static struct comm_wire_subscription only_subscription(int fd)
{
	const struct comm_wire_subscription *subscriptions;
	struct comm_wire_subscription first;
	struct comm_status_result status;
	struct wire_reply reply;

	wire_call(fd, 11, COMM_METHOD_STATUS, NULL, &reply, &status);
	ck_assert_uint_eq(status.subscriptions.n, 1);
	subscriptions = status.subscriptions.items;
	first = subscriptions[0];
	wire_reply_fini(&reply);
	return first;
}

static int64_t n_paused(int fd)
{
	return only_subscription(fd).paused;
}

/* Returns once it is idle for longer than @than_ms. */
static void await_idle(int fd, int64_t than_ms)
{
	int64_t idle_ms;

	do {
		idle_ms = only_subscription(fd).idle_ms;
		ck_assert_int_ne(idle_ms, COMM_NONE);
	} while (idle_ms <= than_ms);
}

/* Who has stopped to ask is told from who waits. */
START_TEST(status_tells_how_long_nobody_has_asked)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	params = wire_receive(wire_subscribe(fd, NULL, "t", "earliest"), COMM_NONE, 9000);
	await_idle(fd, 20);
	wire_request(fd, 1, COMM_METHOD_RECEIVE, &params);
	ck_assert_int_eq(only_subscription(fd).idle_ms, COMM_NONE);
	wire_send_numbers(fd, "t", 0, 1);
	wire_read_id(fd, 1, &reply);
	wire_reply_fini(&reply);
	await_idle(fd, 20);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_is_paused_is_read_when_it_is_resumed)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_topic_ref ref = { .topic = comm_bytes_of("u"),
						 .partition = COMM_NONE,
						 .offset = COMM_NONE };
	struct comm_pause_params alien = { .topics = { &ref, 1 } };
	struct comm_receive_params params;
	struct comm_receive_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 2);
	params = wire_receive(wire_subscribe(fd, NULL, "t", "earliest"), COMM_NONE, 9000);
	call_plain(fd, COMM_METHOD_PAUSE, params.subscription);
	ck_assert_int_eq(n_paused(fd), 2);
	wire_send_numbers(fd, "t", 0, 5);
	ck_assert_uint_eq(read_to_end(fd, params.subscription), 0);
	wire_request(fd, 1, COMM_METHOD_RECEIVE, &params);
	call_plain(fd, COMM_METHOD_RESUME, params.subscription);
	wire_read_id(fd, 1, &reply);
	wire_result(&reply, COMM_METHOD_RECEIVE, &result);
	ck_assert_int_eq(first_offset(&result), 0);
	wire_reply_fini(&reply);
	ck_assert_int_eq(n_paused(fd), 0);
	alien.subscription = params.subscription;
	wire_request(fd, 2, COMM_METHOD_PAUSE, &alien);
	wire_expect_error(fd, 2, COMM_ESTALE, "topic u");
	close(fd);
	dut_stop(d);
}
END_TEST

/* Receive with ends until partition 0 has come to its end, which is told with its position. */
static size_t read_to_told_end(int fd, int64_t subscription, int64_t offset)
{
	struct comm_receive_params params = wire_receive(subscription, COMM_NONE, 9000);
	struct comm_receive_result result;
	const struct comm_wire_position *ends;
	struct wire_reply reply;
	size_t n = 0, n_ends;

	params.ends = true;
	do {
		wire_call(fd, 12, COMM_METHOD_RECEIVE, &params, &reply, &result);
		n += wire_n_records(&result);
		n_ends = result.ends.n;
		ends = result.ends.items;
		if (n_ends) {
			ck_assert(comm_bytes_is(ends[0].topic, "t"));
			ck_assert_int_eq(ends[0].partition, 0);
			ck_assert_int_eq(ends[0].offset, offset);
		} else {
			ck_assert_uint_gt(wire_n_records(&result), 0);
		}
		wire_reply_fini(&reply);
	} while (!n_ends);
	return n;
}

START_TEST(ends_are_answers)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;
	struct comm_receive_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	params = wire_receive(wire_subscribe(fd, NULL, "t", "earliest"), COMM_NONE, 9000);
	ck_assert_uint_eq(read_to_told_end(fd, params.subscription, 0), 0);
	wire_send_numbers(fd, "t", 0, 5);
	ck_assert_uint_eq(read_to_told_end(fd, params.subscription, 5), 5);
	/* Once; and nothing of them for who does not ask. */
	params.ends = true;
	params.timeout_ms = 50;
	wire_call(fd, 1, COMM_METHOD_RECEIVE, &params, &reply, &result);
	ck_assert_uint_eq(result.ends.n, 0);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

static void refuse_pattern(int fd, const char *group, const char *pattern, const char *part)
{
	const struct comm_wire_topic_ref ref = { .topic = comm_bytes_of(pattern),
						 .partition = COMM_NONE,
						 .offset = COMM_NONE };
	const struct comm_subscribe_params params = { .group = comm_bytes_of(group),
						      .topics = { &ref, 1 },
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };

	wire_request(fd, 13, COMM_METHOD_SUBSCRIBE, &params);
	wire_expect_error(fd, 13, COMM_EBAD_VALUE, part);
}

START_TEST(patterns_are_refused_at_once)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	refuse_pattern(fd, NULL, "^t", "need a group");
	refuse_pattern(fd, "g", "^(t", "\"^(t\" is no pattern");
	refuse_pattern(fd, "g", "^((t{99}){99}){99}", "too many characters");
	close(fd);
	dut_stop(d);
}
END_TEST

static void notify(int fd, enum comm_method_id method, const void *params)
{
	struct comm_buf out;

	comm_buf_init(&out);
	ck_assert_int_eq(comm_encode_notification(&out, &comm_methods[method], params), 0);
	wire_write(fd, comm_buf_bytes(&out), out.len);
	comm_buf_fini(&out);
}

/* Nobody has its records: the next receive must not acknowledge them. */
START_TEST(a_receive_that_wants_no_answer_takes_nothing)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;
	int64_t subscription;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 100);
	subscription = wire_subscribe(fd, NULL, "t", "earliest");
	params = wire_receive(subscription, 10, 9000);
	wire_request_receive(fd, 1, subscription, 1, 9000);
	wire_expect_ok(fd, 1);
	notify(fd, COMM_METHOD_RECEIVE, &params);
	wire_expect_numbers(fd, subscription, 1, 99);
	ck_assert_int_eq(wire_counter(fd, "errors_total"), 1);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Its partitions would be nobody's. */
START_TEST(a_subscribe_that_wants_no_answer_takes_nothing)
{
	const struct comm_wire_topic_ref ref = { comm_bytes_of("t"), COMM_NONE, COMM_NONE };
	const struct comm_subscribe_params params = { .topics = { &ref, 1 },
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	wire_create_topic(fd, "t", 1);
	notify(fd, COMM_METHOD_SUBSCRIBE, &params);
	ck_assert_int_eq(wire_subscribe(fd, NULL, "t", NULL), 1);
	ck_assert_int_eq(wire_counter(fd, "errors_total"), 1);
	ck_assert_int_eq(wire_counter(fd, "subscriptions"), 1);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire position", a_waiting_receive_gets_what_a_seek_finds, what_a_seek_refuses,
	  what_is_paused_is_read_when_it_is_resumed, status_tells_how_long_nobody_has_asked,
	  ends_are_answers, patterns_are_refused_at_once,
	  a_receive_that_wants_no_answer_takes_nothing,
	  a_subscribe_that_wants_no_answer_takes_nothing)

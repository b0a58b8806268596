/*
 * Receiving over the wire, against the embedded cluster. Groups take seconds to form there, so
 * that most of this reads without one.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

START_TEST(a_tail_begins_where_it_is_told)
{
	const struct comm_subscribe_params offset = { .start = comm_bytes_of("offset"), .at = 40 };
	const struct comm_subscribe_params tail = { .start = comm_bytes_of("tail"), .at = 10 };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 100);
	wire_expect_numbers(fd, wire_subscribe(fd, NULL, "t", "earliest"), 0, 100);
	wire_expect_numbers(fd, wire_subscribe_with(fd, "t", offset), 40, 60);
	wire_expect_numbers(fd, wire_subscribe_with(fd, "t", tail), 90, 10);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(latest_is_the_end_at_the_time_of_the_answer)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	int64_t subscription;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 100);
	subscription = wire_subscribe(fd, NULL, "t", NULL);
	wire_send_numbers(fd, "t", 100, 50);
	wire_expect_numbers(fd, subscription, 100, 50);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(the_answer_says_where_a_tail_begins)
{
	const struct comm_wire_topic_ref refs[] = {
		{ comm_bytes_of("t"), 1, 0 },
		{ comm_bytes_of("t"), COMM_NONE, COMM_NONE },
	};
	const struct comm_subscribe_params params = { .topics = { refs, 2 },
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_position *positions;
	struct comm_subscribe_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 2);
	wire_send_numbers(fd, "t", 0, 5);
	wire_call(fd, 1, COMM_METHOD_SUBSCRIBE, &params, &reply, &result);
	ck_assert_uint_eq(result.positions.n, 2);
	positions = result.positions.items;
	for (size_t i = 0; i < 2; i++) {
		ck_assert(comm_bytes_is(positions[i].topic, "t"));
		ck_assert_int_eq(positions[i].offset, positions[i].partition == 0 ? 5 : 0);
	}
	ck_assert_int_eq(positions[0].partition + positions[1].partition, 1);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Receive one record, which has offset @offset. */
static const struct comm_wire_received *receive_one(int fd, int64_t subscription, int64_t offset,
						    struct wire_reply *ret)
{
	const struct comm_receive_params params = wire_receive(subscription, 1, 9000);
	struct comm_receive_result result;
	const struct comm_wire_received *got;
	const struct comm_wire_batch *batch;

	wire_call(fd, 2, COMM_METHOD_RECEIVE, &params, ret, &result);
	ck_assert_uint_eq(result.topics.n, 1);
	batch = result.topics.items;
	ck_assert(comm_bytes_is(batch->topic, "t"));
	ck_assert_uint_eq(batch->records.n, 1);
	got = batch->records.items;
	ck_assert_int_eq(got->offset, offset);
	return got;
}

START_TEST(a_record_arrives_with_all_that_was_sent)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const struct comm_wire_header headers[] = {
		{ comm_bytes_of("h"), { "\0\n", 2 } },
		{ comm_bytes_of("h"), { NULL, 0 } },
	};
	const struct comm_wire_record records[] = {
		{ .value = { "a\0b\n", 4 },
		  .key = { "k\0", 2 },
		  .headers = { headers, 2 },
		  .partition = 2,
		  .timestamp_ms = 1234567890123 },
		{ .key = comm_bytes_of(""), .partition = 2, .timestamp_ms = COMM_NONE },
		{ .value = comm_bytes_of(""), .partition = 2, .timestamp_ms = COMM_NONE },
	};
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { records, 3 },
						 .timeout_ms = COMM_NONE };
	const struct comm_wire_received *got;
	const struct comm_wire_header *h;
	struct wire_reply reply;
	int64_t subscription;

	wire_create_topic(fd, "t", 3);
	wire_call(fd, 1, COMM_METHOD_SEND, &params, &reply, NULL);
	wire_reply_fini(&reply);
	subscription = wire_subscribe(fd, NULL, "t", "earliest");
	got = receive_one(fd, subscription, 0, &reply);
	ck_assert_int_eq(got->partition, 2);
	ck_assert_int_eq(got->timestamp_ms, 1234567890123);
	ck_assert_uint_eq(got->value.len, 4);
	ck_assert_mem_eq(got->value.data, "a\0b\n", 4);
	ck_assert_uint_eq(got->key.len, 2);
	ck_assert_uint_eq(got->headers.n, 2);
	h = got->headers.items;
	ck_assert(comm_bytes_is(h[0].name, "h"));
	ck_assert_mem_eq(h[0].value.data, "\0\n", 2);
	ck_assert_ptr_null(h[1].value.data);
	wire_reply_fini(&reply);
	got = receive_one(fd, subscription, 1, &reply);
	ck_assert_ptr_null(got->value.data);
	ck_assert_ptr_nonnull(got->key.data);
	ck_assert_uint_eq(got->key.len, 0);
	wire_reply_fini(&reply);
	got = receive_one(fd, subscription, 2, &reply);
	ck_assert_ptr_nonnull(got->value.data);
	ck_assert_uint_eq(got->value.len, 0);
	ck_assert_ptr_null(got->key.data);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_waiting_receive_delays_nothing_and_ends_with_the_first_record)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;
	struct comm_receive_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	params = wire_receive(wire_subscribe(fd, NULL, "t", NULL), COMM_NONE, 9000);
	wire_request(fd, 5, COMM_METHOD_RECEIVE, &params);
	wire_ping(fd);
	wire_send_numbers(fd, "t", 0, 1);
	wire_read_id(fd, 5, &reply);
	wire_result(&reply, COMM_METHOD_RECEIVE, &result);
	ck_assert_uint_eq(result.topics.n, 1);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(nothing_is_an_empty_answer_when_the_time_has_passed)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;
	struct comm_receive_result result;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	params = wire_receive(wire_subscribe(fd, NULL, "t", NULL), COMM_NONE, 50);
	wire_call(fd, 1, COMM_METHOD_RECEIVE, &params, &reply, &result);
	ck_assert_uint_eq(result.topics.n, 0);
	wire_reply_fini(&reply);
	params.timeout_ms = 9000;
	params.until_end = true;
	wire_call(fd, 1, COMM_METHOD_RECEIVE, &params, &reply, &result);
	ck_assert_uint_eq(result.topics.n, 0);
	ck_assert(result.at_end);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(budgets_hold_and_one_record_always_fits)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;
	struct comm_receive_result result;
	const struct comm_wire_batch *batch;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 100, 100);
	params = wire_receive(wire_subscribe(fd, NULL, "t", "earliest"), 7, 9000);
	wire_call(fd, 1, COMM_METHOD_RECEIVE, &params, &reply, &result);
	batch = result.topics.items;
	ck_assert_uint_le(batch->records.n, 7);
	wire_reply_fini(&reply);
	params.max_bytes = 1;
	wire_call(fd, 1, COMM_METHOD_RECEIVE, &params, &reply, &result);
	batch = result.topics.items;
	ck_assert_uint_eq(batch->records.n, 1);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_second_receive_of_an_automatic_subscription_is_refused)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;

	wire_create_topic(fd, "t", 1);
	params = wire_receive(wire_subscribe(fd, NULL, "t", NULL), COMM_NONE, 9000);
	wire_request(fd, 1, COMM_METHOD_RECEIVE, &params);
	wire_request(fd, 2, COMM_METHOD_RECEIVE, &params);
	wire_expect_error(fd, 2, COMM_EBUSY, "ack=manual");
	close(fd);
	dut_stop(d);
}
END_TEST

/* It would acknowledge records that the client has not seen yet. */
START_TEST(a_receive_behind_one_that_is_not_answered_yet_is_refused)
{
	const struct comm_method *m = &comm_methods[COMM_METHOD_RECEIVE];
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_receive_params params;
	struct wire_reply reply;
	struct comm_buf both;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 100);
	params = wire_receive(wire_subscribe(fd, NULL, "t", "earliest"), 7, 9000);
	wire_call(fd, 1, COMM_METHOD_RECEIVE, &params, &reply, NULL);
	wire_reply_fini(&reply);
	comm_buf_init(&both);
	ck_assert_int_eq(comm_encode_request(&both, 2, m, &params), 0);
	ck_assert_int_eq(comm_encode_request(&both, 3, m, &params), 0);
	wire_write(fd, comm_buf_bytes(&both), both.len);
	comm_buf_fini(&both);
	/* If the records are not there yet, the refusal is the first answer. */
	for (int i = 0; i < 2; i++) {
		wire_read(fd, &reply);
		ck_assert_int_eq(reply.code, reply.id == 3 ? COMM_EBUSY : COMM_OK);
		wire_reply_fini(&reply);
	}
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(unsubscribe_answers_the_receive_that_waits)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_unsubscribe_params end;
	struct comm_receive_params params;

	wire_create_topic(fd, "t", 1);
	end.subscription = wire_subscribe(fd, NULL, "t", NULL);
	params = wire_receive(end.subscription, COMM_NONE, 9000);
	wire_request(fd, 1, COMM_METHOD_RECEIVE, &params);
	wire_request(fd, 2, COMM_METHOD_UNSUBSCRIBE, &end);
	wire_expect_error(fd, 1, COMM_ENO_SUBSCRIPTION, NULL);
	wire_expect_ok(fd, 2);
	wire_request(fd, 3, COMM_METHOD_RECEIVE, &params);
	wire_expect_error(fd, 3, COMM_ENO_SUBSCRIPTION, NULL);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_topic_that_does_not_exist_is_refused_at_once)
{
	const struct comm_wire_topic_ref ref = { .topic = comm_bytes_of("nope"),
						 .partition = COMM_NONE,
						 .offset = COMM_NONE };
	struct comm_subscribe_params params = { .topics = { &ref, 1 },
						.at = COMM_NONE,
						.timeout_ms = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	wire_request(fd, 1, COMM_METHOD_SUBSCRIBE, &params);
	wire_expect_error(fd, 1, COMM_ETOPIC_UNAVAILABLE, "UNKNOWN_TOPIC_OR_PART");
	params.group = comm_bytes_of("g");
	wire_request(fd, 1, COMM_METHOD_SUBSCRIBE, &params);
	wire_expect_error(fd, 1, COMM_ETOPIC_UNAVAILABLE, "UNKNOWN_TOPIC_OR_PART");
	close(fd);
	dut_stop(d);
}
END_TEST

/* One group join on the mock: the record that a vanished client has not acknowledged comes again,
 * the one it has does not. */
START_TEST(unacknowledged_records_of_a_vanished_client_come_again)
{
	const struct comm_subscribe_params member = { .group = comm_bytes_of("g"),
						      .at = COMM_NONE,
						      .ack = comm_bytes_of("manual") };
	struct daemon_under_test *d = dut_start(NULL);
	int first = wire_connect(d);
	int second = wire_connect(d);
	struct comm_wire_position position = { .topic = comm_bytes_of("t"),
					       .partition = 0,
					       .offset = 30 };
	struct comm_ack_params ack = { .positions = { &position, 1 } };
	struct comm_ack_result result;
	struct wire_reply reply;

	wire_create_topic(first, "t", 1);
	wire_send_numbers(first, "t", 0, 100);
	ack.subscription = wire_subscribe_with(first, "t", member);
	wire_expect_numbers(first, ack.subscription, 0, 100);
	wire_call(first, 1, COMM_METHOD_ACK, &ack, &reply, &result);
	ck_assert_uint_eq(result.stored.n, 1);
	ck_assert_uint_eq(result.refused.n, 0);
	wire_reply_fini(&reply);
	close(first);
	wire_expect_numbers(second, wire_subscribe_with(second, "t", member), 30, 70);
	close(second);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire subscribe", a_tail_begins_where_it_is_told,
	  latest_is_the_end_at_the_time_of_the_answer, the_answer_says_where_a_tail_begins,
	  a_record_arrives_with_all_that_was_sent,
	  a_waiting_receive_delays_nothing_and_ends_with_the_first_record,
	  nothing_is_an_empty_answer_when_the_time_has_passed,
	  budgets_hold_and_one_record_always_fits,
	  a_second_receive_of_an_automatic_subscription_is_refused,
	  a_receive_behind_one_that_is_not_answered_yet_is_refused,
	  unsubscribe_answers_the_receive_that_waits,
	  a_topic_that_does_not_exist_is_refused_at_once,
	  unacknowledged_records_of_a_vanished_client_come_again)

/*
 * An operator looks on while others send.
 */
#include "tests/lib/main.h"

#include <string.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

#define PRODUCE_API 0

/* More than there may be at once. */
enum { N_TRACES = 4 };

static void request_trace(int fd, const char *topic, int64_t timeout_ms, int64_t max_sends)
{
	const struct comm_trace_params params = { comm_bytes_of(topic), timeout_ms, max_sends, 8 };

	wire_request(fd, 2, COMM_METHOD_TRACE, &params);
}

/* Returns when the trace is under way: its time must be long. */
static void trace(int fd, int other, const char *topic, int64_t timeout_ms, int64_t max_sends)
{
	int64_t n = wire_counter(other, "traces");

	request_trace(fd, topic, timeout_ms, max_sends);
	wire_await_counter(other, "traces", n + 1);
}

static void end_trace(int fd, struct wire_reply *reply, struct comm_trace_result *ret)
{
	wire_read_id(fd, 2, reply);
	wire_result(reply, COMM_METHOD_TRACE, ret);
}

/* The answer may be an error: that is what the trace is asked about. */
static void send_one(int fd, const char *topic, const char *value, const char *ack)
{
	struct wire_reply reply;

	wire_request_send(fd, 3, topic, comm_bytes_of(value), ack, COMM_NONE);
	wire_read_id(fd, 3, &reply);
	wire_reply_fini(&reply);
}

START_TEST(what_is_sent_is_told)
{
	const struct comm_wire_record two[] = {
		{ .value = comm_bytes_of("0123456\xc3\xa9"),
		  .key = comm_bytes_of("k"),
		  .partition = 1,
		  .timestamp_ms = COMM_NONE },
		{ .value = comm_bytes_of("two"), .partition = 0, .timestamp_ms = COMM_NONE },
	};
	const struct comm_send_params both = { .topic = comm_bytes_of("t"),
					       .records = { two, ARRAY_SIZE(two) },
					       .ack = comm_bytes_of("broker"),
					       .timeout_ms = COMM_NONE,
					       .written_ms = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	struct comm_trace_result result;
	const struct comm_wire_traced *s;
	struct wire_reply reply;

	wire_hello(other, "billing", NULL);
	wire_create_topic(other, "t", 2);
	wire_create_topic(other, "u", 1);
	trace(fd, other, "t", 60000, 2);
	send_one(other, "u", "of no interest", "broker");
	wire_call(other, 3, COMM_METHOD_SEND, &both, &reply, NULL);
	wire_reply_fini(&reply);
	send_one(other, "t", NULL, "queued");
	end_trace(fd, &reply, &result);
	ck_assert(comm_bytes_is(result.ended, "sends"));
	ck_assert_int_lt(result.duration_ms, 60000);
	ck_assert_uint_eq(result.sends.n, 2);
	s = result.sends.items;
	ck_assert_int_gt(s->time_ms, 1500000000000);
	ck_assert(comm_bytes_is(s->client, "billing"));
	ck_assert_int_eq(s->pid, getpid());
	ck_assert_int_eq(s->uid, getuid());
	ck_assert_int_eq(s->records, 2);
	ck_assert_int_eq(s->bytes, 13);
	ck_assert(comm_bytes_is(s->key, "k"));
	/* The character that is half outside is left out. */
	ck_assert(comm_bytes_is(s->value, "0123456"));
	ck_assert_int_ge(s->handed_us, 0);
	ck_assert_int_gt(s->done_us, s->handed_us);
	ck_assert_int_eq(s->partition, 1);
	ck_assert_int_eq(s->offset, 0);
	ck_assert_int_eq(s->failed, 0);
	ck_assert_ptr_null(s->error);
	s++;
	ck_assert_ptr_null(s->key.data);
	ck_assert_ptr_null(s->value.data);
	ck_assert_int_eq(s->bytes, 0);
	ck_assert_int_gt(s->done_us, 0);
	wire_reply_fini(&reply);
	ck_assert_int_eq(wire_counter(other, "traces"), 0);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(it_ends_when_its_time_is_over)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm_trace_result result;
	struct wire_reply reply;
	int fd = wire_connect(d);

	request_trace(fd, "t", 300, 1);
	end_trace(fd, &reply, &result);
	ck_assert(comm_bytes_is(result.ended, "time"));
	ck_assert_int_ge(result.duration_ms, 299);
	ck_assert_uint_eq(result.sends.n, 0);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_has_failed_is_told_with_the_reason)
{
	struct comm_trace_result result;
	const struct comm_wire_traced *s;
	struct daemon_under_test *d;
	struct wire_reply reply;
	struct broker b;
	int fd, other;

	broker_init(&b, "");
	broker_create_topic(&b, "t", 1);
	d = dut_start_files(NULL, b.properties, NULL);
	fd = wire_connect(d);
	other = wire_connect(d);
	send_one(other, "t", "to know it", "broker");
	trace(fd, other, "t", 60000, 1);
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_API, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	send_one(other, "t", "x", "queued");
	end_trace(fd, &reply, &result);
	s = result.sends.items;
	ck_assert_uint_eq(result.sends.n, 1);
	ck_assert_int_eq(s->failed, 1);
	ck_assert_int_eq(s->error->code, COMM_ETOO_BIG);
	ck_assert_int_gt(s->done_us, s->handed_us);
	ck_assert(!s->maybe_persisted);
	wire_reply_fini(&reply);
	trace(fd, other, "a b", 60000, 1);
	send_one(other, "a b", "x", "broker");
	end_trace(fd, &reply, &result);
	s = result.sends.items;
	ck_assert_int_eq(s->error->code, COMM_ETOPIC_UNAVAILABLE);
	ck_assert_int_eq(s->failed, 1);
	ck_assert_int_eq(s->handed_us, COMM_NONE);
	wire_reply_fini(&reply);
	trace(fd, other, "t", 60000, 1);
	send_one(other, "t", "x", "no such word");
	end_trace(fd, &reply, &result);
	s = result.sends.items;
	ck_assert_int_eq(s->error->code, COMM_EBAD_VALUE);
	wire_reply_fini(&reply);
	close(fd);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

/* Nor would its client have been heard of otherwise. */
START_TEST(what_is_not_permitted_is_told)
{
	struct daemon_under_test *d =
		dut_start_files("[rule lookers]\nusers = *\nallow = consume administer status\n",
				"bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	struct comm_trace_result result;
	const struct comm_wire_traced *s;
	struct wire_reply reply;

	wire_hello(other, "stranger", NULL);
	trace(fd, other, "t", 60000, 1);
	send_one(other, "t", "x", "broker");
	end_trace(fd, &reply, &result);
	s = result.sends.items;
	ck_assert_uint_eq(result.sends.n, 1);
	ck_assert(comm_bytes_is(s->client, "stranger"));
	ck_assert(comm_bytes_is(s->value, "x"));
	ck_assert_int_eq(s->error->code, COMM_EDENIED);
	ck_assert_int_eq(s->failed, 1);
	ck_assert_int_eq(s->handed_us, COMM_NONE);
	wire_reply_fini(&reply);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

/* What others send is told to nobody who may not read it any more. */
START_TEST(other_rules_end_it)
{
	struct daemon_under_test *d = dut_start_files("", "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	struct comm_reload_result changes;
	struct wire_reply reply;

	trace(fd, other, "t", 60000, 2);
	dut_write_file(d, "commd.conf",
		       "[rule private]\nusers = *\ndeny = consume\ntopics = t\n"
		       "[rule all]\nusers = *\nallow = produce consume administer status\n");
	wire_call(other, 4, COMM_METHOD_RELOAD, NULL, &reply, &changes);
	wire_reply_fini(&reply);
	wire_expect_error(fd, 2, COMM_EDENIED, "private");
	ck_assert_int_eq(wire_counter(other, "traces"), 0);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

/* Returns whether the trace has seen what was sent, whose outcome is not there at its end. */
static bool sees_no_outcome(int fd, int other, int64_t timeout_ms)
{
	struct comm_trace_result result;
	const struct comm_wire_traced *s;
	struct wire_reply reply;
	bool is_seen;

	request_trace(fd, "t", timeout_ms, 100);
	send_one(other, "t", "x", "queued");
	end_trace(fd, &reply, &result);
	ck_assert(comm_bytes_is(result.ended, "time"));
	ck_assert_uint_le(result.sends.n, 1);
	is_seen = result.sends.n == 1;
	if (is_seen) {
		s = result.sends.items;
		ck_assert_int_ge(s->handed_us, 0);
		ck_assert_int_eq(s->done_us, COMM_NONE);
		ck_assert_int_eq(s->failed, 0);
	}
	wire_reply_fini(&reply);
	return is_seen;
}

/* A trace that is over before the send is there has seen nothing: the next has more time. */
START_TEST(what_has_no_outcome_is_told_as_such)
{
	struct daemon_under_test *d;
	struct broker b;
	int fd, other;

	broker_init(&b, "");
	broker_create_topic(&b, "t", 1);
	d = dut_start_files(NULL, b.properties, NULL);
	fd = wire_connect(d);
	other = wire_connect(d);
	send_one(other, "t", "to know it", "broker");
	broker_set_down(&b);
	for (int64_t timeout_ms = 500; !sees_no_outcome(fd, other, timeout_ms);)
		timeout_ms *= 2;
	broker_set_up(&b);
	wire_await_counter(other, "inflight_bytes", 0);
	close(fd);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

START_TEST(there_are_few_at_once_and_they_go_with_their_clients)
{
	const struct comm_trace_params params = { comm_bytes_of("t"), 60000, COMM_NONE, COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fds[N_TRACES], other = wire_connect(d);

	wire_create_topic(other, "t", 1);
	for (int i = 0; i < N_TRACES; i++) {
		fds[i] = wire_connect(d);
		trace(fds[i], other, "t", 60000, COMM_NONE);
	}
	wire_request(other, 4, COMM_METHOD_TRACE, &params);
	wire_expect_error(other, 4, COMM_EBUSY, "4 traces are under way");
	ck_assert_int_eq(wire_counter(other, "traces_refused_total"), 1);
	send_one(other, "t", "seen by all", "broker");
	for (int i = 0; i < N_TRACES; i++)
		close(fds[i]);
	wire_await_counter(other, "traces", 0);
	send_one(other, "t", "seen by nobody", "broker");
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(a_daemon_that_stops_answers_with_what_there_is)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	struct comm_trace_result result;
	struct wire_reply reply;

	wire_create_topic(other, "t", 1);
	trace(fd, other, "t", 60000, COMM_NONE);
	send_one(other, "t", "x", "broker");
	dut_tell(d);
	end_trace(fd, &reply, &result);
	ck_assert(comm_bytes_is(result.ended, "stopping"));
	ck_assert_uint_eq(result.sends.n, 1);
	wire_reply_fini(&reply);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(bounds_are_kept)
{
	const struct comm_trace_params wrong[] = {
		{ comm_bytes_of("t"), 60001, COMM_NONE, COMM_NONE },
		{ comm_bytes_of("t"), COMM_NONE, 0, COMM_NONE },
		{ comm_bytes_of("t"), COMM_NONE, 1001, COMM_NONE },
		{ comm_bytes_of("t"), COMM_NONE, COMM_NONE, 1025 },
	};
	static const char *const words[] = { "timeout_ms: 60001", "max_sends: 0", "max_sends: 1001",
					     "head_bytes: 1025" };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		wire_request(fd, 5, COMM_METHOD_TRACE, &wrong[i]);
		wire_expect_error(fd, 5, COMM_EBAD_VALUE, words[i]);
	}
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire trace", what_is_sent_is_told, it_ends_when_its_time_is_over,
	  what_has_failed_is_told_with_the_reason, what_is_not_permitted_is_told,
	  other_rules_end_it, what_has_no_outcome_is_told_as_such,
	  there_are_few_at_once_and_they_go_with_their_clients,
	  a_daemon_that_stops_answers_with_what_there_is, bounds_are_kept)

/*
 * What a client can get wrong about the protocol, and what it is told.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

#define BYTES(s) s, sizeof s - 1

START_TEST(hello_tells_version_and_limits)
{
	const struct comm_hello_params params = { .client = comm_bytes_of("wire"),
						  .protocol = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_hello_result result;
	struct wire_reply reply;

	wire_call(fd, 1, COMM_METHOD_HELLO, &params, &reply, &result);
	ck_assert(comm_bytes_is(result.server, "commd"));
	ck_assert(comm_bytes_is(result.version, COMMD_VERSION));
	ck_assert_int_eq(result.protocol, COMM_PROTOCOL_VERSION);
	ck_assert_int_eq(result.limits->records, COMM_RECORDS_MAX);
	ck_assert_int_eq(result.limits->message_bytes, COMM_MESSAGE_MAX);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(hello_with_an_unknown_profile_names_the_file_to_write)
{
	const struct comm_hello_params params = { .profile = comm_bytes_of("nope"),
						  .protocol = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	wire_request(fd, 1, COMM_METHOD_HELLO, &params);
	wire_expect_error(fd, 1, COMM_ENO_PROFILE, "nope.conf");
	wire_ping(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_follows_a_hello_that_fails_goes_to_no_other_profile)
{
	const struct comm_hello_params params = { .profile = comm_bytes_of("nope"),
						  .protocol = COMM_NONE };
	const struct comm_list_topics_params list = { .timeout_ms = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct wire_reply reply;

	wire_request(fd, 1, COMM_METHOD_HELLO, &params);
	wire_request(fd, 2, COMM_METHOD_LIST_TOPICS, &list);
	wire_expect_error(fd, 1, COMM_ENO_PROFILE, "nope.conf");
	wire_expect_error(fd, 2, COMM_ENO_PROFILE, "nope.conf");
	wire_hello(fd, NULL, "default");
	wire_call(fd, 4, COMM_METHOD_LIST_TOPICS, &list, &reply, NULL);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(hello_refuses_a_profile_that_cannot_have_such_a_name)
{
	static char name[COMM_NAME_MAX + 1];
	struct comm_hello_params params = { .profile = { name, sizeof name },
					    .protocol = COMM_NONE };
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	memset(name, 'x', sizeof name);
	wire_request(fd, 1, COMM_METHOD_HELLO, &params);
	wire_expect_error(fd, 1, COMM_EBAD_VALUE, "at most 255 bytes");
	params.profile.len--;
	wire_request(fd, 2, COMM_METHOD_HELLO, &params);
	wire_expect_error(fd, 2, COMM_ENO_PROFILE, "xxx");
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_request_in_one_byte_writes_is_answered)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	const char request[] = "\x94\x00\x05\xa4ping\x90";

	for (size_t i = 0; i < sizeof request - 1; i++)
		wire_write(fd, request + i, 1);
	wire_expect_ok(fd, 5);
	close(fd);
	dut_stop(d);
}
END_TEST

/* More than a connection gets of one turn of the daemon's loop. */
#define N_PINGS 1000

static void write_pings(int fd)
{
	char requests[N_PINGS * 9];

	for (int i = 0; i < N_PINGS; i++)
		memcpy(requests + 9 * i, "\x94\x00\x05\xa4ping\x90", 9);
	wire_write(fd, requests, sizeof requests);
}

static void expect_pings(int fd)
{
	for (int i = 0; i < N_PINGS; i++) {
		struct wire_reply reply;

		wire_read_id(fd, 5, &reply);
		wire_reply_fini(&reply);
	}
}

START_TEST(many_requests_in_one_write_are_answered_each)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	write_pings(fd);
	expect_pings(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_notification_gets_no_answer)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	wire_write(fd, BYTES("\x93\x02\xa4ping\x90"));
	wire_ping(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_client_that_closes_its_side_for_writing_still_gets_its_answers)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	write_pings(fd);
	shutdown(fd, SHUT_WR);
	expect_pings(fd);
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(wrong_parameters_are_refused_and_the_connection_goes_on)
{
	static const struct {
		const char *bytes;
		size_t len;
		int code;
		const char *part;
	} cases[] = {
		{ BYTES("\x94\x00\x01\xa4pong\x90"), COMM_ENO_METHOD, "pong" },
		{ BYTES("\x94\x00\x01\xa4ping\x91\x01"), COMM_EBAD_PARAMS, "1 fields" },
		{ BYTES("\x94\x00\x01\xa4ping\xc0"), COMM_EBAD_PARAMS, "an array" },
		{ BYTES("\x94\x00\x01\xa4send\x90"), COMM_EBAD_PARAMS, "topic: is missing" },
		{ BYTES("\x94\x00\x01\xa4send\x92\x01\x90"), COMM_EBAD_PARAMS,
		  "topic: a string expected" },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x91\x05"), COMM_EBAD_VALUE,
		  "records[0].value" },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x92\xc4\x01v\x92\xc4\x01v\x05"),
		  COMM_EBAD_VALUE, "records[1].key" },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x91\x93\xc4\x01v\xc0\x05"), COMM_EBAD_VALUE,
		  "records[0].headers" },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1t\x91\x94\xc4\x01v\xc0\xc0\xff"),
		  COMM_EBAD_VALUE, "records[0].partition" },
		{ BYTES("\x94\x00\x01\xa4send\x93\xa1t\x91\xc4\x01v\xa3"
			"all"),
		  COMM_EBAD_VALUE, "neither broker nor queued" },
		{ BYTES("\x94\x00\x01\xa4send\x92\xc4\x01t\x90"), COMM_EBAD_PARAMS, "topic" },
		{ BYTES("\x94\x00\x01\xa4send\x92\xa1\xff\x90"), COMM_EBAD_VALUE, "UTF-8" },
		{ BYTES("\x94\x00\x01\xa7receive\x91\x07"), COMM_ENO_SUBSCRIPTION, "7" },
		{ BYTES("\x94\x00\x01\xa3"
			"ack\x92\x07\x90"),
		  COMM_ENO_SUBSCRIPTION, "7" },
		{ BYTES("\x94\x00\x01\xabunsubscribe\x91\x07"), COMM_ENO_SUBSCRIPTION, "7" },
		{ BYTES("\x94\x00\x01\xa9subscribe\x92\xc0\x90"), COMM_EBAD_VALUE, "topics" },
		{ BYTES("\x94\x00\x01\xa9subscribe\x93\xc0\x91\xa1t\xa3now"), COMM_EBAD_VALUE,
		  "earliest, latest, offset, time, tail" },
	};
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		wire_write(fd, cases[i].bytes, cases[i].len);
		wire_expect_error(fd, 1, cases[i].code, cases[i].part);
	}
	wire_ping(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

/*
 * Messages that cannot be trusted; an id that is known is answered before the end. Returns how many
 * there were.
 */
static int talk_nonsense(const struct daemon_under_test *d, int other)
{
	static const struct {
		const char *bytes;
		size_t len;
		int code; /* of the answer; 0: there is none, for there is no id */
	} cases[] = {
		{ BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 0 },
		{ BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 0 },
		{ BYTES("\xc1"), 0 },
		{ BYTES("\x94\x00\x09\xa4ping\xc1"), COMM_EPROTOCOL },
		{ BYTES("\x94\x01\x09\xc0\xc0"), 0 },     /* a response */
		{ BYTES("\x94\x07\x09\xa4ping\x90"), 0 }, /* no such type */
		{ BYTES("\x95\x00\x09\xa4ping\x90\x90"), 0 },
		{ BYTES("\x80"), 0 },
		{ BYTES("\x94\x00\x09\x05\x90"), COMM_EPROTOCOL }, /* the method is no string */
		{ BYTES("\x94\x00\x09\xa4ping\xdd\xff\xff\xff\xff"), COMM_ETOO_BIG },
		{ BYTES("\x94\x00\x09\xa4ping\xdf\x0f\xff\xff\xff"), COMM_ETOO_BIG },
		{ BYTES("\xdf\x0f\xff\xff\xff\xc0"), 0 },
		{ BYTES("\x94\x00\x09\xa4ping\xdb\xff\xff\xff\xff"), COMM_ETOO_BIG },
		{ BYTES("\x94\x00\x09\xa4ping\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90"),
		  COMM_EPROTOCOL },
		{ BYTES("\x94\x00\x09\xa4ping\xdd\x00\x08\x00\x00"), COMM_ETOO_BIG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = wire_connect(d);

		wire_write(fd, cases[i].bytes, cases[i].len);
		if (cases[i].code)
			wire_expect_error(fd, 9, cases[i].code, NULL);
		wire_expect_closed(fd);
		close(fd);
		wire_ping(other);
	}
	return ARRAY_SIZE(cases);
}

START_TEST(bytes_that_make_no_sense_end_the_connection_and_nothing_else)
{
	enum { ROUNDS = 50 };
	struct daemon_under_test *d;
	size_t rss_kib, n_fds;
	int other, n = 0;

	dut_keep_nothing_freed();
	d = dut_start(NULL);
	other = wire_connect(d);
	for (int i = 0; i < ROUNDS; i++)
		n += talk_nonsense(d, other);
	/* What the answer to a status takes is not the nonsense's. */
	ck_assert_int_eq(wire_counter(other, "connections_broken_total"), n);
	n_fds = dut_n_fds(d);
	rss_kib = dut_rss_kib(d);
	for (int i = 0; i < ROUNDS; i++)
		n += talk_nonsense(d, other);
	ck_assert_int_eq(wire_counter(other, "connections"), 1);
	ck_assert_int_eq(wire_counter(other, "connections_broken_total"), n);
	ck_assert_uint_eq(dut_n_fds(d), n_fds);
	ck_assert_uint_lt(dut_rss_kib(d), rss_kib + DUT_FLAT_KIB);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(hostile_counts_cost_no_memory)
{
	struct daemon_under_test *d = dut_start(NULL);
	int other = wire_connect(d);
	size_t rss_kib;

	wire_ping(other);
	rss_kib = dut_rss_kib(d);
	for (int i = 0; i < 200; i++) {
		int fd = wire_connect(d);

		wire_write(fd, BYTES("\x94\x00\x09\xa4ping\xdd\x00\xff\xff\xff"));
		wire_expect_error(fd, 9, COMM_ETOO_BIG, NULL);
		close(fd);
	}
	wire_ping(other);
	/* A sanitizer keeps freed memory for a while; a bomb would be gigabytes. */
	ck_assert_uint_lt(dut_rss_kib(d), rss_kib + 64 * 1024);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(a_protocol_violation_is_logged_once_with_the_peer)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	char pid[32];

	wire_write(fd, BYTES("GET / HTTP/1.1\r\n"));
	wire_expect_closed(fd);
	close(fd);
	snprintf(pid, sizeof pid, "pid %d", (int)getpid());
	dut_expect_logged(d, pid, 1);
	dut_expect_logged(d, "MessagePack-RPC", 1);
	dut_stop(d);
}
END_TEST

START_TEST(status_counts_what_happened)
{
	struct daemon_under_test *d = dut_start(NULL);
	int broken = wire_connect(d);
	int fd = wire_connect(d);
	struct comm_status_result result;
	struct wire_reply reply;

	wire_write(broken, BYTES("\xc1"));
	wire_expect_closed(broken);
	ck_assert_int_eq(wire_counter(fd, "connections"), 1);
	ck_assert_int_eq(wire_counter(fd, "connections_broken_total"), 1);
	wire_call(fd, 1, COMM_METHOD_STATUS, NULL, &reply, &result);
	ck_assert_int_eq(result.pid, dut_pid(d));
	ck_assert(comm_bytes_is(result.mode, "dev"));
	wire_reply_fini(&reply);
	close(broken);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire protocol", hello_tells_version_and_limits,
	  hello_with_an_unknown_profile_names_the_file_to_write,
	  what_follows_a_hello_that_fails_goes_to_no_other_profile,
	  hello_refuses_a_profile_that_cannot_have_such_a_name,
	  a_request_in_one_byte_writes_is_answered, many_requests_in_one_write_are_answered_each,
	  a_notification_gets_no_answer,
	  a_client_that_closes_its_side_for_writing_still_gets_its_answers,
	  wrong_parameters_are_refused_and_the_connection_goes_on,
	  bytes_that_make_no_sense_end_the_connection_and_nothing_else,
	  hostile_counts_cost_no_memory, a_protocol_violation_is_logged_once_with_the_peer,
	  status_counts_what_happened)

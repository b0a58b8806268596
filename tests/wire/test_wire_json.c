/*
 * What people write by hand, line by line, and what they are told.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/limits.h"
#include "tests/lib/daemon.h"
#include "tests/lib/lines.h"
#include "tests/lib/wire.h"

static void expect_time(json_t *answer)
{
	json_t *result = json_object_get(answer, "result");

	ck_assert_int_gt(json_integer_value(json_object_get(result, "time_ms")), 0);
	json_decref(answer);
}

static void expect_ping(int fd)
{
	lines_write(fd, "{\"method\":\"ping\"}\n");
	expect_time(lines_read(fd));
}

START_TEST(a_request_needs_a_method_only)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	json_t *answer;

	lines_write(fd, "{\"method\":\"ping\"}\n");
	answer = lines_read(fd);
	ck_assert_ptr_null(json_object_get(answer, "id"));
	expect_time(answer);
	lines_write(fd, "{\"id\":9223372036854775807,\"method\":\"ping\",\"params\":{}}\n");
	answer = lines_read(fd);
	ck_assert(json_integer_value(json_object_get(answer, "id")) == INT64_MAX);
	expect_time(answer);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(the_last_line_may_lack_its_end)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	lines_write(fd, "{\"method\":\"ping\"}");
	shutdown(fd, SHUT_WR);
	expect_time(lines_read(fd));
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_last_line_that_was_cut_is_answered)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), other = wire_connect(d);

	lines_write(fd, "{\"id\":1,\"method\":\"send\",\"params\":{\"topic\":\"t\"");
	shutdown(fd, SHUT_WR);
	lines_expect_error(fd, -1, COMM_EPROTOCOL, "not JSON", NULL);
	wire_expect_closed(fd);
	ck_assert_int_eq(wire_counter(other, "connections"), 1);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(a_line_in_one_byte_writes_is_answered)
{
	static const char line[] = "{\"id\":5,\"method\":\"ping\"}\r\n";
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	for (size_t i = 0; i < sizeof line - 1; i++)
		wire_write(fd, line + i, 1);
	expect_time(lines_read(fd));
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(empty_lines_are_nothing)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	lines_write(fd, "{\"method\":\"ping\"}\n\n\r\n  \t\n\n{\"method\":\"ping\"}\n\n");
	expect_time(lines_read(fd));
	expect_time(lines_read(fd));
	expect_ping(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

#define N_PINGS 1000

START_TEST(many_lines_in_one_write_are_answered_each)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	char lines[N_PINGS * 32], *end = lines;

	for (int i = 0; i < N_PINGS; i++)
		end += sprintf(end, "{\"id\":%d,\"method\":\"ping\"}\n", i);
	wire_write(fd, lines, (size_t)(end - lines));
	for (int i = 0; i < N_PINGS; i++) {
		json_t *answer = lines_read(fd);

		ck_assert_int_eq(json_integer_value(json_object_get(answer, "id")), i);
		expect_time(answer);
	}
	close(fd);
	dut_stop(d);
}
END_TEST

static void create_topic(int fd, const char *name)
{
	char line[128];

	snprintf(line, sizeof line,
		 "{\"method\":\"create_topic\",\"params\":{\"topic\":\"%s\",\"partitions\":1}}\n",
		 name);
	lines_write(fd, line);
	lines_expect(fd, "{\"result\":{}}");
}

/* What has no id could not be told apart: it is done in order, as a script means it. */
START_TEST(lines_without_id_are_done_in_order)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	json_t *answer;

	lines_write(fd, "{\"method\":\"create_topic\",\"params\":{\"topic\":\"t\",\"partitions\":"
			"1}}\n"
			"{\"method\":\"send\",\"params\":{\"topic\":\"t\",\"records\":[\"hi\"]}}\n"
			"{\"method\":\"subscribe\",\"params\":{\"group\":null,\"topics\":[\"t\"],"
			"\"start\":\"earliest\"}}\n"
			"{\"method\":\"receive\",\"params\":{\"subscription\":1}}\n"
			"{\"method\":\"ping\"}");
	shutdown(fd, SHUT_WR);
	lines_expect(fd, "{\"result\":{}}");
	lines_expect(fd, "{\"result\":{\"outcomes\":[{\"count\":1,\"partition\":0,\"offset\":0,"
			 "\"error\":null,\"maybe_persisted\":false}]}}");
	lines_expect(fd, "{\"result\":{\"subscription\":1,\"positions\":[{\"topic\":\"t\","
			 "\"partition\":0,\"offset\":0}]}}");
	answer = lines_read(fd);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(answer, "result"), "topics"));
	json_decref(answer);
	expect_time(lines_read(fd));
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

/* As large an answer as never fits into the socket. */
START_TEST(a_receive_waits_until_the_one_before_is_on_its_way)
{
	enum { N = 20, RECEIVES = 5 };
	static const char receive[] = "{\"method\":\"receive\",\"params\":{\"subscription\":1,"
				      "\"max_records\":4}}\n";
	static char value[200 * 1000 + 1], line[sizeof value + 100];
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	size_t n = 0;

	create_topic(fd, "t");
	memset(value, 'x', sizeof value - 1);
	snprintf(line, sizeof line,
		 "{\"method\":\"send\",\"params\":{\"topic\":\"t\",\"records\":[\"%s\"]}}\n",
		 value);
	for (int i = 0; i < N; i++) {
		lines_write(fd, line);
		json_decref(lines_read(fd));
	}
	lines_write(fd, "{\"method\":\"subscribe\",\"params\":[null,[\"t\"],\"earliest\"]}\n");
	for (int i = 0; i < RECEIVES; i++)
		lines_write(fd, receive);
	/* The first answer waits for us, and with it what follows. */
	wire_await_counter(other, "connections_paused", 1);
	json_decref(lines_read(fd));
	for (int i = 0; i < RECEIVES; i++) {
		json_t *answer = lines_read(fd);
		json_t *topics = json_object_get(json_object_get(answer, "result"), "topics");
		json_t *records = json_object_get(json_array_get(topics, 0), "records");

		ck_assert_uint_gt(json_array_size(records), 0);
		ck_assert_uint_eq(
			json_integer_value(json_object_get(json_array_get(records, 0), "offset")),
			n);
		n += json_array_size(records);
		json_decref(answer);
	}
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(a_receive_with_an_id_delays_nothing)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	json_t *answer;

	create_topic(fd, "t");
	lines_write(fd, "{\"method\":\"subscribe\",\"params\":[null,[\"t\"]]}\n");
	json_decref(lines_read(fd));
	lines_write(fd, "{\"id\":1,\"method\":\"receive\",\"params\":{\"subscription\":1}}\n"
			"{\"id\":2,\"method\":\"ping\"}\n");
	answer = lines_read(fd);
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "id")), 2);
	expect_time(answer);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Add what a receive has brought to @records, without its times. */
static void take_records(json_t *records, const json_t *answer)
{
	json_t *topics = json_object_get(json_object_get(answer, "result"), "topics");
	json_t *more = json_object_get(json_array_get(topics, 0), "records"), *record;
	size_t i;

	ck_assert(json_is_array(more));
	json_array_foreach(more, i, record) {
		ck_assert_int_gt(json_integer_value(json_object_get(record, "timestamp_ms")), 0);
		json_object_del(record, "timestamp_ms");
		json_array_append(records, record);
	}
}

/* The first @n records of the topic "t". */
static json_t *records_of(int fd, size_t n)
{
	json_t *records = json_array();

	lines_write(fd, "{\"method\":\"subscribe\",\"params\":{\"group\":null,\"topics\":[\"t\"],"
			"\"start\":\"earliest\"}}\n");
	json_decref(lines_read(fd));
	while (json_array_size(records) < n) {
		json_t *answer;

		lines_write(fd, "{\"method\":\"receive\",\"params\":{\"subscription\":1}}\n");
		answer = lines_read(fd);
		take_records(records, answer);
		json_decref(answer);
	}
	return records;
}

START_TEST(bytes_are_text_where_they_are_and_base64_where_not)
{
	static const char wanted[] =
		"[{\"partition\":0,\"offset\":0,\"key\":null,\"value\":\"plain\",\"headers\":[]},"
		"{\"partition\":0,\"offset\":1,\"key\":{\"base64\":\"AP8=\"},"
		"\"value\":\"q\\\"b\\\\s/\\n\\u0001\\u007f\\u20ac\",\"headers\":[]},"
		"{\"partition\":0,\"offset\":2,\"key\":\"k\",\"value\":null,\"headers\":"
		"[{\"name\":\"h\",\"value\":{\"base64\":\"/w==\"}},{\"name\":\"h\",\"value\":null}"
		"]},"
		"{\"partition\":0,\"offset\":3,\"key\":\"\",\"value\":{\"base64\":\"YQBi\"},"
		"\"headers\":[]},"
		"{\"partition\":0,\"offset\":4,\"key\":null,\"value\":\"hi\",\"headers\":[]}]";
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	_cleanup_free_ char *text = NULL;
	json_t *records, *expected;

	create_topic(fd, "t");
	lines_write(fd,
		    "{\"method\":\"send\",\"params\":{\"records\":[\"plain\","
		    "{\"key\":{\"base64\":\"AP8=\"},\"value\":"
		    "\"q\\\"b\\\\s\\/\\n\\u0001\\u007f\\u20ac\"},"
		    "[null,\"k\",[[\"h\",{\"base64\":\"/w==\"}],{\"name\":\"h\",\"value\":null}]],"
		    "{\"value\":\"a\\u0000b\",\"key\":\"\"},{\"base64\":\"aGk=\"}],"
		    "\"topic\":\"t\"}}\n");
	lines_expect(fd, "{\"result\":{\"outcomes\":[{\"count\":5,\"partition\":0,\"offset\":0,"
			 "\"error\":null,\"maybe_persisted\":false}]}}");
	records = records_of(fd, 5);
	text = json_dumps(records, JSON_COMPACT);
	expected = json_loads(wanted, 0, NULL);
	ck_assert_ptr_nonnull(expected);
	ck_assert_msg(json_equal(records, expected), "%s", text);
	json_decref(records);
	json_decref(expected);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_is_wrong_is_named_and_the_connection_goes_on)
{
	static const struct {
		const char *line;
		int id, code;
		const char *part, *detail;
	} cases[] = {
		{ "{\"id\":1,\"method\":\"ping\"", -1, COMM_EPROTOCOL, "column 23", NULL },
		{ "{\"id\":1,\"method\":\"ping\",\"id\":2}", -1, COMM_EPROTOCOL, "duplicate",
		  NULL },
		{ "{\"id\":99999999999999999999,\"method\":\"ping\"}", -1, COMM_EPROTOCOL,
		  "too big integer", NULL },
		{ "{\"id\":1e999,\"method\":\"ping\"}", -1, COMM_EPROTOCOL, "overflow", NULL },
		{ "{\"id\":-1,\"method\":\"ping\"}", -1, COMM_EPROTOCOL, "id must be an integer",
		  NULL },
		{ "{\"id\":1.5,\"method\":\"ping\"}", -1, COMM_EPROTOCOL, "id must be an integer",
		  NULL },
		{ "{\"id\":\"1\",\"method\":\"ping\"}", -1, COMM_EPROTOCOL, "id must be an integer",
		  NULL },
		{ "[1]", -1, COMM_EPROTOCOL, "{\"method\": \"ping\"}", NULL },
		{ "{}", -1, COMM_EPROTOCOL, "{\"method\": \"ping\"}", NULL },
		{ "{\"id\":1,\"method\":5}", 1, COMM_EPROTOCOL, "{\"method\": \"ping\"}", NULL },
		{ "{\"id\":1,\"method\":\"ping\",\"parms\":{}}", 1, COMM_EPROTOCOL,
		  "did you mean \"params\"", NULL },
		{ "{\"id\":1,\"method\":\"pong\",\"params\":{\"a\":[1,{}]}}", 1, COMM_ENO_METHOD,
		  "pong", NULL },
		{ "{\"id\":1,\"method\":\"ping\",\"params\":[1]}", 1, COMM_EBAD_PARAMS, "1 fields",
		  NULL },
		{ "{\"id\":1,\"method\":\"ping\",\"params\":5}", 1, COMM_EBAD_PARAMS, "an array",
		  NULL },
		{ "{\"id\":1,\"method\":\"ping\",\"params\":{\"a\":1}}", 1, COMM_EBAD_PARAMS,
		  "ping: a: is not known", "a" },
		{ "{\"id\":1,\"method\":\"send\"}", 1, COMM_EBAD_PARAMS, "topic: is missing",
		  "topic" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":{\"topic\":\"t\"}}", 1,
		  COMM_EBAD_PARAMS, "records: is missing", "records" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":{\"topc\":\"t\",\"records\":[]}}", 1,
		  COMM_EBAD_PARAMS, "did you mean \"topic\"", "topc" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":{\"topic\":5,\"records\":[]}}", 1,
		  COMM_EBAD_PARAMS, "a string expected, not an integer", "topic" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":{\"topic\":{\"base64\":\"dA==\"},"
		  "\"records\":[]}}",
		  1, COMM_EBAD_PARAMS, "a string expected, not bytes", "topic" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":{\"topic\":\"a\\u0000\",\"records\":"
		  "[]}}",
		  1, COMM_EBAD_VALUE, "not valid UTF-8", "topic" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",{}]}", 1, COMM_EBAD_PARAMS,
		  "an array expected, not an object", "records" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[{}]]}", 1, COMM_EBAD_VALUE,
		  "is missing; it may be null", "records[0].value" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[\"a\",{\"key\":\"k\"}]]}", 1,
		  COMM_EBAD_VALUE, "is missing; it may be null", "records[1].value" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[{\"value\":1.5}]]}", 1,
		  COMM_EBAD_VALUE, "not a float", "records[0].value" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[{\"value\":{\"base64\":1}}]]}",
		  1, COMM_EBAD_VALUE, "{\"base64\": \"...\"}", "records[0].value" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[{\"base64\":\"aG=\"}]]}", 1,
		  COMM_EBAD_VALUE, "not valid base64", "records[0]" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[{\"value\":\"\",\"headers\":"
		  "[[\"h\",\"\"],{\"nam\":\"h\",\"value\":\"\"}]}]]}",
		  1, COMM_EBAD_VALUE, "did you mean \"name\"", "records[0].headers[1].nam" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[{\"value\":\"\",\"partition\":"
		  "{}}]]}",
		  1, COMM_EBAD_VALUE, "an integer expected", "records[0].partition" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[\"\"],null,"
		  "-9223372036854775808]}",
		  1, COMM_EBAD_VALUE, "an integer beyond", "timeout_ms" },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"\\ud800\",[\"\"]]}", -1,
		  COMM_EPROTOCOL, "invalid Unicode", NULL },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[\"\xff\",[\"\"]]}", -1, COMM_EPROTOCOL,
		  "not JSON", NULL },
		{ "{\"id\":1,\"method\":\"send\",\"params\":[[[[[[[[[]]]]]]]]]}", -1,
		  COMM_EPROTOCOL, "nest deeper than 8", NULL },
		{ "\"", -1, COMM_EPROTOCOL, "not JSON", NULL },
		{ "{\"id\":1} {\"id\":2}", -1, COMM_EPROTOCOL, "column", NULL },
	};
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	expect_ping(fd);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		lines_write(fd, cases[i].line);
		lines_write(fd, "\n");
		lines_expect_error(fd, cases[i].id, cases[i].code, cases[i].part, cases[i].detail);
	}
	expect_ping(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire json", a_request_needs_a_method_only, the_last_line_may_lack_its_end,
	  a_last_line_that_was_cut_is_answered, a_line_in_one_byte_writes_is_answered,
	  empty_lines_are_nothing, many_lines_in_one_write_are_answered_each,
	  lines_without_id_are_done_in_order, a_receive_waits_until_the_one_before_is_on_its_way,
	  a_receive_with_an_id_delays_nothing, bytes_are_text_where_they_are_and_base64_where_not,
	  what_is_wrong_is_named_and_the_connection_goes_on)

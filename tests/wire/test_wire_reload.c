/*
 * The configuration is read again while clients go on.
 */
#include "tests/lib/main.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/daemon.h"
#include "tests/lib/lines.h"
#include "tests/lib/wire.h"

#define BROKERS "bootstrap.servers=127.0.0.1:1\n"

static const char *const dev[] = { "--dev", NULL };

static struct daemon_under_test *start(const char *conf)
{
	const struct dut_profile profiles[] = { { "default", BROKERS },
						{ "other", BROKERS },
						{ 0 } };

	return dut_start_profiles(conf, profiles, dev);
}

/* What a reload has told, one change a line: "what: how", "!" before one that needs a restart. */
static const char *reload(int fd)
{
	static char text[4096];
	struct comm_reload_result result;
	const struct comm_wire_reloaded *rows;
	struct wire_reply reply;
	size_t n = 0;

	wire_call(fd, 900, COMM_METHOD_RELOAD, NULL, &reply, &result);
	rows = result.changes.items;
	*text = '\0';
	for (size_t i = 0; i < result.changes.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s: %.*s\n",
				      rows[i].needs_restart ? "!" : "", (int)rows[i].what.len,
				      rows[i].what.data, (int)rows[i].how.len, rows[i].how.data);
	wire_reply_fini(&reply);
	return text;
}

static void request_subscribe(int fd, uint64_t id, const char *group, const char *topic)
{
	const struct comm_wire_topic_ref ref = { comm_bytes_of(topic), COMM_NONE, COMM_NONE };
	const struct comm_subscribe_params params = { .group = comm_bytes_of(group),
						      .topics = { &ref, 1 },
						      .start = comm_bytes_of("earliest"),
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };

	wire_request(fd, id, COMM_METHOD_SUBSCRIBE, &params);
}

/* ---- what is read ---- */

START_TEST(nothing_new_is_no_change)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d);

	ck_assert_str_eq(reload(fd), "");
	dut_write_file(d, "commd.conf", "# a comment\n[limits]\nconnections = 4096\n");
	dut_write_file(d, "profiles/default.conf", "# another\n\n" BROKERS);
	ck_assert_str_eq(reload(fd), "");
	ck_assert_int_eq(wire_counter(fd, "reloads_total"), 2);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_signal_does_the_same)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d);

	dut_write_file(d, "commd.conf", "[limits]\nsubscriptions-per-connection = 1\n");
	ck_assert_int_eq(kill(dut_pid(d), SIGHUP), 0);
	wire_await_counter(fd, "reloads_total", 1);
	dut_expect_logged(d, "limits.subscriptions-per-connection: 64 -> 1", 1);
	dut_write_file(d, "commd.conf", "[limits]\nsubscriptions-per-connection = no\n");
	ck_assert_int_eq(kill(dut_pid(d), SIGHUP), 0);
	wire_await_counter(fd, "reloads_refused_total", 1);
	dut_expect_logged(d, "commd.conf:2: \"subscriptions-per-connection\" cannot be \"no\"", 1);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_is_wrong_anywhere_changes_nothing)
{
	static const struct {
		const char *file, *text, *part;
	} wrong[] = {
		{ "commd.conf", "[limits]\nconnections = none\n",
		  "commd.conf:2: \"connections\" cannot be \"none\"" },
		{ "profiles/other.conf", BROKERS "linger.ms=often\n", "profiles/other.conf:2: " },
		{ "profiles/other.conf", "nonsense\n",
		  "profiles/other.conf:1: the line is not key=value" },
		{ "profiles/new.conf", "", "profiles/new.conf: \"bootstrap.servers\" is missing" },
	};
	struct daemon_under_test *d = dut_start_profiles(
		"",
		(const struct dut_profile[]){ { "default", BROKERS }, { "other", BROKERS }, { 0 } },
		NULL);
	int fd = wire_connect(d);

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		/* Something good, which does not count either. */
		dut_write_file(d, "commd.conf", "[limits]\nsubscriptions-per-connection = 1\n");
		dut_write_file(d, "profiles/added.conf", BROKERS);
		dut_write_file(d, wrong[i].file, wrong[i].text);
		wire_request(fd, 1, COMM_METHOD_RELOAD, NULL);
		wire_expect_error(fd, 1, COMM_EINVALID, wrong[i].part);
		dut_write_file(d, "profiles/other.conf", BROKERS);
	}
	ck_assert_int_eq(wire_counter(fd, "reloads_refused_total"), ARRAY_SIZE(wrong));
	ck_assert_int_eq(wire_counter(fd, "reloads_total"), 0);
	dut_remove_file(d, "profiles/new.conf");
	ck_assert_str_eq(reload(fd), "limits.subscriptions-per-connection: 64 -> 1\n"
				     "profile added: added\n");
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(what_only_a_restart_can_change_is_named_and_stays)
{
	struct daemon_under_test *d = start("[socket]\nbacklog = 64\nmode = 0600\n");
	const char *text = "!socket.mode: 0600 -> 0666\n!socket.backlog: 64 -> 100\n"
			   "timeouts.request-ms: 30000 -> 1000\n";
	int fd = wire_connect(d);
	struct stat st;

	dut_write_file(d, "commd.conf",
		       "[socket]\nbacklog = 100\nmode = 0666\n"
		       "[timeouts]\nrequest-ms = 1000\n");
	ck_assert_str_eq(reload(fd), text);
	/* It still is another than what is in force. */
	ck_assert_str_eq(reload(fd), "!socket.mode: 0600 -> 0666\n!socket.backlog: 64 -> 100\n");
	ck_assert_int_eq(stat(dut_socket(d), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	dut_expect_logged(d, "socket.mode: 0600 -> 0666 needs a restart", 2);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(limits_hold_for_those_who_are_connected)
{
	struct daemon_under_test *d = start("[limits]\nsubscriptions-per-connection = 1\n"
					    "connections = 2\n");
	int fd = wire_connect(d), another;

	wire_create_topic(fd, "t", 1);
	(void)wire_subscribe(fd, NULL, "t", "earliest");
	request_subscribe(fd, 1, NULL, "t");
	wire_expect_error(fd, 1, COMM_EBUSY, "raise subscriptions-per-connection");
	dut_write_file(d, "commd.conf",
		       "[limits]\nsubscriptions-per-connection = 2\n"
		       "connections = 1\n");
	ck_assert_str_eq(reload(fd), "limits.connections: 2 -> 1\n"
				     "limits.subscriptions-per-connection: 1 -> 2\n");
	(void)wire_subscribe(fd, NULL, "t", "earliest");
	another = wire_connect(d);
	wire_expect_closed(another);
	close(another);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Among them the one for what comes next, also from somebody who has sent something before. */
START_TEST(the_size_of_a_message_holds_for_the_next)
{
	static char value[2000];
	const struct comm_wire_record records[] = { { .value = { value, sizeof value },
						      .timestamp_ms = COMM_NONE } };
	const struct comm_send_params send = { .topic = comm_bytes_of("t"),
					       .records = { records, 1 },
					       .timeout_ms = COMM_NONE,
					       .written_ms = COMM_NONE };
	struct daemon_under_test *d = start("[limits]\nmessage-max = 1K\n");
	int fd = wire_connect(d), other = wire_connect(d), lines = wire_connect(d);

	wire_create_topic(fd, "t", 1);
	wire_ping(other);
	lines_write(lines, "{\"method\":\"hello\"}\n");
	json_decref(lines_read(lines));
	dut_write_file(d, "commd.conf", "[limits]\nmessage-max = 4K\n");
	ck_assert_str_eq(reload(other), "limits.message-max: 1K -> 4K\n");
	wire_request(fd, 1, COMM_METHOD_SEND, &send);
	wire_expect_ok(fd, 1);
	dut_write_file(d, "commd.conf", "[limits]\nmessage-max = 1K\n");
	ck_assert_str_eq(reload(other), "limits.message-max: 4K -> 1K\n");
	wire_request(fd, 2, COMM_METHOD_SEND, &send);
	wire_expect_error(fd, 2, COMM_ETOO_BIG, "longer than 1024 bytes");
	wire_expect_closed(fd);
	memset(value, ' ', sizeof value);
	wire_write(lines, value, sizeof value);
	lines_expect_error(lines, -1, COMM_ETOO_BIG, "longer than 1024 bytes", NULL);
	close(lines);
	close(other);
	close(fd);
	dut_stop(d);
}
END_TEST

/* What was to be written in an hour is written now. */
START_TEST(metrics_are_written_as_often_as_is_said_now)
{
	struct daemon_under_test *d =
		start("[metrics]\ntextfile = commd.prom\ninterval-ms = 3600000\n");
	int fd = wire_connect(d);

	wire_await_counter(fd, "metrics_files_total", 1);
	dut_write_file(d, "commd.conf", "[metrics]\ntextfile = commd.prom\ninterval-ms = 100\n");
	ck_assert_str_eq(reload(fd), "metrics.interval-ms: 3600000 -> 100\n");
	while (wire_counter(fd, "metrics_files_total") < 3)
		;
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(rules_hold_for_those_who_are_connected)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d), operator= wire_connect(d);
	int64_t tail;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 10);
	tail = wire_subscribe(fd, NULL, "t", "earliest");
	wire_expect_numbers(fd, tail, 0, 10);
	wire_request_receive(fd, 1, tail, 1, 9000);
	dut_write_file(d, "commd.conf",
		       "[rule operators]\nusers = root @commd\nallow = administer\n");
	ck_assert_str_eq(reload(operator), "rule administrators: removed\nrule clients: removed\n"
					   "rule operators: added\n");
	wire_expect_error(fd, 1, COMM_EDENIED, "t");
	wire_request_send(fd, 2, "t", comm_bytes_of("v"), NULL, COMM_NONE);
	wire_expect_error(fd, 2, COMM_EDENIED, "t");
	dut_write_file(d, "commd.conf",
		       "[rule operators]\nusers = root @commd\nallow = administer produce\n");
	ck_assert_str_eq(reload(operator), "rule operators: changed: allow\n");
	wire_send_numbers(fd, "t", 10, 10);
	dut_write_file(d, "commd.conf",
		       "[rule operators]\nusers = no-such-user\nallow = administer\n");
	wire_request(operator, 3, COMM_METHOD_RELOAD, NULL);
	wire_expect_error(operator, 3, COMM_EINVALID, "no-such-user");
	wire_send_numbers(fd, "t", 20, 10);
	close(operator);
	close(fd);
	dut_stop(d);
}
END_TEST

/* ---- profiles ---- */

START_TEST(a_profile_that_is_new_can_be_used)
{
	const struct comm_hello_params params = { .client = comm_bytes_of("test"),
						  .profile = comm_bytes_of("new"),
						  .protocol = COMM_NONE };
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d);

	wire_request(fd, 1, COMM_METHOD_HELLO, &params);
	wire_expect_error(fd, 1, COMM_ENO_PROFILE, "there is no profile \"new\"");
	dut_write_file(d, "profiles/new.conf", BROKERS);
	ck_assert_str_eq(reload(fd), "profile new: added\n");
	wire_hello(fd, "test", "new");
	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 10);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_profile_that_is_gone_is_told_to_its_users_alone)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d), other = wire_connect(d);
	int64_t tail, member;

	wire_create_topic(fd, "t", 1);
	wire_hello(other, "test", "other");
	wire_send_numbers(other, "t", 0, 10);
	tail = wire_subscribe(other, NULL, "t", "earliest");
	member = wire_subscribe(other, "g", "t", "earliest");
	wire_expect_numbers(other, tail, 0, 10);
	wire_request_receive(other, 1, tail, 1, 9000);
	dut_remove_file(d, "profiles/other.conf");
	ck_assert_str_eq(reload(fd), "profile other: removed\n");
	wire_expect_error(other, 1, COMM_ENO_PROFILE, "the profile \"other\" was removed");
	wire_request_receive(other, 2, member, 1, 9000);
	wire_expect_error(other, 2, COMM_ENO_PROFILE, "the profile \"other\" was removed");
	request_subscribe(other, 3, NULL, "t");
	wire_expect_error(other, 3, COMM_ENO_PROFILE, "there is no profile \"other\"");
	wire_ping(other);
	/* Nobody else notices. */
	wire_send_numbers(fd, "t", 10, 10);
	wire_expect_numbers(fd, wire_subscribe(fd, NULL, "t", "earliest"), 0, 20);

	dut_write_file(d, "profiles/other.conf", BROKERS);
	ck_assert_str_eq(reload(fd), "profile other: added\n");
	wire_send_numbers(other, "t", 20, 10);
	wire_expect_numbers(other, wire_subscribe(other, NULL, "t", "earliest"), 0, 30);
	close(other);
	close(fd);
	dut_stop(d);
}
END_TEST

/* The daemon lets go of what it has for a profile that is gone, threads and connections included. */
START_TEST(a_profile_that_is_gone_costs_nothing)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d), other = wire_connect(d);
	size_t n_fds;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 10);
	n_fds = dut_n_fds(d);
	wire_hello(other, "test", "other");
	wire_send_numbers(other, "t", 10, 10);
	wire_expect_numbers(other, wire_subscribe(other, NULL, "t", "earliest"), 0, 20);
	ck_assert_uint_gt(dut_n_fds(d), n_fds);
	dut_remove_file(d, "profiles/other.conf");
	(void)reload(fd);
	close(other);
	dut_await_fds(d, n_fds);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_profile_that_changes_keeps_its_users)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d);
	int64_t tail, member;

	wire_create_topic(fd, "t", 1);
	tail = wire_subscribe(fd, NULL, "t", "earliest");
	member = wire_subscribe(fd, "g", "t", "earliest");
	for (int i = 0; i < 3; i++) {
		char profile[128];

		wire_send_numbers(fd, "t", 100 * i, 100);
		wire_expect_numbers(fd, tail, 100 * i, 50);
		snprintf(profile, sizeof profile, BROKERS "client.id=c%d\n", i);
		dut_write_file(d, "profiles/default.conf", profile);
		ck_assert_str_eq(reload(fd), "profile default: changed: client.id\n");
		wire_expect_numbers(fd, tail, 100 * i + 50, 50);
		/* The embedded cluster takes seconds to let a member in. */
		if (!i)
			wire_expect_numbers(fd, member, 0, 100);
	}
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_profile_that_is_as_before_is_left_alone)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d);
	int64_t member;

	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 10);
	member = wire_subscribe(fd, "g", "t", "earliest");
	wire_expect_numbers(fd, member, 0, 10);
	dut_write_file(d, "profiles/other.conf", BROKERS "client.id=x\n");
	dut_write_file(d, "profiles/default.conf", "# a comment\n" BROKERS);
	ck_assert_str_eq(reload(fd), "profile other: changed: client.id\n");
	wire_send_numbers(fd, "t", 10, 10);
	wire_expect_numbers(fd, member, 10, 10);
	ck_assert_uint_eq(dut_n_logged(d, "a new producer"), 0);
	ck_assert_uint_eq(dut_n_logged(d, "a new consumer"), 0);
	close(fd);
	dut_stop(d);
}
END_TEST

/* ---- more than one at a time ---- */

/* From now on commd.conf is a pipe. */
static void block(struct daemon_under_test *d)
{
	_cleanup_free_ char *path = dut_path(d, "commd.conf");

	dut_remove_file(d, "commd.conf");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

/* Wait until it is being read; that does not end before the descriptor that comes back is closed. */
static int await_reading(struct daemon_under_test *d)
{
	_cleanup_free_ char *path = dut_path(d, "commd.conf");
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* What is asked for meanwhile reads the files anew. */
START_TEST(the_second_of_two_waits)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d), pipe;
	struct comm_reload_result result;
	struct wire_reply reply;

	block(d);
	wire_request(fd, 1, COMM_METHOD_RELOAD, NULL);
	pipe = await_reading(d);
	wire_request(fd, 2, COMM_METHOD_RELOAD, NULL);
	wire_request(fd, 3, COMM_METHOD_RELOAD, NULL);
	wire_ping(fd);
	dut_remove_file(d, "commd.conf");
	dut_write_file(d, "commd.conf", "[limits]\nconsumers = 7\n");
	close(pipe);
	wire_read_id(fd, 1, &reply);
	wire_result(&reply, COMM_METHOD_RELOAD, &result);
	ck_assert_uint_eq(result.changes.n, 0);
	wire_reply_fini(&reply);
	for (uint64_t id = 2; id <= 3; id++) {
		wire_read_id(fd, id, &reply);
		wire_result(&reply, COMM_METHOD_RELOAD, &result);
		ck_assert_uint_eq(result.changes.n, 1);
		wire_reply_fini(&reply);
	}
	ck_assert_int_eq(wire_counter(fd, "reloads_total"), 2);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(one_that_waits_may_go)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d), gone = wire_connect(d), pipe;

	block(d);
	wire_request(gone, 1, COMM_METHOD_RELOAD, NULL);
	pipe = await_reading(d);
	wire_request(gone, 2, COMM_METHOD_RELOAD, NULL);
	close(gone);
	wire_await_counter(fd, "connections", 1);
	close(pipe);
	/* What it has asked for is done all the same. */
	wire_await_counter(fd, "reloads_total", 2);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(the_end_of_commd_comes_first)
{
	struct daemon_under_test *d = start("");
	int fd = wire_connect(d), pipe;

	block(d);
	wire_request(fd, 1, COMM_METHOD_RELOAD, NULL);
	pipe = await_reading(d);
	dut_tell(d);
	wire_expect_error(fd, 1, COMM_ESHUTDOWN, "shutting down");
	close(pipe);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("reading the configuration again", nothing_new_is_no_change, a_signal_does_the_same,
	  what_is_wrong_anywhere_changes_nothing, what_only_a_restart_can_change_is_named_and_stays,
	  limits_hold_for_those_who_are_connected, the_size_of_a_message_holds_for_the_next,
	  metrics_are_written_as_often_as_is_said_now, rules_hold_for_those_who_are_connected,
	  a_profile_that_is_new_can_be_used, a_profile_that_is_gone_is_told_to_its_users_alone,
	  a_profile_that_is_gone_costs_nothing, a_profile_that_changes_keeps_its_users,
	  a_profile_that_is_as_before_is_left_alone, the_second_of_two_waits, one_that_waits_may_go,
	  the_end_of_commd_comes_first)

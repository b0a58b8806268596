/*
 * Users who ask more at once, or send faster, than their quota allows: who waits, for how long, and what is
 * said then.
 */
#include "tests/lib/main.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"
#include "tests/wire/quota.h"

static const char *const dev[] = { "--dev", NULL };

/* With @conf, a topic "t" for @ret_fd, who may be greedy, and @ret_other, who is not. */
static struct daemon_under_test *start_users(const char *conf, int *ret_fd, int *ret_other)
{
	struct daemon_under_test *d = dut_start_files(conf, NOWHERE, dev);

	*ret_fd = wire_connect_as(d, GREEDY);
	*ret_other = wire_connect_as(d, MODEST);
	wire_create_topic(*ret_other, "t", 1);
	return d;
}

static void stop_users(struct daemon_under_test *d, int fd, int same, int other)
{
	close(fd);
	close(same);
	close(other);
	dut_stop(d);
}

/* ---- requests ---- */

START_TEST(requests_over_the_quota_are_answered)
{
	struct daemon_under_test *d;
	int fd, same, other;
	int64_t id;

	d = start_users(EVERYBODY "[quota]\nrequests = 3\nwait-ms = 0\n", &fd, &other);
	same = wire_connect_as(d, GREEDY);
	id = subscribe(fd);
	for (uint64_t i = 0; i < 3; i++)
		wire_request_receive(fd, i, id, COMM_NONE, 60000);
	wire_await_counter(other, "receives_waiting", 3);
	wire_request(same, 5, COMM_METHOD_LIST_TOPICS,
		     &(struct comm_list_topics_params){ .timeout_ms = COMM_NONE });
	expect_quota(same, 5, "requests");
	wire_request_receive(fd, 6, id, COMM_NONE, 60000);
	expect_quota(fd, 6, "requests");
	ck_assert_int_eq(wire_counter(other, "quota_requests_refused_total"), 2);
	/* What is answered at once is in nobody's way. */
	wire_ping(same);
	(void)subscribe(other);
	close(fd);
	wire_await_counter(other, "receives_waiting", 0);
	(void)subscribe(same);
	close(same);
	close(other);
	dut_stop(d);
}
END_TEST

static void expect_line(int fd, const char *part)
{
	char line[1024] = "";

	for (size_t n = 0; n < sizeof line - 1 && !strchr(line, '\n'); n++)
		ck_assert_int_eq(read(fd, line + n, 1), 1);
	ck_assert_msg(strstr(line, part) != NULL, "%s", line);
}

START_TEST(a_request_waits_for_its_turn_first)
{
	const struct comm_list_topics_params params = { .timeout_ms = COMM_NONE };
	struct daemon_under_test *d;
	int fd, same, other;
	int64_t id;

	d = start_users(EVERYBODY "[quota]\nrequests = 1\nwait-ms = 60000\n", &fd, &other);
	same = wire_connect_as(d, GREEDY);
	id = subscribe(fd);
	wire_request_receive(fd, 1, id, COMM_NONE, 60000);
	wire_await_counter(other, "receives_waiting", 1);
	wire_request(same, 2, COMM_METHOD_LIST_TOPICS, &params);
	wire_await_counter(other, "quota_requests_delayed_total", 1);
	wire_send_numbers(other, "t", 0, 1);
	wire_expect_ok(fd, 1);
	wire_expect_ok(same, 2);
	ck_assert_int_eq(wire_counter(other, "quota_requests_delayed_total"), 1);
	ck_assert_int_eq(wire_counter(other, "quota_requests_refused_total"), 0);
	stop_users(d, fd, same, other);
}
END_TEST

/* What is there by then has waited as long, and gets the same answer. */
START_TEST(a_request_that_has_waited_for_long_is_answered)
{
	struct daemon_under_test *d;
	struct comm_buf all;
	int fd, same, other;
	int64_t id, begun_ms;

	d = start_users(EVERYBODY "[quota]\nrequests = 1\nwait-ms = 300\n", &fd, &other);
	same = wire_connect_as(d, GREEDY);
	id = subscribe(same);
	wire_request_receive(fd, 1, subscribe(fd), COMM_NONE, 60000);
	wire_await_counter(other, "receives_waiting", 1);
	comm_buf_init(&all);
	add_receive(&all, 3, id, 60000);
	add_receive(&all, 4, id, 60000);
	/* It is not read from. */
	add_request(&all, 5, COMM_METHOD_PING, &(const struct comm_none){ 0 });
	begun_ms = wire_now_ms();
	write_at_once(same, &all);
	expect_quota(same, 3, "requests");
	ck_assert_int_ge(wire_now_ms() - begun_ms, 300 - 1);
	expect_quota(same, 4, "requests");
	wire_expect_ok(same, 5);
	ck_assert_int_eq(wire_counter(other, "quota_requests_delayed_total"), 1);
	ck_assert_int_eq(wire_counter(other, "quota_requests_refused_total"), 2);
	dut_expect_logged(d, "is not read from for up to 300 ms: user 61001", 1);
	stop_users(d, fd, same, other);
}
END_TEST

/* A line is held back as a whole, and the last without waiting: there is nobody to wait any more. */
START_TEST(a_line_waits_as_well)
{
	static const char line[] = "{\"id\":3,\"method\":\"list_topics\"}";
	struct daemon_under_test *d;
	int fd, same, other;
	int64_t id;

	d = start_users(EVERYBODY "[quota]\nrequests = 1\nwait-ms = 60000\n", &fd, &other);
	same = wire_connect_as(d, GREEDY);
	id = subscribe(fd);
	wire_request_receive(fd, 1, id, COMM_NONE, 60000);
	wire_await_counter(other, "receives_waiting", 1);
	wire_write(same, line, sizeof line - 1);
	wire_write(same, "\n", 1);
	wire_await_counter(other, "quota_requests_delayed_total", 1);
	wire_send_numbers(other, "t", 0, 1);
	wire_expect_ok(fd, 1);
	expect_line(same, "\"t\"");
	wire_request_receive(fd, 2, id, COMM_NONE, 60000);
	wire_await_counter(other, "receives_waiting", 1);
	wire_write(same, line, sizeof line - 1);
	ck_assert_int_eq(shutdown(same, SHUT_WR), 0);
	expect_line(same, "COMM_EQUOTA");
	wire_expect_closed(same);
	stop_users(d, fd, same, other);
}
END_TEST

/* ---- records ---- */

START_TEST(who_sends_too_fast_is_slowed_down)
{
	struct daemon_under_test *d;
	struct comm_buf all;
	int fd, other;
	int64_t begun_ms;

	d = start_users(EVERYBODY "[quota]\nrecords-per-second = 50\nwait-ms = 1000\n", &fd,
			&other);
	comm_buf_init(&all);
	add_send(&all, 1, 50);
	add_send(&all, 2, 20);
	add_send(&all, 3, 1);
	begun_ms = wire_now_ms();
	write_at_once(fd, &all);
	for (uint64_t id = 1; id <= 3; id++)
		wire_expect_ok(fd, id);
	/* All are there; the last had to wait for the twenty before it. */
	ck_assert_int_ge(wire_now_ms() - begun_ms, 390);
	ck_assert_int_ge(wire_counter(other, "quota_records_delayed_total"), 1);
	ck_assert_int_eq(wire_counter(other, "quota_records_refused_total"), 0);
	/* Another user's records are its own affair. */
	for (int i = 0; i < 20; i++)
		wire_send_numbers(other, "t", 200 * i, i < 10 ? 5 : 1);
	ck_assert_int_eq(wire_counter(other, "quota_records_refused_total"), 0);
	/* What would take too long is an answer. */
	comm_buf_init(&all);
	add_send(&all, 4, 2000);
	add_send(&all, 5, 1);
	write_at_once(fd, &all);
	wire_expect_ok(fd, 4);
	expect_quota(fd, 5, "records-per-second");
	wire_ping(fd);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

/* Nothing can be done for it meanwhile, and so the daemon sleeps. */
START_TEST(who_waits_costs_nothing)
{
	struct daemon_under_test *d;
	int64_t cpu_ms;
	int fd, other;

	d = start_users(EVERYBODY "[quota]\nrecords-per-second = 1\nwait-ms = 2000\n", &fd, &other);
	wire_send_numbers(fd, "t", 0, 200);
	cpu_ms = dut_cpu_ms(d);
	send_value(fd, 5, 10, 60000);
	expect_quota(fd, 5, "records-per-second");
	ck_assert_int_lt(dut_cpu_ms(d) - cpu_ms, 200);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

/* The end of the daemon is for it, too. */
START_TEST(who_waits_is_told_of_the_end)
{
	struct daemon_under_test *d;
	int fd, other;

	d = start_users(EVERYBODY "[quota]\nrecords-per-second = 1\nwait-ms = 60000\n", &fd,
			&other);
	wire_send_numbers(fd, "t", 0, 200);
	send_value(fd, 5, 10, 60000);
	wire_await_counter(other, "quota_records_delayed_total", 1);
	dut_tell(d);
	wire_expect_error(fd, 5, COMM_ESHUTDOWN, "connect again");
	wire_expect_closed(fd);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

TEST_MAIN_AS_ROOT("wire quota of requests", requests_over_the_quota_are_answered,
		  a_request_waits_for_its_turn_first,
		  a_request_that_has_waited_for_long_is_answered, a_line_waits_as_well,
		  who_sends_too_fast_is_slowed_down, who_waits_costs_nothing,
		  who_waits_is_told_of_the_end)

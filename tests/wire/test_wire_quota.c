/*
 * Users who want more than their quota: what they are told, and that others do not notice.
 *
 * The users are another number than root each, which only root can be: as somebody else the test
 * has but one user, and there is nothing to see.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/quota.h"
#include "proto/buf.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

enum { GREEDY = 61001, MODEST = 61002 };

/* Quotas are what is looked at here: everybody may do everything. */
#define EVERYBODY "[rule everybody]\nusers = *\nallow = produce consume administer status\n"

#define NOWHERE "bootstrap.servers=127.0.0.1:1\n"

static const char *const dev[] = { "--dev", NULL };

static bool can_be_others(void)
{
	return geteuid() == 0;
}

/* It is COMM_EQUOTA for the limit @key. */
static void check_quota(const struct wire_reply *reply, const char *key)
{
	char text[64];

	ck_assert_int_eq(reply->code, COMM_EQUOTA);
	ck_assert(reply->error.retriable);
	ck_assert(comm_bytes_is(reply->error.detail, key));
	snprintf(text, sizeof text, "user %d has used up its quota of %s, ", GREEDY, key);
	ck_assert_msg(!strncmp(reply->error.message.data, text, strlen(text)), "%.*s",
		      (int)reply->error.message.len, reply->error.message.data);
}

static void expect_quota(int fd, uint64_t id, const char *key)
{
	struct wire_reply reply;

	wire_read_id(fd, id, &reply);
	check_quota(&reply, key);
	wire_reply_fini(&reply);
}

static bool is_closed(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

/* ---- several requests in one write: none of them is there before the others ---- */

static void add_request(struct comm_buf *all, uint64_t id, enum comm_method_id method,
			const void *params)
{
	ck_assert_int_eq(comm_encode_request(all, id, &comm_methods[method], params), 0);
}

static void add_receive(struct comm_buf *all, uint64_t id, int64_t subscription, int64_t timeout_ms)
{
	const struct comm_receive_params params = wire_receive(subscription, COMM_NONE, timeout_ms);

	add_request(all, id, COMM_METHOD_RECEIVE, &params);
}

/* A send of @n records. */
static void add_send(struct comm_buf *all, uint64_t id, size_t n)
{
	static struct comm_wire_record records[2000];
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { records, n },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };

	ck_assert_uint_le(n, ARRAY_SIZE(records));
	for (size_t i = 0; i < n; i++)
		records[i] = (struct comm_wire_record){ .value = comm_bytes_of("v"),
							.partition = 0,
							.timestamp_ms = COMM_NONE };
	add_request(all, id, COMM_METHOD_SEND, &params);
}

static void write_at_once(int fd, struct comm_buf *all)
{
	wire_write(fd, comm_buf_bytes(all), all->len);
	comm_buf_fini(all);
}

/* ---- connections ---- */

/* Those beyond the quota: a few wait to be told, the others are closed. */
static void crowd(const struct daemon_under_test *d, int other)
{
	enum { N = 30, TOLD = 4 };
	int fds[N], n_open = 0;

	for (int i = 0; i < N; i++)
		fds[i] = wire_connect_as(d, GREEDY);
	wire_await_counter(other, "quota_connections_refused_total", N + 1);
	for (int i = 0; i < N; i++)
		n_open += !is_closed(fds[i]);
	ck_assert_int_eq(n_open, TOLD);
	ck_assert_int_eq(wire_counter(other, "connections_refused_total"), N - TOLD);
	for (int i = 0; i < N; i++)
		close(fds[i]);
}

START_TEST(connections_over_the_quota_are_told_and_closed)
{
	enum { N = 5 };
	struct daemon_under_test *d;
	int fds[N], other, fd;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nconnections = 5\n", NOWHERE, NULL);
	other = wire_connect_as(d, MODEST);
	for (int i = 0; i < N; i++) {
		fds[i] = wire_connect_as(d, GREEDY);
		wire_ping(fds[i]);
	}
	fd = wire_connect_as(d, GREEDY);
	wire_request(fd, 9, COMM_METHOD_HELLO,
		     &(struct comm_hello_params){ .protocol = COMM_NONE });
	expect_quota(fd, 9, "connections");
	wire_expect_closed(fd);
	close(fd);
	crowd(d, other);
	dut_expect_logged(d, "is refused: user 61001 has used up its quota of connections, 5 of 5",
			  1);
	/* Those it has are as good as before, and those of others. */
	wire_ping(fds[0]);
	for (int i = 0; i < N; i++)
		close(fds[i]);
	wire_await_counter(other, "connections", 1);
	ck_assert_int_eq(wire_counter(other, "quota_users"), 1);
	fd = wire_connect_as(d, GREEDY);
	wire_ping(fd);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

/* ---- requests ---- */

static int64_t subscribe(int fd)
{
	const struct comm_subscribe_params params = { .at = COMM_NONE,
						      .ack = comm_bytes_of("manual") };

	return wire_subscribe_with(fd, "t", params);
}

START_TEST(requests_over_the_quota_are_answered)
{
	struct daemon_under_test *d;
	int fd, same, other;
	int64_t id;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nrequests = 3\nwait-ms = 0\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
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

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nrequests = 1\nwait-ms = 60000\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
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
	close(fd);
	close(same);
	close(other);
	dut_stop(d);
}
END_TEST

/* What is there by then has waited as long, and gets the same answer. */
START_TEST(a_request_that_has_waited_for_long_is_answered)
{
	struct daemon_under_test *d;
	struct comm_buf all;
	int fd, same, other;
	int64_t id, begun_ms;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nrequests = 1\nwait-ms = 300\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
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
	close(fd);
	close(same);
	close(other);
	dut_stop(d);
}
END_TEST

/* A line is held back as a whole, and the last without waiting: there is nobody to wait any more. */
START_TEST(a_line_waits_as_well)
{
	static const char line[] = "{\"id\":3,\"method\":\"list_topics\"}";
	struct daemon_under_test *d;
	int fd, same, other;
	int64_t id;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nrequests = 1\nwait-ms = 60000\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
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
	close(fd);
	close(same);
	close(other);
	dut_stop(d);
}
END_TEST

/* ---- subscriptions ---- */

START_TEST(subscriptions_over_the_quota_are_answered)
{
	const struct comm_wire_topic_ref ref = { .topic = comm_bytes_of("t"),
						 .partition = COMM_NONE,
						 .offset = COMM_NONE };
	const struct comm_subscribe_params params = { .topics = { &ref, 1 },
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };
	struct daemon_under_test *d;
	int fd, same, other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nsubscriptions = 2\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	(void)subscribe(fd);
	(void)subscribe(same);
	wire_request(fd, 5, COMM_METHOD_SUBSCRIBE, &params);
	expect_quota(fd, 5, "subscriptions");
	(void)subscribe(other);
	ck_assert_int_eq(wire_counter(other, "quota_subscriptions_refused_total"), 1);
	close(same);
	wire_await_counter(other, "subscriptions", 2);
	(void)subscribe(fd);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

/* ---- bytes ---- */

static void send_value(int fd, uint64_t id, size_t len, int64_t timeout_ms)
{
	static const char value[1024 * 1024];

	wire_request_send(fd, id, "t", (struct comm_bytes){ value, len }, NULL, timeout_ms);
}

/* Have @fd hold so many bytes for its user. */
static void hold(int fd, int other, size_t len)
{
	send_value(fd, 1, len, 60000);
	while (wire_counter(other, "waiting_bytes") < (int64_t)len)
		;
}

START_TEST(records_that_wait_for_kafka_are_held_for_their_user)
{
	struct daemon_under_test *d;
	int fd, same, other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 256K\nwait-ms = 200\n", NOWHERE, NULL);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	hold(fd, other, 200 * 1024);
	send_value(same, 2, 10, 60000);
	expect_quota(same, 2, "held-bytes");
	/* The other user's waits for Kafka, and its answer says so. */
	send_value(other, 3, 10, 50);
	wire_expect_error(other, 3, COMM_EBROKER, NULL);
	close(fd);
	close(same);
	wire_await_counter(other, "quota_users", 1);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(the_room_that_one_gives_back_is_anothers)
{
	struct daemon_under_test *d;
	int fd, same, other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 256K\nwait-ms = 60000\n", NOWHERE,
			    NULL);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	hold(fd, other, 200 * 1024);
	send_value(same, 2, 10, 50);
	wire_await_counter(other, "quota_held_bytes_delayed_total", 1);
	close(fd);
	wire_expect_error(same, 2, COMM_EBROKER, NULL);
	close(same);
	wire_await_counter(other, "quota_users", 1);
	close(other);
	dut_stop(d);
}
END_TEST

/* It asks and asks, and reads nothing. */
static void flood_with(int fd, int other, const char *question, size_t len)
{
	int64_t before = wire_counter(other, "connections_paused");

	while (wire_counter(other, "connections_paused") == before)
		for (int i = 0; i < 100; i++)
			(void)send(fd, question, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void flood_unread(int fd, int other)
{
	const char ping[] = "\x94\x00\x05\xa4ping\x90";

	flood_with(fd, other, ping, sizeof ping - 1);
}

START_TEST(answers_that_nobody_reads_are_held_for_their_user)
{
	struct daemon_under_test *d;
	int fd, same, other;
	int64_t id;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 64K\nwait-ms = 200\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	id = subscribe(same);
	flood_unread(fd, other);
	ck_assert_int_lt(wire_counter(other, "unread_bytes"), 100 * 1024);
	/* It would only become more. */
	wire_request_receive(same, 1, id, COMM_NONE, 60000);
	expect_quota(same, 1, "held-bytes");
	wire_ping(same);
	send_value(same, 2, 10, 60000);
	expect_quota(same, 2, "held-bytes");
	wire_send_numbers(other, "t", 0, 10);
	/* The one that does not read is gone, and all is well. */
	close(fd);
	wire_await_counter(other, "connections", 2);
	wire_request_receive(same, 3, id, COMM_NONE, 60000);
	wire_expect_ok(same, 3);
	close(same);
	wire_await_counter(other, "quota_users", 1);
	close(other);
	dut_stop(d);
}
END_TEST

/* That what it asks is no request makes no difference. */
START_TEST(answers_to_nonsense_are_held_for_their_user)
{
	static const char nonsense[] = "{\"id\":1}\n";
	struct daemon_under_test *d;
	int fd, other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 64K\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	flood_with(fd, other, nonsense, sizeof nonsense - 1);
	ck_assert_int_lt(wire_counter(other, "unread_bytes"), 100 * 1024);
	ck_assert_int_ge(wire_counter(other, "quota_held_bytes_delayed_total"), 1);
	close(fd);
	wire_await_counter(other, "quota_users", 1);
	close(other);
	dut_stop(d);
}
END_TEST

/* The receive was there before, and the records come when there is no room for them. */
static bool receive_gets_nothing(const struct daemon_under_test *d, int other, int64_t timeout_ms)
{
	int fd = wire_connect_as(d, GREEDY), same = wire_connect_as(d, GREEDY);
	int64_t id = subscribe(same);
	struct comm_receive_result result;
	struct wire_reply reply;
	struct comm_buf both;
	bool is_refused;

	comm_buf_init(&both);
	add_receive(&both, 1, id, timeout_ms);
	add_receive(&both, 2, id, 60000);
	write_at_once(same, &both);
	while (!wire_counter(other, "receives_waiting"))
		;
	flood_unread(fd, other);
	wire_send_numbers(other, "t", 0, 10);
	wire_read_id(same, 1, &reply);
	is_refused = reply.code != COMM_OK;
	if (is_refused) {
		check_quota(&reply, "held-bytes");
	} else {
		wire_result(&reply, COMM_METHOD_RECEIVE, &result);
		ck_assert_uint_eq(wire_n_records(&result), 0);
	}
	wire_reply_fini(&reply);
	close(fd);
	wire_expect_ok(same, 2);
	close(same);
	wire_await_counter(other, "connections", 1);
	return is_refused;
}

/* One that is over before the flood is there may say that there was nothing: the next has more time. */
START_TEST(a_receive_that_gets_nothing_for_the_quota_says_so)
{
	struct daemon_under_test *d;
	int other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 64K\n", NOWHERE, dev);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	for (int64_t timeout_ms = 500; !receive_gets_nothing(d, other, timeout_ms);)
		timeout_ms *= 2;
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(half_messages_are_held_for_their_user)
{
	enum { N = 2 };
	static const char head[] = "\x94\x00\x01\xa4send\x92\xa1t\x91\xc6\x00\xff\x00\x00";
	static const char value[700 * 1024];
	struct daemon_under_test *d;
	int fds[N], other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 1M\nwait-ms = 200\n", NOWHERE, NULL);
	other = wire_connect_as(d, MODEST);
	fds[0] = wire_connect_as(d, GREEDY);
	wire_write(fds[0], head, sizeof head - 1);
	wire_write(fds[0], value, sizeof value);
	while (wire_counter(other, "partial_bytes") < (int64_t)sizeof value)
		;
	fds[1] = wire_connect_as(d, GREEDY);
	wire_write(fds[1], head, sizeof head - 1);
	for (size_t sent = 0; sent < sizeof value && !is_closed(fds[1]);) {
		ssize_t n = send(fds[1], value, sizeof value - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		wire_ping(other);
	}
	wire_expect_error(fds[1], 1, COMM_EQUOTA, "held-bytes");
	ck_assert_int_ge(wire_counter(other, "quota_held_bytes_delayed_total"), 1);
	send_value(other, 3, sizeof value, 50);
	wire_expect_error(other, 3, COMM_EBROKER, NULL);
	for (int i = 0; i < N; i++)
		close(fds[i]);
	wire_await_counter(other, "quota_users", 1);
	close(other);
	dut_stop(d);
}
END_TEST

/* ---- records ---- */

/* With @conf, a topic "t" for @ret_fd, who may be greedy, and @ret_other, who is not. */
static struct daemon_under_test *start_for_records(const char *conf, int *ret_fd, int *ret_other)
{
	struct daemon_under_test *d = dut_start_files(conf, NOWHERE, dev);

	*ret_fd = wire_connect_as(d, GREEDY);
	*ret_other = wire_connect_as(d, MODEST);
	wire_create_topic(*ret_other, "t", 1);
	return d;
}

START_TEST(who_sends_too_fast_is_slowed_down)
{
	struct daemon_under_test *d;
	struct comm_buf all;
	int fd, other;
	int64_t begun_ms;

	if (!can_be_others())
		return;
	d = start_for_records(EVERYBODY "[quota]\nrecords-per-second = 50\nwait-ms = 1000\n", &fd,
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

	if (!can_be_others())
		return;
	d = start_for_records(EVERYBODY "[quota]\nrecords-per-second = 1\nwait-ms = 2000\n", &fd,
			      &other);
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

	if (!can_be_others())
		return;
	d = start_for_records(EVERYBODY "[quota]\nrecords-per-second = 1\nwait-ms = 60000\n", &fd,
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

/* ---- turns ---- */

static const char ping[] = "\x94\x00\x05\xa4ping\x90";

static void write_pings(int fd, size_t n)
{
	static char bytes[64 * 1024];
	size_t len = sizeof ping - 1;

	ck_assert_uint_le(n * len, sizeof bytes);
	for (size_t i = 0; i < n; i++)
		memcpy(bytes + i * len, ping, len);
	wire_write(fd, bytes, n * len);
}

/* How many requests there are of all others, at least, between two of @fd. */
static int64_t count_between(int fd, int64_t n_all)
{
	int64_t before = wire_counter(fd, "requests_total"), least = n_all;

	for (;;) {
		int64_t now = wire_counter(fd, "requests_total");

		if (now >= n_all)
			return least;
		least = now - before < least ? now - before : least;
		before = now;
	}
}

/* Thousands of requests are there at once; what one who is modest asks comes between, and not after them. */
START_TEST(a_user_with_many_connections_delays_others_by_moments)
{
	enum { N = 24, PINGS = 7000, TURNS = 4 };
	struct daemon_under_test *d;
	int fds[N], other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY, NOWHERE, dev);
	other = wire_connect_as(d, MODEST);
	for (int i = 0; i < N; i++)
		fds[i] = wire_connect_as(d, GREEDY);
	wire_await_counter(other, "connections", N + 1);
	ck_assert_int_eq(kill(dut_pid(d), SIGSTOP), 0);
	for (int i = 0; i < N; i++)
		write_pings(fds[i], PINGS);
	ck_assert_int_eq(kill(dut_pid(d), SIGCONT), 0);
	ck_assert_int_lt(count_between(other, (int64_t)N * PINGS), TURNS * QUOTA_TURN_COST);
	/* And nothing of it is left out. */
	while (wire_counter(other, "requests_total") < (int64_t)N * PINGS)
		;
	for (int i = 0; i < N; i++)
		close(fds[i]);
	wire_await_counter(other, "connections", 1);
	close(other);
	dut_stop(d);
}
END_TEST

/* ---- all of it given back ---- */

/* In the child: a bit of everything until it is killed. */
static _Noreturn void be_greedy(const struct daemon_under_test *d)
{
	for (;;) {
		int fd = wire_connect_as(d, GREEDY);
		int64_t id = subscribe(fd);

		for (uint64_t i = 0; i < 4; i++)
			wire_request_receive(fd, i, id, COMM_NONE, 60000);
		for (uint64_t i = 10; i < 30; i++)
			send_value(fd, i, 1000 * (size_t)i, 60000);
		wire_write(fd, "\x94\x00\x01\xa4send\x92\xa1t\x91\xc6\x00\x0f\x00\x00", 16);
		wire_write(fd, (const char[5000]){ 0 }, 5000);
		(void)poll(NULL, 0, 5);
		close(fd);
	}
}

START_TEST(clients_killed_at_any_moment_leave_no_charge)
{
	enum { N = 12 };
	struct daemon_under_test *d;
	int other;

	if (!can_be_others())
		return;
	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 128K\nrequests = 8\nconnections = 4\n"
				      "subscriptions = 3\nwait-ms = 5\n",
			    NOWHERE, dev);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	for (int i = 0; i < N; i++) {
		pid_t pids[2];

		for (int j = 0; j < 2; j++) {
			pids[j] = fork();
			ck_assert_int_ge(pids[j], 0);
			if (!pids[j])
				be_greedy(d);
		}
		(void)poll(NULL, 0, 3 + 7 * i);
		for (int j = 0; j < 2; j++) {
			kill(pids[j], SIGKILL);
			ck_assert_int_eq(waitpid(pids[j], NULL, 0), pids[j]);
		}
	}
	wire_await_counter(other, "quota_users", 1);
	ck_assert_int_eq(wire_counter(other, "inflight_bytes"), 0);
	ck_assert_int_eq(wire_counter(other, "partial_bytes"), 0);
	close(other);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire quota", connections_over_the_quota_are_told_and_closed,
	  requests_over_the_quota_are_answered, a_request_waits_for_its_turn_first,
	  a_request_that_has_waited_for_long_is_answered, a_line_waits_as_well,
	  subscriptions_over_the_quota_are_answered,
	  records_that_wait_for_kafka_are_held_for_their_user,
	  the_room_that_one_gives_back_is_anothers,
	  answers_that_nobody_reads_are_held_for_their_user,
	  answers_to_nonsense_are_held_for_their_user,
	  a_receive_that_gets_nothing_for_the_quota_says_so, half_messages_are_held_for_their_user,
	  who_sends_too_fast_is_slowed_down, who_waits_costs_nothing, who_waits_is_told_of_the_end,
	  a_user_with_many_connections_delays_others_by_moments,
	  clients_killed_at_any_moment_leave_no_charge)

/*
 * Users for whom the daemon would have to hold more than their quota of bytes: of records that wait, of
 * answers that nobody reads, of messages that are not whole.
 */
#include "tests/lib/main.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"
#include "tests/wire/quota.h"

static const char *const dev[] = { "--dev", NULL };

/* ---- bytes ---- */

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

	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 64K\n", NOWHERE, dev);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	for (int64_t timeout_ms = 500; !receive_gets_nothing(d, other, timeout_ms);)
		timeout_ms *= 2;
	close(other);
	dut_stop(d);
}
END_TEST

/*
 * The second goes on whatever there is, and the third would with it be more than one message beside what
 * is allowed.
 */
START_TEST(half_messages_are_held_for_their_user)
{
	enum { N = 3 };
	static const char head[] = "\x94\x00\x01\xa4send\x92\xa1t\x91\xc6\x00\x0c\x00\x00";
	static const char value[700 * 1024];
	struct daemon_under_test *d;
	int fds[N], other;

	d = dut_start_files(EVERYBODY "[limits]\nmessage-max = 1M\n"
				      "[quota]\nheld-bytes = 1M\nwait-ms = 200\n",
			    NOWHERE, NULL);
	other = wire_connect_as(d, MODEST);
	for (int i = 0; i < N - 1; i++) {
		fds[i] = wire_connect_as(d, GREEDY);
		wire_write(fds[i], head, sizeof head - 1);
		wire_write(fds[i], value, sizeof value);
		while (wire_counter(other, "partial_bytes") < (i + 1) * (int64_t)sizeof value)
			;
	}
	fds[N - 1] = wire_connect_as(d, GREEDY);
	wire_write(fds[N - 1], head, sizeof head - 1);
	for (size_t sent = 0; sent < sizeof value && !is_closed(fds[N - 1]);) {
		ssize_t n =
			send(fds[N - 1], value, sizeof value - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		wire_ping(other);
	}
	wire_expect_error(fds[N - 1], 1, COMM_EQUOTA, "held-bytes");
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

TEST_MAIN_AS_ROOT("wire quota of bytes", records_that_wait_for_kafka_are_held_for_their_user,
		  the_room_that_one_gives_back_is_anothers,
		  answers_that_nobody_reads_are_held_for_their_user,
		  answers_to_nonsense_are_held_for_their_user,
		  a_receive_that_gets_nothing_for_the_quota_says_so,
		  half_messages_are_held_for_their_user)

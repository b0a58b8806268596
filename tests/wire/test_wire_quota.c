/*
 * Users who want more than their quota of connections and subscriptions, or more than their turn: what they
 * are told, that others do not notice, and that nothing of it stays.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/quota.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"
#include "tests/wire/quota.h"

static const char *const dev[] = { "--dev", NULL };

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

/* ---- subscriptions ---- */

static void ask_to_subscribe(int fd, uint64_t id)
{
	const struct comm_wire_topic_ref ref = { .topic = comm_bytes_of("t"),
						 .partition = COMM_NONE,
						 .offset = COMM_NONE };
	const struct comm_subscribe_params params = { .topics = { &ref, 1 },
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };

	wire_request(fd, id, COMM_METHOD_SUBSCRIBE, &params);
}

START_TEST(subscriptions_over_the_quota_are_answered)
{
	struct daemon_under_test *d;
	int fd, same, other;

	d = dut_start_files(EVERYBODY "[quota]\nsubscriptions = 2\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	(void)subscribe(fd);
	(void)subscribe(same);
	ask_to_subscribe(fd, 5);
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

/* Readers of one group share one, whoever needed it first. */
START_TEST(consumers_over_the_quota_are_answered)
{
	struct daemon_under_test *d;
	int fd, same, other;

	d = dut_start_files(EVERYBODY "[quota]\nconsumers = 2\n", NOWHERE, dev);
	fd = wire_connect_as(d, GREEDY);
	same = wire_connect_as(d, GREEDY);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	(void)wire_subscribe(same, NULL, "t", NULL);
	(void)wire_subscribe(fd, "g", "t", NULL);
	(void)wire_subscribe(fd, "g", "t", NULL);
	ask_to_subscribe(fd, 5);
	expect_quota(fd, 5, "consumers");
	(void)wire_subscribe(other, NULL, "t", NULL);
	ck_assert_int_eq(wire_counter(other, "quota_consumers_refused_total"), 1);
	close(same);
	wire_await_counter(other, "subscriptions", 3);
	(void)wire_subscribe(fd, NULL, "t", NULL);
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

TEST_MAIN_AS_ROOT("wire quota", connections_over_the_quota_are_told_and_closed,
		  subscriptions_over_the_quota_are_answered, consumers_over_the_quota_are_answered,
		  a_user_with_many_connections_delays_others_by_moments,
		  clients_killed_at_any_moment_leave_no_charge)

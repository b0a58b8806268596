/*
 * The client library with a daemon of its own and no Kafka: connections, fork, the window,
 * outcomes.
 */
#include "tests/lib/main.h"

#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

/* How often each outcome was told. */
struct tally {
	int n_ok, n_unknown, n_other;
};

static void count(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct tally *t = arg;

	(void)c;
	if (outcome->error == 0)
		t->n_ok++;
	else if (outcome->error == COMM_EUNKNOWN_OUTCOME && outcome->maybe_persisted)
		t->n_unknown++;
	else
		t->n_other++;
}

static struct comm_record record_of(const char *value)
{
	struct comm_record record = COMM_RECORD_INIT;

	record.value = value;
	record.value_len = strlen(value);
	record.partition = 0;
	return record;
}

START_TEST(no_daemon_is_said_at_once_with_its_socket)
{
	/* Longer than the test may take. */
	const struct comm_options options = { .timeout_ms = 3600000 };
	struct comm *c;

	assert_error(c, comm_connect("/nonexistent/commd.sock", NULL, &options, &c),
		     COMM_ENOT_RUNNING, "/nonexistent/commd.sock");
	ck_assert(comm_is_retriable(COMM_ENOT_RUNNING));
	ck_assert_int_eq(comm_close(c, -1, NULL), 0);
}
END_TEST

START_TEST(a_handle_goes_on_after_the_daemon_was_killed_and_started_again)
{
	const struct comm_options options = { .timeout_ms = E2E_SHORT_MS };
	struct daemon_under_test *d = dut_start(NULL);
	struct e2e_place place;
	struct comm *c;
	int64_t time_ms;

	e2e_place_init(&place);
	e2e_place_set(&place, d);
	c = e2e_connect_path(place.socket, &options);
	e2e_create(c, "t", 1);
	assert_ok(c, comm_send(c, "t", "a", 1, NULL, 0));
	dut_kill(d);
	assert_error(c, comm_send(c, "t", "b", 1, NULL, 0), COMM_ENOT_RUNNING, place.socket);
	assert_error(c, comm_ping(c, &time_ms), COMM_ENOT_RUNNING, place.socket);
	d = dut_start(NULL);
	e2e_place_set(&place, d);
	assert_ok(c, comm_ping(c, &time_ms));
	e2e_create(c, "t", 1);
	e2e_send_numbers(c, "t", 0, 10);
	e2e_expect_numbers(c, e2e_read(c, "t"), 0, 10);
	e2e_close(c);
	e2e_place_fini(&place);
	dut_stop(d);
}
END_TEST

/* The daemon is stopped before it reads, so that nobody knows. */
START_TEST(records_in_flight_when_the_daemon_dies_have_an_unknown_outcome)
{
	enum { N = 100 };
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	struct comm_record record = record_of("a");
	struct tally tally = { 0 };
	size_t n_open = 0;
	int n_unknown;

	e2e_create(c, "t", 1);
	ck_assert_int_eq(kill(dut_pid(d), SIGSTOP), 0);
	for (int i = 0; i < N; i++)
		assert_ok(c, comm_send_async(c, "t", &record, count, &tally));
	assert_ok(c, comm_process(c));
	ck_assert_uint_eq(comm_n_open(c), N);
	dut_kill(d);
	/* What had not been written yet waits for another daemon, and none comes. */
	(void)comm_flush(c, 500, NULL);
	n_unknown = tally.n_unknown;
	ck_assert_int_gt(n_unknown, 0);
	ck_assert_uint_eq(comm_n_open(c), (size_t)(N - n_unknown));
	ck_assert_int_eq(comm_close(c, 0, &n_open), n_unknown < N ? COMM_ETIMEOUT : 0);
	ck_assert_int_eq(tally.n_ok, 0);
	ck_assert_int_eq(tally.n_unknown, n_unknown);
	ck_assert_int_eq(tally.n_other, N - n_unknown);
}
END_TEST

/* Runs in a child: end the daemon when something lies in the socket that it has not read. */
static _Noreturn void kill_when_written(int fd, pid_t daemon)
{
	int n_unread = 0;

	while (ioctl(fd, SIOCOUTQ, &n_unread) == 0 && n_unread == 0)
		poll(NULL, 0, 1);
	kill(daemon, SIGKILL);
	_exit(0);
}

START_TEST(a_blocking_send_whose_daemon_dies_says_that_nobody_knows)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	struct comm_record record = record_of("a");
	struct comm_outcome outcome;
	int fd = comm_fd(c);
	pid_t killer;

	e2e_create(c, "t", 1);
	ck_assert_int_eq(kill(dut_pid(d), SIGSTOP), 0);
	killer = fork();
	if (killer == 0)
		kill_when_written(fd, dut_pid(d));
	assert_error(c, comm_send_record(c, "t", &record, &outcome), COMM_EUNKNOWN_OUTCOME, "");
	ck_assert_int_eq(outcome.error, COMM_EUNKNOWN_OUTCOME);
	ck_assert(outcome.maybe_persisted);
	ck_assert_int_eq(waitpid(killer, NULL, 0), killer);
	ck_assert_int_eq(comm_close(c, 0, NULL), 0);
	dut_kill(d);
}
END_TEST

START_TEST(a_full_window_takes_nothing_until_there_is_room)
{
	const struct comm_options options = { .timeout_ms = E2E_LIMIT_MS, .window_records = 10 };
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect_path(dut_socket(d), &options);
	struct comm_record record = record_of("a");
	struct tally tally = { 0 };

	e2e_create(c, "t", 1);
	for (int i = 0; i < 10; i++)
		assert_ok(c, comm_send_async(c, "t", &record, count, &tally));
	assert_error(c, comm_send_async(c, "t", &record, count, &tally), COMM_EAGAIN, "");
	ck_assert_uint_eq(comm_n_open(c), 10);
	ck_assert_int_eq(tally.n_ok, 0);
	while (comm_n_open(c) == 10)
		assert_ok(c, comm_wait(c, -1));
	assert_ok(c, comm_send_async(c, "t", &record, count, &tally));
	assert_ok(c, comm_flush(c, -1, NULL));
	ck_assert_int_eq(tally.n_ok, 11);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(the_window_is_one_of_bytes_too)
{
	static const char value[1000];
	const struct comm_options options = { .timeout_ms = E2E_LIMIT_MS, .window_bytes = 10000 };
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect_path(dut_socket(d), &options);
	struct comm_record record = COMM_RECORD_INIT;
	struct tally tally = { 0 };
	int n = 0;

	record.value = value;
	record.value_len = sizeof value;
	e2e_create(c, "t", 1);
	while (comm_send_async(c, "t", &record, count, &tally) == 0)
		n++;
	ck_assert_int_ge(n, 5);
	ck_assert_int_le(n, 11);
	assert_ok(c, comm_flush(c, -1, NULL));
	ck_assert_int_eq(tally.n_ok, n);
	/* A record larger than the window goes alone. */
	record.value = (const char[20000]){ 0 };
	record.value_len = 20000;
	assert_ok(c, comm_send_record(c, "t", &record, NULL));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* Runs in the child: send with the handle it was born with. */
static _Noreturn void be_the_child(struct comm *c, const struct tally *tally)
{
	const struct tally before = *tally;
	int64_t time_ms;

	assert_ok(c, comm_ping(c, &time_ms));
	ck_assert_uint_eq(comm_n_open(c), 0);
	assert_ok(c, comm_send(c, "t", "child", 5, NULL, 0));
	e2e_send_numbers(c, "child", 0, 100);
	e2e_expect_numbers(c, e2e_read(c, "child"), 0, 100);
	e2e_close(c);
	/* Nobody's records have ended twice. */
	ck_assert_mem_eq(tally, &before, sizeof before);
	_exit(0);
}

START_TEST(a_fork_gives_the_child_a_connection_and_leaves_the_parent_its_records)
{
	enum { N = 100 };
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	struct comm_record record = record_of("parent");
	struct tally tally = { 0 };
	struct comm_subscription *s;
	int n_parent = 0, n_child = 0, status;
	pid_t child;

	e2e_create(c, "t", 1);
	e2e_create(c, "child", 1);
	for (int i = 0; i < N; i++)
		assert_ok(c, comm_send_async(c, "t", &record, count, &tally));
	ck_assert_uint_eq(comm_n_open(c), N);
	child = fork();
	if (child == 0)
		be_the_child(c, &tally);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(comm_n_open(c), N);
	assert_ok(c, comm_flush(c, -1, NULL));
	ck_assert_int_eq(tally.n_ok, N);

	s = e2e_read(c, "t");
	while (n_parent + n_child < N + 1) {
		const struct comm_record *r = e2e_receive(c, s);

		if (r->value_len == strlen("parent"))
			n_parent++;
		else
			n_child++;
	}
	ck_assert_int_eq(n_parent, N);
	ck_assert_int_eq(n_child, 1);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* The child's handle, closed first, takes nothing from the parent's subscription. */
START_TEST(a_child_that_closes_its_handle_disturbs_nobody)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	struct comm_subscription *s;
	int status;
	pid_t child;

	e2e_create(c, "t", 1);
	e2e_send_numbers(c, "t", 0, 10);
	s = e2e_read(c, "t");
	e2e_expect_numbers(c, s, 0, 5);
	child = fork();
	if (child == 0)
		_exit(comm_close(c, -1, NULL));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	e2e_expect_numbers(c, s, 5, 5);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(an_idle_handle_asks_for_nothing)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	struct pollfd p;

	e2e_create(c, "t", 1);
	e2e_send_numbers(c, "t", 0, 10);
	p = (struct pollfd){ .fd = comm_fd(c), .events = comm_events(c) };
	ck_assert_int_ge(p.fd, 0);
	ck_assert_int_eq(p.events, POLLIN);
	ck_assert(comm_timeout(c) != 0);
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	assert_error(c, comm_wait(c, 10), COMM_ETIMEOUT, "");
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(queued_is_faster_than_the_brokers_and_counted)
{
	const struct comm_options options = { .timeout_ms = E2E_LIMIT_MS, .ack = COMM_ACK_QUEUED };
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect_path(dut_socket(d), &options);
	struct comm *reader = e2e_connect(d);
	struct comm_record record = record_of("0");
	struct comm_outcome outcome;
	struct comm_status *status;

	e2e_create(c, "t", 1);
	assert_ok(c, comm_send_record(c, "t", &record, &outcome));
	ck_assert_int_eq(outcome.offset, -1);
	e2e_expect_numbers(reader, e2e_read(reader, "t"), 0, 1);
	assert_ok(reader, comm_status(reader, &status));
	ck_assert_int_eq(status->profiles[0].accepted, 1);
	comm_status_free(status);
	e2e_close(c);
	e2e_close(reader);
	dut_stop(d);
}
END_TEST

TEST_MAIN("client", no_daemon_is_said_at_once_with_its_socket,
	  a_handle_goes_on_after_the_daemon_was_killed_and_started_again,
	  records_in_flight_when_the_daemon_dies_have_an_unknown_outcome,
	  a_blocking_send_whose_daemon_dies_says_that_nobody_knows,
	  a_full_window_takes_nothing_until_there_is_room, the_window_is_one_of_bytes_too,
	  a_fork_gives_the_child_a_connection_and_leaves_the_parent_its_records,
	  a_child_that_closes_its_handle_disturbs_nobody, an_idle_handle_asks_for_nothing,
	  queued_is_faster_than_the_brokers_and_counted)

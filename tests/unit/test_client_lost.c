#include "client/commclient.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/clock.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_send.h"

static uint64_t read_again(struct comm *c, struct peer *p, size_t n, size_t first)
{
	for (int i = 0; !peer_has_request(p) && i < 1000; i++)
		(void)comm_wait(c, 10);
	return read_send(p, n, first);
}

START_TEST(what_was_under_way_has_an_unknown_outcome)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);

	for (size_t i = 0; i < 3; i++)
		give(c, "t", i);
	(void)read_send(&p, 1, 0);
	client_meet_again(c, f, &p);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_int_eq(told.at[0].error, COMM_EUNKNOWN_OUTCOME);
	ck_assert_int_eq(told.at[0].maybe, 1);
	ck_assert_ptr_nonnull(strstr(told.at[0].message, "was lost (commd has closed it)"));

	/* What had gathered was never sent: it is now. */
	acknowledge(&p, read_again(c, &p, 2, 1), 2, 0);
	client_until(c, &told.n, 3);
	ck_assert_int_eq(told.at[1].error, 0);
	ck_assert_int_eq(told.at[2].error, 0);
	client_end(c, &p, f);
}
END_TEST

START_TEST(with_leave_it_is_sent_again_in_order)
{
	const struct comm_options options = { .resend = 1 };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, &options);

	for (size_t i = 0; i < 303; i++)
		give(c, "t", i);
	(void)read_send(&p, 1, 0);
	client_meet_again(c, f, &p);
	ck_assert_uint_eq(told.n, 0);
	acknowledge(&p, read_again(c, &p, 1, 0), 1, 0);
	acknowledge(&p, read_again(c, &p, 300, 1), 300, 1);
	client_until(c, &told.n, 301);
	acknowledge(&p, read_again(c, &p, 2, 301), 2, 301);
	client_until(c, &told.n, 303);
	for (size_t i = 0; i < 303; i++)
		ck_assert_int_eq(told.at[i].error, 0);
	client_end(c, &p, f);
}
END_TEST

START_TEST(half_a_request_was_never_sent)
{
	static char large[1 << 20];
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	struct comm_record r = record_of("");

	r.value = large;
	r.value_len = sizeof large;
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, (void *)0), 0);
	ck_assert_int_eq(comm_events(c), POLLIN | POLLOUT);
	client_meet_again(c, f, &p);
	ck_assert_uint_eq(told.n, 0);
	acknowledge(&p, client_read(c, &p, COMM_METHOD_SEND), 1, 3);
	ck_assert_uint_eq(records(&p)->value.len, sizeof large);
	client_until(c, &told.n, 1);
	ck_assert_int_eq(told.at[0].error, 0);
	client_end(c, &p, f);
}
END_TEST

static volatile sig_atomic_t n_broken_pipes;

static void on_broken_pipe(int number)
{
	(void)number;
	n_broken_pipes++;
}

/* Write where nobody reads any more: in the call that gives a record away, and when it goes on. */
static void write_to_nobody(void)
{
	static char large[1 << 20];
	struct comm_record half = record_of("");
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);

	peer_close(&p);
	give(c, "t", 0);
	client_meet_again(c, f, &p);
	acknowledge(&p, client_read(c, &p, COMM_METHOD_SEND), 1, 0);
	client_until(c, &told.n, 1);
	ck_assert_int_eq(told.at[0].error, 0);

	half.value = large;
	half.value_len = sizeof large;
	ck_assert_int_eq(comm_send_async(c, "t", &half, on_sent, (void *)1), 0);
	ck_assert_int_eq(comm_events(c), POLLIN | POLLOUT);
	fake_stop(f);
	peer_close(&p);
	while (comm_process(c) != COMM_ENOT_RUNNING)
		;
	ck_assert_int_eq(comm_close(c, 0, NULL), COMM_ETIMEOUT);
	fake_free(f);
}

START_TEST(the_program_gets_no_signal)
{
	const struct sigaction count = { .sa_handler = on_broken_pipe };
	const struct sigaction deadly = { .sa_handler = SIG_DFL };

	ck_assert_int_eq(sigaction(SIGPIPE, &count, NULL), 0);
	write_to_nobody();
	ck_assert_int_eq(n_broken_pipes, 0);
	/* Nor is it one that the library blocks or ignores, against the program's own will. */
	ck_assert_int_eq(raise(SIGPIPE), 0);
	ck_assert_int_eq(n_broken_pipes, 1);

	ck_assert_int_eq(sigaction(SIGPIPE, &deadly, NULL), 0);
	write_to_nobody();
}
END_TEST

START_TEST(a_daemon_that_shuts_down_hands_over_to_the_next)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	uint64_t first, second;

	give(c, "a", 0);
	first = read_send(&p, 1, 0);
	give(c, "b", 1);
	second = read_send(&p, 1, 1);
	peer_refuse(&p, second, COMM_ESHUTDOWN, "commd is shutting down", NULL);
	ck_assert_int_eq(comm_wait(c, 10000), 0);
	give(c, "b", 2);
	ck_assert(!peer_has_request(&p));
	ck_assert_uint_eq(told.n, 0);
	acknowledge(&p, first, 1, 0);
	client_until(c, &told.n, 1);
	peer_expect_closed(&p);

	client_meet_again(c, f, &p);
	acknowledge(&p, read_again(c, &p, 1, 1), 1, 0);
	client_until(c, &told.n, 2);
	acknowledge(&p, read_again(c, &p, 1, 2), 1, 1);
	client_until(c, &told.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(told.at[i].error, 0);
	client_end(c, &p, f);
}
END_TEST

/* It reads what was written by then, and answers it; what was not, or by half, is for the next one. */
START_TEST(a_daemon_that_reads_no_more_hands_over_to_the_next)
{
	static char large[1 << 20];
	struct comm_record half = record_of("");
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	uint64_t first;

	half.value = large;
	half.value_len = sizeof large;
	give(c, "a", 0);
	first = read_send(&p, 1, 0);
	ck_assert_int_eq(comm_send_async(c, "b", &half, on_sent, (void *)1), 0);
	ck_assert_int_eq(shutdown(p.fd, SHUT_RD), 0);
	while (comm_events(c) & POLLOUT)
		ck_assert_int_eq(comm_process(c), 0);
	ck_assert_uint_eq(told.n, 0);
	acknowledge(&p, first, 1, 0);
	client_until(c, &told.n, 1);
	ck_assert_int_eq(told.at[0].error, 0);

	client_meet_again(c, f, &p);
	acknowledge(&p, client_read(c, &p, COMM_METHOD_SEND), 1, 1);
	ck_assert_uint_eq(records(&p)->value.len, sizeof large);
	client_until(c, &told.n, 2);
	ck_assert_int_eq(told.at[1].error, 0);
	client_end(c, &p, f);
}
END_TEST

START_TEST(an_answer_that_makes_no_sense_ends_the_connection)
{
	const struct comm_wire_outcome run = { 7, 0, 0, NULL, false };
	const struct comm_send_result result = { { &run, 1 } };
	const struct comm_ping_result other = { 1 };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);

	/* Outcomes of seven records, where there is one. */
	give(c, "t", 0);
	peer_answer(&p, read_send(&p, 1, 0), COMM_METHOD_SEND, &result);
	client_until(c, &told.n, 1);
	ck_assert_int_eq(told.at[0].error, COMM_EPROTOCOL);
	ck_assert_int_eq(told.at[0].maybe, 1);

	/* The result of another method. */
	give(c, "t", 1);
	peer_answer(&p, read_send(&p, 1, 1), COMM_METHOD_PING, &other);
	ck_assert_int_eq(comm_wait(c, 10000), COMM_EPROTOCOL);
	ck_assert_uint_eq(told.n, 2);
	ck_assert_int_eq(told.at[1].error, COMM_EPROTOCOL);
	peer_expect_closed(&p);

	/* An answer to nothing. */
	give(c, "t", 2);
	client_meet_again(c, f, &p);
	(void)read_again(c, &p, 1, 2);
	acknowledge(&p, 1000, 1, 0);
	while (told.n < 3)
		(void)comm_wait(c, 10);
	ck_assert_int_eq(told.at[2].error, COMM_EUNKNOWN_OUTCOME);
	client_end(c, &p, f);
}
END_TEST

START_TEST(each_record_has_a_deadline)
{
	enum { TIMEOUT_MS = 10000 };
	const struct comm_options options = { .timeout_ms = TIMEOUT_MS };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, &options);
	uint64_t late;

	clock_start(NULL, NULL);
	give(c, "t", 0);
	late = read_send(&p, 1, 0);
	ck_assert_int_lt(p.params.send_params.timeout_ms, TIMEOUT_MS);
	client_until(c, &told.n, 1);
	ck_assert_int_eq(told.at[0].error, COMM_ETIMEOUT);
	ck_assert_int_eq(told.at[0].maybe, 1);

	/* An answer that comes too late is no surprise. */
	acknowledge(&p, late, 1, 0);
	give(c, "t", 1);
	acknowledge(&p, read_send(&p, 1, 1), 1, 1);
	client_until(c, &told.n, 2);
	ck_assert_int_eq(told.at[1].error, 0);

	/* Without a daemon it is certain that nothing was sent. */
	fake_stop(f);
	peer_close(&p);
	while (comm_process(c) != COMM_ENOT_RUNNING)
		;
	give(c, "t", 2);
	client_until(c, &told.n, 3);
	ck_assert_int_eq(told.at[2].error, COMM_ENOT_RUNNING);
	ck_assert_int_eq(told.at[2].maybe, 0);
	ck_assert_ptr_nonnull(strstr(told.at[2].message, "nobody listens there"));
	clock_stop();
	ck_assert_int_eq(comm_close(c, 0, NULL), 0);
	fake_free(f);
}
END_TEST

/* It was sent on a connection that is lost, and whether that was enough is not known. */
START_TEST(what_is_to_be_sent_again_may_be_there)
{
	const struct comm_options options = { .resend = 1 };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, &options);

	give(c, "t", 0);
	(void)read_send(&p, 1, 0);
	fake_stop(f);
	peer_close(&p);
	clock_start(NULL, NULL);
	client_until(c, &told.n, 1);
	clock_stop();
	ck_assert_int_eq(told.at[0].error, COMM_ENOT_RUNNING);
	ck_assert_int_eq(told.at[0].maybe, 1);
	ck_assert_int_eq(comm_close(c, 0, NULL), 0);
	fake_free(f);
}
END_TEST

START_TEST(closing_tells_how_many_have_no_outcome)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	size_t n_open = 0;

	for (size_t i = 0; i < 4; i++)
		give(c, "t", i);
	(void)read_send(&p, 1, 0);
	ck_assert_int_eq(comm_flush(c, 0, &n_open), COMM_ETIMEOUT);
	ck_assert_uint_eq(n_open, 4);
	(void)read_send(&p, 3, 1);
	give(c, "u", 4);
	(void)read_send(&p, 1, 4);
	give(c, "u", 5);
	n_open = 0;
	ck_assert_int_eq(comm_close(c, 0, &n_open), COMM_ETIMEOUT);
	ck_assert_uint_eq(n_open, 6);
	/* Who gave a record away is told about it all the same, once. */
	ck_assert_uint_eq(told.n, 6);
	for (size_t i = 0; i < 6; i++) {
		ck_assert_int_eq(told.at[i].error, COMM_EUNKNOWN_OUTCOME);
		ck_assert_int_eq(told.at[i].maybe, 1);
	}
	peer_close(&p);
	fake_free(f);
}
END_TEST

static void acknowledge_two(struct fake *f, void *arg)
{
	(void)f;
	acknowledge(arg, read_send(arg, 1, 0), 1, 0);
	acknowledge(arg, read_send(arg, 2, 1), 2, 1);
}

START_TEST(closing_waits_for_what_is_under_way)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);

	for (size_t i = 0; i < 3; i++)
		give(c, "t", i);
	fake_run(f, acknowledge_two, &p);
	ck_assert_int_eq(comm_close(c, 10000, NULL), 0);
	ck_assert_uint_eq(told.n, 3);
	fake_join(f);
	peer_close(&p);
	fake_free(f);
}
END_TEST

static void welcome_child(struct fake *f, void *arg)
{
	peer_welcome(f, arg);
	acknowledge(arg, read_send(arg, 1, 0), 1, 7);
}

START_TEST(records_under_way_stay_the_parents)
{
	struct fake *f = fake_new();
	struct peer parent, child;
	struct comm *c = start(f, &parent, NULL);
	pid_t pid;

	for (size_t i = 0; i < 3; i++)
		give(c, "t", i);
	pid = fork();
	if (pid == 0) {
		if (comm_n_open(c) || comm_send(c, "t", "0", 1, NULL, 0) || told.n ||
		    comm_close(c, 1000, NULL) || told.n)
			client_end_child(false);
		client_end_child(true);
	}
	fake_run(f, welcome_child, &child);
	client_join_child(pid);
	fake_join(f);
	acknowledge(&parent, read_send(&parent, 1, 0), 1, 0);
	client_until(c, &told.n, 1);
	acknowledge(&parent, read_send(&parent, 2, 1), 2, 1);
	client_until(c, &told.n, 3);
	peer_close(&child);
	client_end(c, &parent, f);
}
END_TEST

/* The first of a batch of two: its child has nothing to do with the second. */
static void fork_here(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	pid_t *pid = arg;

	ck_assert_int_eq(outcome->error, 0);
	*pid = fork();
	told.n++;
	/* The child uses the handle in the midst of the parent's turn. */
	if (*pid == 0 && comm_delete_topic_async(c, "t", NULL, NULL))
		_exit(2);
}

static void on_forked(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	(void)c;
	(void)outcome;
	/* In the parent only. */
	if (*(pid_t *)arg == 0)
		_exit(3);
	told.n++;
}

START_TEST(a_program_may_fork_in_a_callback)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	struct comm_record r = record_of("x");
	pid_t pid = -1;

	give(c, "t", 0);
	ck_assert_int_eq(comm_send_async(c, "t", &r, fork_here, &pid), 0);
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_forked, &pid), 0);
	acknowledge(&p, read_send(&p, 1, 0), 1, 0);
	client_until(c, &told.n, 1);
	acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 2, 1);
	ck_assert_int_eq(comm_wait(c, 10000), 0);
	if (pid == 0) {
		(void)comm_close(c, 0, NULL);
		client_end_child(told.n == 2);
	}
	client_join_child(pid);
	ck_assert_uint_eq(told.n, 3);
	client_end(c, &p, f);
}
END_TEST

/* A daemon whose thread only the parent has. */
struct forking {
	struct fake *f;
	struct peer p;
	pid_t pid;
};

static void acknowledge_second(struct fake *f, void *arg)
{
	(void)f;
	acknowledge(arg, read_send(arg, 1, 2), 1, 1);
}

static void only_fork(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct forking *forking = arg;

	(void)c;
	ck_assert_int_eq(outcome->error, 0);
	forking->pid = fork();
	if (forking->pid)
		fake_run(forking->f, acknowledge_second, &forking->p);
}

START_TEST(a_child_does_not_send_what_its_parent_waits_to_send)
{
	const struct comm_options few = { .window_records = 1 };
	struct forking forking = { .f = fake_new() };
	struct comm *c = start(forking.f, &forking.p, &few);
	struct comm_record first = record_of("1"), second = record_of("2");
	struct comm_outcome outcome;
	int error;

	/* Its outcome makes room for the second, and two processes of this one. */
	ck_assert_int_eq(comm_send_async(c, "t", &first, only_fork, &forking), 0);
	acknowledge(&forking.p, read_send(&forking.p, 1, 1), 1, 0);
	error = comm_send_record(c, "t", &second, &outcome);
	if (forking.pid == 0) {
		bool is_parents = error == COMM_EUNKNOWN_OUTCOME && outcome.maybe_persisted;

		(void)comm_close(c, 0, NULL);
		client_end_child(is_parents);
	}
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(outcome.offset, 1);
	fake_join(forking.f);
	client_join_child(forking.pid);
	client_end(c, &forking.p, forking.f);
}
END_TEST

TEST_MAIN("client_lost", what_was_under_way_has_an_unknown_outcome,
	  with_leave_it_is_sent_again_in_order, half_a_request_was_never_sent,
	  the_program_gets_no_signal, a_daemon_that_shuts_down_hands_over_to_the_next,
	  a_daemon_that_reads_no_more_hands_over_to_the_next,
	  an_answer_that_makes_no_sense_ends_the_connection, each_record_has_a_deadline,
	  what_is_to_be_sent_again_may_be_there, closing_tells_how_many_have_no_outcome,
	  closing_waits_for_what_is_under_way, records_under_way_stay_the_parents,
	  a_program_may_fork_in_a_callback, a_child_does_not_send_what_its_parent_waits_to_send)

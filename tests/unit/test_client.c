#include "client/commclient.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/clock.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client.h"

static int try(const char *socket, const struct comm_options *options, char *ret_text, size_t size)
{
	struct comm *c;
	int error = comm_connect(socket, NULL, options, &c);

	ck_assert_ptr_nonnull(c);
	(void)snprintf(ret_text, size, "%s", comm_error_message(c));
	ck_assert_int_eq(comm_close(c, 0, NULL), 0);
	return error;
}

static void expect_in(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "wanted \"%s\" in \"%s\"", part, text);
}

START_TEST(without_a_daemon_it_says_what_to_do)
{
	struct fake *f = fake_new();
	char text[1024], expected[1024];

	(void)snprintf(expected, sizeof expected,
		       "cannot reach commd on %s: nobody listens there; is it running? try: "
		       "systemctl status commd",
		       fake_socket(f));
	/* The file is there, and nobody behind it. */
	fake_stop(f);
	ck_assert_int_eq(try(fake_socket(f), NULL, text, sizeof text), COMM_ENOT_RUNNING);
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(unlink(fake_socket(f)), 0);
	ck_assert_int_eq(try(fake_socket(f), NULL, text, sizeof text), COMM_ENOT_RUNNING);
	ck_assert_str_eq(text, expected);
	fake_free(f);
}
END_TEST

START_TEST(a_path_too_long_is_told_as_such)
{
	char path[200], text[1024];

	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	ck_assert_int_eq(try(path, NULL, text, sizeof text), COMM_EINVALID);
	expect_in(text, "at most 107 bytes");
}
END_TEST

/* Somebody who is not root, and in no group that owns anything here. */
#define STRANGER 65534
#define GROUP    54321

START_TEST(permission_denied_names_the_group_to_join)
{
	struct fake *f = fake_new();
	char text[1024], dir[128];

	(void)snprintf(dir, sizeof dir, "%s", fake_socket(f));
	*strrchr(dir, '/') = '\0';
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(dir, 0755), 0);
		ck_assert_int_eq(chown(fake_socket(f), 0, GROUP), 0);
		ck_assert_int_eq(chmod(fake_socket(f), 0660), 0);
		ck_assert_int_eq(seteuid(STRANGER), 0);
		ck_assert_int_eq(try(fake_socket(f), NULL, text, sizeof text), COMM_EDENIED);
		expect_in(text, "you are not in group 54321; run: sudo usermod -aG 54321 ");
		ck_assert_int_eq(seteuid(0), 0);

		/* A directory can be in the way too. */
		ck_assert_int_eq(chown(dir, 0, GROUP), 0);
		ck_assert_int_eq(chmod(dir, 0750), 0);
		ck_assert_int_eq(seteuid(STRANGER), 0);
		ck_assert_int_eq(try(fake_socket(f), NULL, text, sizeof text), COMM_EDENIED);
		expect_in(text, "you are not in group 54321");
		ck_assert_int_eq(seteuid(0), 0);
		ck_assert_int_eq(chmod(dir, 0755), 0);
	}
	ck_assert_int_eq(chmod(fake_socket(f), 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(STRANGER), 0);
	ck_assert_int_eq(try(fake_socket(f), NULL, text, sizeof text), COMM_EDENIED);
	expect_in(text, "permission denied on ");
	expect_in(text, "only its owner may connect (mode 0000, group ");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	fake_free(f);
}
END_TEST

/* Whatever the group of root could do there. */
START_TEST(nobody_is_told_to_join_root)
{
	struct fake *f = fake_new();
	char text[1024], dir[128];

	(void)snprintf(dir, sizeof dir, "%s", fake_socket(f));
	*strrchr(dir, '/') = '\0';
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(dir, 0755), 0);
		ck_assert_int_eq(chown(fake_socket(f), 0, 0), 0);
		ck_assert_int_eq(chmod(fake_socket(f), 0660), 0);
		ck_assert_int_eq(setgroups(0, NULL), 0);
		ck_assert_int_eq(setegid(STRANGER), 0);
		ck_assert_int_eq(seteuid(STRANGER), 0);
		ck_assert_int_eq(try(fake_socket(f), NULL, text, sizeof text), COMM_EDENIED);
		expect_in(text, "only its owner may connect (mode 0660, group root); ask who runs");
		ck_assert_int_eq(seteuid(0), 0);
		ck_assert_int_eq(setegid(0), 0);
	}
	fake_free(f);
}
END_TEST

/* As many connections as are let in without being accepted. */
static size_t fill_backlog(const char *path, int *ret_fds, size_t max)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = 0;

	strcpy(addr.sun_path, path);
	while (n < max) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&addr, sizeof addr) < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			(void)close(fd);
			return n;
		}
		ret_fds[n++] = fd;
	}
	ck_abort_msg("the backlog has no end");
}

START_TEST(a_crowd_at_the_door_is_waited_for)
{
	const struct comm_options hurry = { .timeout_ms = 120 }, patient = { .timeout_ms = 10000 };
	struct fake *f = fake_new();
	int fds[1000];
	size_t n = fill_backlog(fake_socket(f), fds, ARRAY_SIZE(fds));
	struct peer crowd, p;
	struct comm *c;
	char text[1024];

	ck_assert_int_eq(try(fake_socket(f), &hurry, text, sizeof text), COMM_ENOT_RUNNING);
	expect_in(text, "too many clients wait there");

	for (size_t i = 0; i < n; i++) {
		(void)close(fds[i]);
		peer_accept(f, &crowd);
		peer_close(&crowd);
	}
	c = client_connect(f, &p, &patient);
	client_end(c, &p, f);
}
END_TEST

static void check_hello(struct fake *f, void *arg)
{
	struct peer *p = arg;
	struct comm_wire_limits limits = { 1 << 20, 100, 10, 1 << 20 };
	struct comm_hello_result result = { comm_bytes_of("commd"), comm_bytes_of("9.8"), 1,
					    &limits, false };
	uint64_t id;

	peer_accept(f, p);
	id = peer_read(p, COMM_METHOD_HELLO);
	ck_assert(comm_bytes_is(p->params.hello_params.client, "tester"));
	ck_assert(comm_bytes_is(p->params.hello_params.profile, "orders"));
	ck_assert_int_eq(p->params.hello_params.protocol, COMM_PROTOCOL_VERSION);
	peer_answer(p, id, COMM_METHOD_HELLO, &result);
}

START_TEST(hello_tells_name_and_profile)
{
	const struct comm_options options = { .client = "tester" };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c;

	fake_run(f, check_hello, &p);
	ck_assert_int_eq(setenv("COMMD_SOCKET", fake_socket(f), 1), 0);
	ck_assert_int_eq(comm_connect(NULL, "orders", &options, &c), 0);
	ck_assert_int_eq(unsetenv("COMMD_SOCKET"), 0);
	fake_join(f);
	ck_assert_str_eq(comm_server_version(c), "9.8");
	comm_close(c, 0, NULL);
	peer_expect_closed(&p);
	peer_close(&p);
	fake_free(f);
}
END_TEST

START_TEST(an_abstract_socket_begins_with_an_at_sign)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct fake *f = fake_new();
	char name[64], text[1024];
	int fd;

	(void)snprintf(name, sizeof name, "@fake-commd-%d", (int)getpid());
	ck_assert_int_eq(try(name, NULL, text, sizeof text), COMM_ENOT_RUNNING);
	memcpy(addr.sun_path + 1, name + 1, strlen(name) - 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(try(name, &(struct comm_options){ .timeout_ms = 50 }, text, sizeof text),
			 COMM_ETIMEOUT);
	(void)close(fd);
	fake_free(f);
}
END_TEST

static void refuse_profile(struct fake *f, void *arg)
{
	struct peer *p = arg;

	peer_accept(f, p);
	peer_refuse(p, peer_read(p, COMM_METHOD_HELLO), COMM_ENO_PROFILE,
		    "there is no profile \"x\"; there are: default", "profile");
}

static void talk_nonsense(struct fake *f, void *arg)
{
	peer_accept(f, arg);
	(void)peer_read(arg, COMM_METHOD_HELLO);
	peer_write(arg, "HTTP/1.1 400 Bad Request\r\n", 26);
}

static void hang_up(struct fake *f, void *arg)
{
	peer_accept(f, arg);
	(void)peer_read(arg, COMM_METHOD_HELLO);
	(void)shutdown(((struct peer *)arg)->fd, SHUT_RDWR);
}

static void say_nothing(struct fake *f, void *arg)
{
	peer_accept(f, arg);
}

START_TEST(each_refusal_has_its_sentence)
{
	static const struct {
		void (*script)(struct fake *f, void *arg);
		int error;
		const char *part;
		int timeout_ms;
	} cases[] = {
		{ refuse_profile, COMM_ENO_PROFILE, "there is no profile \"x\"; there are: default",
		  0 },
		{ talk_nonsense, COMM_EPROTOCOL, "is not understood: not MessagePack-RPC", 0 },
		{ hang_up, COMM_ENOT_RUNNING, "it may have too many", 0 },
		{ say_nothing, COMM_ETIMEOUT, "takes connections but does not answer", 300 },
	};
	struct fake *f = fake_new();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct comm_options options = { .timeout_ms = cases[i].timeout_ms };
		char text[1024];
		struct peer p;

		fake_run(f, cases[i].script, &p);
		ck_assert_int_eq(try(fake_socket(f), &options, text, sizeof text), cases[i].error);
		fake_join(f);
		expect_in(text, cases[i].part);
		peer_close(&p);
	}
	fake_free(f);
}
END_TEST

static void answer_ping(struct peer *p, int64_t time_ms)
{
	const struct comm_ping_result result = { time_ms };

	peer_answer(p, peer_read(p, COMM_METHOD_PING), COMM_METHOD_PING, &result);
}

static void welcome_and_answer(struct fake *f, void *arg)
{
	peer_welcome(f, arg);
	answer_ping(arg, 2);
}

static void ping_again(struct fake *f, void *arg)
{
	struct peer *p = arg;

	(void)peer_read(p, COMM_METHOD_PING);
	peer_close(p);
	peer_welcome(f, p);
	answer_ping(p, 42);
}

START_TEST(a_question_is_asked_again_on_a_new_connection)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	int64_t time_ms;

	fake_run(f, ping_again, &p);
	ck_assert_int_eq(comm_ping(c, &time_ms), 0);
	ck_assert_int_eq(time_ms, 42);
	fake_join(f);
	client_end(c, &p, f);
}
END_TEST

START_TEST(a_daemon_that_stays_away_is_not_waited_for_beyond_the_time)
{
	enum { TIMEOUT_MS = 10000 };
	const struct comm_options options = { .timeout_ms = TIMEOUT_MS };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, &options);
	int64_t time_ms = 7;

	fake_stop(f);
	peer_close(&p);
	clock_start(NULL, NULL);
	ck_assert_int_eq(comm_ping(c, &time_ms), COMM_ENOT_RUNNING);
	ck_assert_int_eq(clock_passed_ms(), TIMEOUT_MS);
	clock_stop();
	expect_in(comm_error_message(c), "nobody listens there");
	ck_assert_int_eq(time_ms, 7);
	comm_close(c, 0, NULL);
	fake_free(f);
}
END_TEST

static void count_ping(struct comm *c, int error, int64_t time_ms, void *arg)
{
	(void)c;
	(void)time_ms;
	ck_assert_int_eq(error, 0);
	++*(size_t *)arg;
}

START_TEST(a_daemon_that_comes_back_is_found_again)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	size_t n = 0;

	fake_stop(f);
	peer_close(&p);
	ck_assert_int_eq(comm_ping_async(c, count_ping, &n), 0);
	while (comm_process(c) != COMM_ENOT_RUNNING)
		;
	ck_assert_int_ge(comm_timeout(c), 0);
	(void)comm_wait(c, comm_timeout(c) + 1);
	ck_assert_uint_eq(n, 0);
	fake_start(f);
	fake_run(f, welcome_and_answer, &p);
	client_until(c, &n, 1);
	fake_join(f);
	ck_assert_int_eq(comm_timeout(c), -1);
	client_end(c, &p, f);
}
END_TEST

START_TEST(it_works_inside_an_event_loop)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct pollfd fd;
	size_t n = 0;

	ck_assert_int_eq(comm_timeout(c), -1);
	ck_assert_int_eq(comm_ping_async(c, count_ping, &n), 0);
	ck_assert_int_gt(comm_timeout(c), 0);
	ck_assert_int_eq(comm_events(c), POLLIN);
	fd = (struct pollfd){ .fd = comm_fd(c), .events = comm_events(c) };
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	answer_ping(&p, 1);
	ck_assert_int_eq(poll(&fd, 1, 10000), 1);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(comm_process(c), 0);
	ck_assert_uint_eq(n, 1);

	/* The end of the connection is an event too; without work nobody reconnects. */
	peer_close(&p);
	ck_assert_int_eq(poll(&fd, 1, 10000), 1);
	ck_assert_int_eq(comm_process(c), COMM_ENOT_RUNNING);
	expect_in(comm_error_message(c), "was lost (commd has closed it)");
	ck_assert_int_eq(comm_fd(c), -1);
	ck_assert_int_eq(comm_timeout(c), -1);
	ck_assert_int_eq(comm_process(c), 0);
	comm_close(c, 0, NULL);
	fake_free(f);
}
END_TEST

static void try_to_block(struct comm *c, int error, int64_t time_ms, void *arg)
{
	(void)error;
	(void)time_ms;
	ck_assert_int_eq(comm_ping(c, NULL), COMM_EINVALID);
	expect_in(comm_error_message(c), "a callback cannot wait");
	ck_assert_int_eq(comm_wait(c, 0), COMM_EINVALID);
	ck_assert_int_eq(comm_close(c, 0, NULL), COMM_EINVALID);
	ck_assert_int_eq(comm_process(c), 0);
	++*(size_t *)arg;
}

START_TEST(a_callback_must_not_wait)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	size_t n = 0;

	ck_assert_int_eq(comm_ping_async(c, try_to_block, &n), 0);
	answer_ping(&p, 1);
	client_until(c, &n, 1);
	client_end(c, &p, f);
}
END_TEST

START_TEST(a_child_gets_a_connection_of_its_own)
{
	struct fake *f = fake_new();
	struct peer parent, child;
	struct comm *c = client_connect(f, &parent, NULL);
	size_t n = 0;
	pid_t pid;

	ck_assert_int_eq(comm_ping_async(c, count_ping, &n), 0);
	pid = fork();
	if (pid == 0) {
		int64_t time_ms = 0;

		/* What is under way is the parent's. */
		if (comm_fd(c) != -1 || comm_timeout(c) != -1 || comm_ping(c, &time_ms) ||
		    time_ms != 2 || comm_close(c, 0, NULL) || n)
			client_end_child(false);
		client_end_child(true);
	}
	fake_run(f, welcome_and_answer, &child);
	client_join_child(pid);
	fake_join(f);
	answer_ping(&parent, 1);
	client_until(c, &n, 1);
	comm_close(c, 0, NULL);
	peer_close(&parent);
	peer_close(&child);
	fake_free(f);
}
END_TEST

START_TEST(errors_have_names_and_sentences)
{
	ck_assert_str_eq(comm_error_name(COMM_EBROKER), "COMM_EBROKER");
	ck_assert_str_eq(comm_strerror(COMM_EBROKER), "no answer from the Kafka brokers");
	ck_assert(comm_is_retriable(COMM_EBROKER));
	ck_assert(!comm_is_retriable(COMM_EDENIED));
	ck_assert(!comm_is_retriable(-1));
	ck_assert_str_eq(comm_error_name(0), "COMM_OK");
	ck_assert_ptr_nonnull(comm_strerror(12345));
	ck_assert_str_eq(comm_error_message(NULL), comm_strerror(COMM_ENO_MEMORY));
	ck_assert_int_eq(comm_close(NULL, 0, NULL), 0);
	ck_assert_int_eq(comm_ping(NULL, NULL), COMM_EINVALID);
}
END_TEST

TEST_MAIN("client", without_a_daemon_it_says_what_to_do, a_path_too_long_is_told_as_such,
	  permission_denied_names_the_group_to_join, nobody_is_told_to_join_root,
	  a_crowd_at_the_door_is_waited_for, hello_tells_name_and_profile,
	  an_abstract_socket_begins_with_an_at_sign, each_refusal_has_its_sentence,
	  a_question_is_asked_again_on_a_new_connection,
	  a_daemon_that_stays_away_is_not_waited_for_beyond_the_time,
	  a_daemon_that_comes_back_is_found_again, it_works_inside_an_event_loop,
	  a_callback_must_not_wait, a_child_gets_a_connection_of_its_own,
	  errors_have_names_and_sentences)

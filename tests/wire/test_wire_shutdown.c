/*
 * The end of the daemon, as its clients see it.
 */
#include "tests/lib/main.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

START_TEST(a_waiting_receive_is_answered_and_the_connection_closed)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);

	wire_create_topic(fd, "t", 1);
	wire_request_receive(fd, 3, wire_subscribe(fd, NULL, "t", NULL), COMM_NONE, 60000);
	/* The receive has been taken when a later request is answered. */
	wire_ping(fd);
	dut_tell(d);
	wire_expect_error(fd, 3, COMM_ESHUTDOWN, "connect again");
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_send_that_cannot_end_is_failed_within_the_time_set)
{
	struct daemon_under_test *d = dut_start_files("[timeouts]\nshutdown-ms = 100\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d);
	struct wire_reply reply;

	wire_request_send(fd, 1, "t", comm_bytes_of("v"), NULL, COMM_NONE);
	wire_ping(fd);
	dut_tell(d);
	wire_read_id(fd, 1, &reply);
	ck_assert_int_eq(reply.code, COMM_ESHUTDOWN);
	wire_reply_fini(&reply);
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

/* All that comes until the connection is closed, as a string that the caller frees. */
static char *read_all(int fd)
{
	size_t size = 1024 * 1024, len = 0;
	char *text = malloc(size);
	ssize_t n;

	ck_assert_ptr_nonnull(text);
	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

/* Each line is begun when the one before it has its answer, and the first has to wait for the end. */
START_TEST(lines_that_wait_for_others_are_answered)
{
	enum { PINGS = 1000 };
	static const char send[] = "{\"method\":\"send\",\"params\":[\"t\",[{\"value\":\"v\"}]]}\n",
			  ping[] = "{\"method\":\"ping\"}\n";
	struct daemon_under_test *d = dut_start_files("[timeouts]\nshutdown-ms = 100\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d), other = wire_connect(d), n = 0;
	char lines[sizeof send + PINGS * sizeof ping], *end = stpcpy(lines, send), *answers;

	for (int i = 0; i < PINGS; i++)
		end = stpcpy(end, ping);
	wire_write(fd, lines, (size_t)(end - lines));
	wire_await_counter(other, "requests_in_flight", 2);
	dut_tell(d);
	answers = read_all(fd);
	for (const char *at = answers; (at = strstr(at, "COMM_ESHUTDOWN")); at++)
		n++;
	ck_assert_int_eq(n, 1 + PINGS);
	free(answers);
	close(other);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Whatever it is. */
static void read_answer(int fd)
{
	struct wire_reply reply;

	wire_read_id(fd, 7, &reply);
	wire_reply_fini(&reply);
}

/* Ask until that fails, reading answers when there is no more room. Returns how many it has asked, and of how
 * many it has read the answer. */
static int ask_on(int fd, int *ret_n_read)
{
	/* An array of four: a request, its number, the method, no parameters. */
	static const char ping[] = "\x94\x00\x07\xa4ping\x90";
	int n = 0;

	*ret_n_read = 0;
	for (;;) {
		ssize_t r = send(fd, ping, sizeof ping - 1, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (r < 0 && errno == EAGAIN) {
			read_answer(fd);
			++*ret_n_read;
			continue;
		}
		if (r < 0)
			break;
		ck_assert_int_eq(r, sizeof ping - 1);
		n++;
	}
	ck_assert_int_eq(errno, EPIPE);
	return n;
}

START_TEST(what_could_be_written_is_answered)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), n, n_read;

	wire_ping(fd);
	dut_tell(d);
	n = ask_on(fd, &n_read);
	for (; n_read < n; n_read++)
		read_answer(fd);
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(the_sockets_file_is_removed_at_the_end)
{
	struct daemon_under_test *d = dut_start(NULL);
	char *path = strdup(dut_socket(d));
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	dut_stop(d);
	ck_assert_int_lt(stat(path, &st), 0);
	free(path);
}
END_TEST

TEST_MAIN("wire shutdown", a_waiting_receive_is_answered_and_the_connection_closed,
	  a_send_that_cannot_end_is_failed_within_the_time_set,
	  lines_that_wait_for_others_are_answered, what_could_be_written_is_answered,
	  the_sockets_file_is_removed_at_the_end)

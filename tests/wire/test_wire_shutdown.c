/*
 * The end of the daemon, as its clients see it.
 */
#include "tests/lib/main.h"

#include <string.h>
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
	  the_sockets_file_is_removed_at_the_end)

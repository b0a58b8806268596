/*
 * Clients that mean harm, or die at the worst moment: nobody else may notice, and nothing of
 * theirs may stay.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

static void expect_ping(int fd)
{
	struct wire_reply reply;

	wire_call(fd, 77, COMM_METHOD_PING, NULL, &reply, NULL);
	wire_reply_fini(&reply);
}

static void wait_until_alone(int fd)
{
	while (wire_counter(fd, "connections") > 1)
		;
}

/* A send with the id 256, whose bytes are the fourth and the fifth. */
static const char request[] = "\x94\x00\xcd\x01\x00\xa4send\x92\xa1t\x92\xc4\x03"
			      "abc\x93\xc4\x01v\xc4\x01k\x91\x92\xa1h\xc4\x01x";

enum { REQUEST_LEN = sizeof request - 1, ID = 256, ID_END = 5 };

static void cut_at_every_byte(const struct daemon_under_test *d)
{
	for (size_t n = 0; n <= REQUEST_LEN; n++) {
		int fd = wire_connect(d);

		wire_write(fd, request, n);
		shutdown(fd, SHUT_WR);
		if (n == REQUEST_LEN)
			wire_expect_error(fd, ID, COMM_ETOPIC_UNAVAILABLE, NULL);
		else if (n >= ID_END)
			wire_expect_error(fd, ID, COMM_EPROTOCOL, "in the middle of a message");
		wire_expect_closed(fd);
		close(fd);
	}
}

/* Of 800 connections that left a page of heap each, or a session, more would be seen. */
#define FLAT_KIB 256

START_TEST(a_message_cut_at_every_byte_is_told)
{
	enum { ROUNDS = 20 };
	struct daemon_under_test *d;
	size_t rss_kib, n_fds;
	char peer[80];
	int other;

	dut_keep_nothing_freed();
	d = dut_start(NULL);
	other = wire_connect(d);
	for (int i = 0; i < ROUNDS; i++)
		cut_at_every_byte(d);
	wait_until_alone(other);
	n_fds = dut_n_fds(d);
	rss_kib = dut_rss_kib(d);
	for (int i = 0; i < ROUNDS; i++) {
		cut_at_every_byte(d);
		expect_ping(other);
	}
	wait_until_alone(other);
	ck_assert_uint_eq(dut_n_fds(d), n_fds);
	ck_assert_uint_lt(dut_rss_kib(d), rss_kib + FLAT_KIB);
	/* Of no bytes and of all of them nothing was cut. */
	ck_assert_int_eq(wire_counter(other, "connections_cut_total"),
			 2 * ROUNDS * (REQUEST_LEN - 1));
	snprintf(peer, sizeof peer, "(pid %d, uid %u) is disconnected: the connection ended",
		 (int)getpid(), (unsigned int)getuid());
	ck_assert_uint_eq(dut_n_logged(d, peer), 2 * ROUNDS * (REQUEST_LEN - 1));
	close(other);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire hostile", a_message_cut_at_every_byte_is_told)

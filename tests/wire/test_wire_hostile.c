/*
 * Clients that mean harm, or die at the worst moment: nobody else may notice, and nothing of
 * theirs may stay.
 */
#include "tests/lib/main.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/said.h"
#include "proto/util.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

/* A send with the id 256, whose bytes are the fourth and the fifth. */
static const char request[] = "\x94\x00\xcd\x01\x00\xa4send\x92\xa1t\x92\xc4\x03"
			      "abc\x93\xc4\x01v\xc4\x01k\x91\x92\xa1h\xc4\x01x";

enum { REQUEST_LEN = sizeof request - 1, ID = 256, ID_END = 5 };

static void cut_at_every_byte(const struct daemon_under_test *d)
{
	for (size_t n = 0; n < REQUEST_LEN; n++) {
		int fd = wire_connect(d);

		wire_write(fd, request, n);
		shutdown(fd, SHUT_WR);
		if (n >= ID_END)
			wire_expect_error(fd, ID, COMM_EPROTOCOL, "in the middle of a message");
		wire_expect_closed(fd);
		close(fd);
	}
}

START_TEST(a_message_cut_at_every_byte_is_told)
{
	enum { ROUNDS = 20 };
	int64_t begun_ms = wire_now_ms();
	struct daemon_under_test *d;
	size_t rss_kib, n_fds, n_logged;
	char peer[80];
	int other;

	dut_keep_nothing_freed();
	d = dut_start(NULL);
	other = wire_connect(d);
	for (int i = 0; i < ROUNDS; i++)
		cut_at_every_byte(d);
	wire_await_counter(other, "connections", 1);
	n_fds = dut_n_fds(d);
	rss_kib = dut_rss_kib(d);
	for (int i = 0; i < ROUNDS; i++) {
		cut_at_every_byte(d);
		wire_ping(other);
	}
	wire_await_counter(other, "connections", 1);
	ck_assert_uint_eq(dut_n_fds(d), n_fds);
	ck_assert_uint_lt(dut_rss_kib(d), rss_kib + DUT_FLAT_KIB);
	/* Where nothing was written nothing was cut. */
	ck_assert_int_eq(wire_counter(other, "connections_cut_total"),
			 2 * ROUNDS * (REQUEST_LEN - 1));
	snprintf(peer, sizeof peer, "(pid %d, uid %u) is disconnected: the connection ended",
		 (int)getpid(), (unsigned int)getuid());
	n_logged = dut_n_logged(d, peer);
	ck_assert_uint_ge(n_logged, SAID_LINES_MAX);
	ck_assert_uint_le(n_logged, SAID_LINES_MAX * (1 + (size_t)(wire_now_ms() - begun_ms) /
								  SAID_PERIOD_MS));
	close(other);
	dut_stop(d);
}
END_TEST

/* Whatever it says, until it has closed the connection. */
static void drain(int fd)
{
	char bytes[4096];
	ssize_t n;

	do {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		ck_assert_int_eq(poll(&p, 1, 10000), 1);
		n = recv(fd, bytes, sizeof bytes, 0);
	} while (n > 0);
	ck_assert(n == 0 || errno == ECONNRESET);
}

/* It would take its time, and that of the round. */
static bool is_trace(const char *bytes, size_t n)
{
	static const char head[] = "\x94\x00\x01\xa5trace";

	return n >= sizeof head - 1 && !memcmp(bytes, head, sizeof head - 1);
}

/* One input of the fuzzer on a connection of its own, and a ping of @other while it is dealt with. */
static void feed(const struct daemon_under_test *d, const char *path, int other)
{
	static char bytes[64 * 1024];
	FILE *f = fopen(path, "r");
	size_t n;
	int fd;

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	n = fread(bytes, 1, sizeof bytes, f);
	ck_assert_msg(feof(f) && !ferror(f), "%s: too long, or not readable", path);
	fclose(f);
	if (is_trace(bytes, n))
		return;
	fd = wire_connect(d);
	wire_write(fd, bytes, n);
	shutdown(fd, SHUT_WR);
	wire_ping(other);
	drain(fd);
	close(fd);
}

/* All inputs whose names begin with @prefix. Returns how many there are. */
static int feed_corpus(const struct daemon_under_test *d, const char *prefix, int other)
{
	_cleanup_free_ char *dir_path = NULL;
	const char *root = getenv("COMMD_SOURCE_ROOT");
	const struct dirent *e;
	int n = 0;
	DIR *dir;

	ck_assert_msg(root != NULL, "COMMD_SOURCE_ROOT is not set: run this by meson test");
	ck_assert_int_gt(asprintf(&dir_path, "%s/tests/fuzz/corpus/message", root), 0);
	dir = opendir(dir_path);
	ck_assert_msg(dir != NULL, "%s: %s", dir_path, strerror(errno));
	while ((e = readdir(dir))) {
		_cleanup_free_ char *path = NULL;

		if (e->d_name[0] == '.' || strncmp(e->d_name, prefix, strlen(prefix)))
			continue;
		ck_assert_int_gt(asprintf(&path, "%s/%s", dir_path, e->d_name), 0);
		feed(d, path, other);
		n++;
	}
	closedir(dir);
	return n;
}

START_TEST(what_the_fuzzer_knows_disturbs_nobody_and_leaves_nothing)
{
	enum { ROUNDS = 10, TRIES = 5 };
	struct daemon_under_test *d;
	bool is_flat = false;
	size_t rss_kib;
	int other;

	dut_keep_nothing_freed();
	d = dut_start(NULL);
	other = wire_connect(d);
	/* Among the inputs are good requests, which make Kafka's connections and a topic. */
	for (int i = 0; i < ROUNDS; i++)
		ck_assert_int_gt(feed_corpus(d, "", other), 100);
	wire_await_counter(other, "connections", 1);
	/* What those have begun, such as consumers, may need its memory in a while; what leaks does so each time. */
	for (int i = 0; i < TRIES && !is_flat; i++) {
		rss_kib = dut_rss_kib(d);
		for (int j = 0; j < ROUNDS; j++)
			ck_assert_int_gt(feed_corpus(d, "hostile-", other), 50);
		wire_await_counter(other, "connections", 1);
		is_flat = dut_rss_kib(d) < rss_kib + DUT_FLAT_KIB;
	}
	ck_assert(is_flat);
	close(other);
	dut_stop(d);
}
END_TEST

/* Those that are refused are counted, each of them: otherwise they were closed behind our back. */
static void crowd_out(const struct daemon_under_test *d, int old)
{
	enum { N = 300 };
	static int fds[N];
	int64_t before = wire_counter(old, "connections_total");

	for (int i = 0; i < N; i++)
		fds[i] = wire_connect(d);
	while (wire_counter(old, "connections_total") - before +
		       wire_counter(old, "connections_refused_total") <
	       N)
		wire_ping(old);
	ck_assert_int_gt(wire_counter(old, "connections_refused_total"), 0);
	ck_assert_int_gt(wire_counter(old, "connections"), 1);
	wire_send(old, "t", comm_bytes_of("v"), NULL);
	for (int i = 0; i < N; i++)
		close(fds[i]);
	wire_await_counter(old, "connections", 1);
}

static void expect_crowd_is_refused(void)
{
	struct daemon_under_test *d = dut_start_with_fds(64, NULL);
	int old = wire_connect(d);
	int new;

	wire_create_topic(old, "t", 1);
	wire_send(old, "t", comm_bytes_of("v"), NULL);
	crowd_out(d, old);
	new = wire_connect(d);
	wire_ping(new);
	wire_send(new, "t", comm_bytes_of("v"), NULL);
	dut_expect_logged(d, "64 descriptors are allowed", 1);
	close(new);
	close(old);
	dut_stop(d);
}

START_TEST(more_connections_than_descriptors_are_refused_and_counted)
{
	expect_crowd_is_refused();
}
END_TEST

/* As when Kafka needs more than what is reserved for it. */
START_TEST(descriptors_that_others_use_are_not_given_to_connections)
{
	for (int i = 0; i < 24; i++)
		ck_assert_int_ge(dup(STDERR_FILENO), 0);
	expect_crowd_is_refused();
}
END_TEST

/* The beginning of a send with one large value, and of that value; or as much as is read of it. */
static void write_most_of_a_send(int fd, size_t len)
{
	static const char head[] = "\x94\x00\x01\xa4send\x92\xa1t\x91\xc6\x00\xff\x00\x00";
	static const char value[64 * 1024];
	ssize_t n = 1;

	wire_write(fd, head, sizeof head - 1);
	for (; len && n > 0; len -= (size_t)n)
		n = send(fd, value, MIN(len, sizeof value), MSG_NOSIGNAL);
}

START_TEST(large_messages_that_are_not_whole_are_bounded_together)
{
	static const char *const dev[] = { "--dev", NULL };
	enum { N = 4, LEN = 15 * 1024 * 1024 };
	/* One user alone is stopped before. */
	struct daemon_under_test *d =
		dut_start_files("[quota]\nheld-bytes = 1G\nwait-ms = 200\n", "", dev);
	int fds[N + 1], other = wire_connect(d), one_more;

	/* The last of them goes on though there is no room. */
	for (int i = 0; i <= N; i++) {
		fds[i] = wire_connect(d);
		write_most_of_a_send(fds[i], LEN);
	}
	while (wire_counter(other, "partial_bytes") < (int64_t)(N + 1) * LEN)
		;
	one_more = wire_connect(d);
	write_most_of_a_send(one_more, LEN / 2);
	wire_expect_error(one_more, 1, COMM_EBUSY, "try again later");
	ck_assert_int_eq(wire_counter(other, "partial_delayed_total"), 1);
	ck_assert_int_eq(wire_counter(other, "partial_refused_total"), 1);
	close(one_more);
	for (int i = 0; i <= N; i++)
		close(fds[i]);
	wire_await_counter(other, "partial_bytes", 0);
	close(other);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire hostile", large_messages_that_are_not_whole_are_bounded_together,
	  a_message_cut_at_every_byte_is_told,
	  what_the_fuzzer_knows_disturbs_nobody_and_leaves_nothing,
	  more_connections_than_descriptors_are_refused_and_counted,
	  descriptors_that_others_use_are_not_given_to_connections)

/*
 * Lines that mean harm, are too long, stop in the middle or are too many: nobody else may notice, and
 * nothing of theirs may stay.
 */
#include "tests/lib/main.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/limits.h"
#include "tests/lib/daemon.h"
#include "tests/lib/lines.h"
#include "tests/lib/wire.h"

/* Read until it is closed; returns how many lines there were. */
static size_t drain(int fd)
{
	char bytes[4096];
	size_t n_lines = 0;
	ssize_t n;

	do {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		ck_assert_int_eq(poll(&p, 1, 10000), 1);
		n = recv(fd, bytes, sizeof bytes, 0);
		for (ssize_t i = 0; i < n; i++)
			n_lines += bytes[i] == '\n';
	} while (n > 0);
	ck_assert(n == 0 || errno == ECONNRESET);
	return n_lines;
}

static const char request[] =
	"{\"method\":\"send\",\"params\":{\"topic\":\"t\",\"records\":[\"\\u20ac\\\\"
	"\"]}}";

static void cut_at_every_byte(const struct daemon_under_test *d)
{
	for (size_t n = 1; n < sizeof request - 1; n++) {
		int fd = wire_connect(d);

		wire_write(fd, request, n);
		shutdown(fd, SHUT_WR);
		lines_expect_error(fd, -1, COMM_EPROTOCOL, "not JSON", NULL);
		wire_expect_closed(fd);
		close(fd);
	}
}

START_TEST(a_line_cut_at_every_byte_is_told)
{
	enum { ROUNDS = 10 };
	struct daemon_under_test *d;
	size_t rss_kib, n_fds;
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
	close(other);
	dut_stop(d);
}
END_TEST

/* One input of the fuzzer behind a ping, which makes it lines, and a ping of @other while it is read. */
static void feed(const struct daemon_under_test *d, const char *path, int other)
{
	static char bytes[64 * 1024];
	FILE *f = fopen(path, "r");
	int fd = wire_connect(d);
	size_t n;

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	n = fread(bytes, 1, sizeof bytes, f);
	ck_assert_msg(feof(f) && !ferror(f), "%s: too long, or not readable", path);
	fclose(f);
	lines_write(fd, "{\"id\":0,\"method\":\"ping\"}\n");
	wire_write(fd, bytes, n);
	lines_write(fd, "\n{\"id\":0,\"method\":\"ping\"}\n");
	shutdown(fd, SHUT_WR);
	wire_ping(other);
	ck_assert_msg(drain(fd) >= 2, "%s", path);
	close(fd);
}

static int feed_corpus(const struct daemon_under_test *d, int other)
{
	_cleanup_free_ char *dir_path = NULL;
	const char *root = getenv("COMMD_SOURCE_ROOT");
	const struct dirent *e;
	int n = 0;
	DIR *dir;

	ck_assert_msg(root != NULL, "COMMD_SOURCE_ROOT is not set: run this by meson test");
	ck_assert_int_gt(asprintf(&dir_path, "%s/tests/fuzz/corpus/json", root), 0);
	dir = opendir(dir_path);
	ck_assert_msg(dir != NULL, "%s: %s", dir_path, strerror(errno));
	while ((e = readdir(dir))) {
		_cleanup_free_ char *path = NULL;

		if (e->d_name[0] == '.')
			continue;
		ck_assert_int_gt(asprintf(&path, "%s/%s", dir_path, e->d_name), 0);
		feed(d, path, other);
		n++;
	}
	closedir(dir);
	return n;
}

START_TEST(what_the_fuzzer_knows_disturbs_nobody)
{
	struct daemon_under_test *d = dut_start(NULL);
	int other = wire_connect(d);

	for (int i = 0; i < 3; i++)
		ck_assert_int_gt(feed_corpus(d, other), 50);
	wire_await_counter(other, "connections", 1);
	/* Of a line that was understood or not, the next is read. */
	ck_assert_int_eq(wire_counter(other, "connections_broken_total"), 0);
	close(other);
	dut_stop(d);
}
END_TEST

/* A ping that has @n bytes with its spaces, and an end of line if it @has_end. */
static void write_long(int fd, size_t n, bool has_end)
{
	_cleanup_free_ char *line = malloc(n + 1);
	static const char head[] = "{\"id\":1,\"method\":\"ping\"";

	ck_assert_ptr_nonnull(line);
	memset(line, ' ', n);
	memcpy(line, head, sizeof head - 1);
	line[n - 1] = '}';
	line[n] = '\n';
	wire_write(fd, line, n + has_end);
}

START_TEST(a_line_has_a_limit)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), endless = wire_connect(d), other = wire_connect(d);
	json_t *answer;

	write_long(fd, COMM_JSON_LINE_MAX, true);
	answer = lines_read(fd);
	ck_assert_ptr_nonnull(json_object_get(answer, "result"));
	json_decref(answer);
	write_long(fd, COMM_JSON_LINE_MAX + 1, true);
	lines_expect_error(fd, -1, COMM_ETOO_BIG, "longer than 1048576 bytes", NULL);
	wire_expect_closed(fd);

	write_long(endless, COMM_JSON_LINE_MAX + 1, false);
	lines_expect_error(endless, -1, COMM_ETOO_BIG, "longer than 1048576 bytes", NULL);
	wire_expect_closed(endless);
	ck_assert_int_eq(wire_counter(other, "connections_broken_total"), 2);
	ck_assert_int_eq(wire_counter(other, "partial_bytes"), 0);
	close(fd);
	close(endless);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(a_smaller_limit_of_messages_holds_for_lines)
{
	struct daemon_under_test *d = dut_start_files("[limits]\nmessage-max = 64K\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d);

	write_long(fd, 64 * 1024, true);
	json_decref(lines_read(fd));
	write_long(fd, 64 * 1024 + 1, true);
	lines_expect_error(fd, -1, COMM_ETOO_BIG, "longer than 65536 bytes", NULL);
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(many_values_cost_no_memory)
{
	enum { N = 250 * 1000 };
	struct daemon_under_test *d;
	_cleanup_free_ char *line = malloc(4 * N + 64);
	char *end = line;
	size_t rss_kib;
	int fd;

	ck_assert_ptr_nonnull(line);
	end = stpcpy(end, "{\"id\":1,\"method\":\"ping\",\"params\":[{}");
	for (int i = 0; i < N; i++)
		end = stpcpy(end, ",{}");
	strcpy(end, "]}\n");

	dut_keep_nothing_freed();
	d = dut_start(NULL);
	fd = wire_connect(d);
	lines_write(fd, "{\"method\":\"ping\"}\n");
	json_decref(lines_read(fd));
	rss_kib = dut_rss_kib(d);
	for (int i = 0; i < 5; i++) {
		lines_write(fd, line);
		lines_expect_error(fd, -1, COMM_ETOO_BIG, "more than 131072 values", NULL);
	}
	/* The line itself has been there; parsed, it would be 60 MiB. */
	ck_assert_uint_lt(dut_rss_kib(d), rss_kib + 8 * 1024);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_line_that_does_not_become_whole_in_time_ends_its_connection)
{
	struct daemon_under_test *d = dut_start_files("[limits]\nidle-message-timeout-ms = 100\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	int slow = wire_connect(d), idle = wire_connect(d), other = wire_connect(d);

	lines_write(idle, "{\"method\":\"ping\"}\n\n");
	json_decref(lines_read(idle));
	lines_write(slow, "{\"method\":\"ping\"}");
	lines_expect_error(slow, -1, COMM_EPROTOCOL, "did not become whole in 100 ms", NULL);
	wire_expect_closed(slow);
	ck_assert_int_eq(wire_counter(other, "connections_late_total"), 1);
	lines_write(idle, "{\"method\":\"ping\"}\n");
	json_decref(lines_read(idle));
	close(slow);
	close(idle);
	close(other);
	dut_stop(d);
}
END_TEST

/* As much as the socket takes; returns how many lines that were. */
static size_t write_pings(int fd)
{
	static const char ping[] = "{\"id\":1,\"method\":\"help\"}\n";
	size_t n_bytes = 0;
	ssize_t n;

	do {
		size_t from = n_bytes % (sizeof ping - 1);

		n = send(fd, ping + from, sizeof ping - 1 - from, MSG_DONTWAIT | MSG_NOSIGNAL);
		n_bytes += n > 0 ? (size_t)n : 0;
	} while (n > 0 && n_bytes < 64 * 1024 * 1024);
	/* The last one may have been cut. */
	if (n_bytes % (sizeof ping - 1))
		shutdown(fd, SHUT_WR);
	return n_bytes / (sizeof ping - 1);
}

START_TEST(who_does_not_read_the_answers_is_not_read_from)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	size_t n = 0, more;

	while (wire_counter(other, "connections_paused") == 0)
		n += write_pings(fd);
	do {
		more = write_pings(fd);
		n += more;
	} while (more);
	wire_ping(other);
	ck_assert_uint_lt(dut_rss_kib(d), 400 * 1024);
	shutdown(fd, SHUT_WR);
	ck_assert_uint_ge(drain(fd), n);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire json hostile", a_line_cut_at_every_byte_is_told,
	  what_the_fuzzer_knows_disturbs_nobody, a_line_has_a_limit,
	  a_smaller_limit_of_messages_holds_for_lines, many_values_cost_no_memory,
	  a_line_that_does_not_become_whole_in_time_ends_its_connection,
	  who_does_not_read_the_answers_is_not_read_from)

/*
 * Each request, and all that one mistake makes of it, from one connection each: whether it is refused or done, it is
 * answered whole, others are served meanwhile, and nothing stays.
 */
#include "tests/lib/main.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/golden_line.h"
#include "tests/lib/hex.h"
#include "tests/lib/mutants.h"
#include "tests/lib/wire.h"
#include "tests/unit/golden.h"

/* So many are open at once, and so long has each of them time to be answered. */
#define N_OPEN 128

struct crowd {
	const struct daemon_under_test *daemon;
	int other; /* a client that behaves */
	bool is_json;
	size_t one_of; /* so many mutants are sent */
	size_t n_mutants;
	size_t n; /* clients so far */
	int fds[N_OPEN];
};

/* Answers, one behind the other; the last may be cut if @is_cut. */
static void check_answers(const char *bytes, size_t len, bool is_cut)
{
	while (len) {
		struct comm_scan s;
		enum comm_scan_result r;

		comm_scan_start(&s, COMM_MESSAGE_MAX);
		r = comm_scan(&s, bytes, len);
		if (is_cut && r == COMM_SCAN_MORE)
			return;
		ck_assert_int_eq(r, COMM_SCAN_MESSAGE);
		ck_assert_int_eq(s.type, COMM_RESPONSE);
		bytes += s.pos;
		len -= s.pos;
	}
}

static void check_lines(const char *bytes, size_t len, bool is_cut)
{
	ck_assert(!len || *bytes == '{');
	ck_assert(!len || is_cut || bytes[len - 1] == '\n');
}

/* Take what has been said to it so far. */
static void leave(const struct crowd *c, int fd)
{
	static char bytes[1024 * 1024];
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = recv(fd, bytes + len, sizeof bytes - len, MSG_DONTWAIT)) > 0)
		len += (size_t)n;
	ck_assert(n == 0 || errno == EAGAIN);
	(c->is_json ? check_lines : check_answers)(bytes, len, n < 0);
	close(fd);
}

/* Every second one does not wait for an answer, nor take the one that there is already. */
static void send_mutant(void *arg, const char *bytes, size_t len)
{
	struct crowd *c = arg;
	int *place = &c->fds[c->n % N_OPEN], fd;

	if (c->n_mutants++ % c->one_of)
		return;
	leave(c, *place);
	*place = -1;
	fd = wire_connect(c->daemon);
	wire_write(fd, bytes, len);
	if (c->n++ % 2) {
		close(fd);
	} else {
		shutdown(fd, SHUT_WR);
		*place = fd;
	}
	if (c->n % 64 == 0)
		wire_ping(c->other);
}

static void send_all(struct crowd *c, size_t one_of)
{
	c->one_of = one_of;
	c->n_mutants = 0;
	for (size_t i = 0; i < N_OPEN; i++)
		c->fds[i] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_hex_ struct hex_bytes b = hex_read(goldens[i].hex);
		_cleanup_free_ char *line = NULL;

		if (goldens[i].kind != GOLDEN_REQUEST)
			continue;
		if (!c->is_json) {
			mutants_each(b.data, b.len, send_mutant, c);
			continue;
		}
		line = golden_line(&goldens[i]);
		mutants_each(line, strlen(line), send_mutant, c);
	}
	for (size_t i = 0; i < N_OPEN; i++)
		leave(c, c->fds[i]);
	wire_await_counter(c->other, "connections", 1);
	wire_await_counter(c->other, "requests_in_flight", 1);
	wire_await_counter(c->other, "partial_bytes", 0);
}

static struct daemon_under_test *start(struct crowd *c)
{
	struct daemon_under_test *d = dut_start(NULL);

	c->daemon = d;
	c->other = wire_connect(d);
	return d;
}

static void stop(struct crowd *c, struct daemon_under_test *d)
{
	ck_assert_int_eq(wire_counter(c->other, "connections_total"), (int64_t)c->n + 1);
	close(c->other);
	dut_stop(d);
}

START_TEST(no_mistake_in_a_request_harms_others)
{
	struct crowd c = { 0 };
	struct daemon_under_test *d = start(&c);

	send_all(&c, 1);
	stop(&c, d);
}
END_TEST

/* All of them are in the unit test; there are three times as many, and what differs is how a line is read. */
START_TEST(no_mistake_in_a_line_harms_others)
{
	struct crowd c = { .is_json = true };
	struct daemon_under_test *d = start(&c);

	send_all(&c, 7);
	stop(&c, d);
}
END_TEST

TEST_MAIN("wire exhaustive", no_mistake_in_a_request_harms_others,
	  no_mistake_in_a_line_harms_others)

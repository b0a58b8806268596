/*
 * A client that is killed at every byte of a request, whatever it has done before: nobody else notices, and
 * nothing of it stays.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/golden_line.h"
#include "tests/lib/hex.h"
#include "tests/lib/wire.h"
#include "tests/unit/golden.h"

/* What a client has done before it begins to write its last request. */
enum past {
	PAST_NOTHING,
	PAST_UNREAD, /* an answer is there, and is not read: the daemon sees a connection that is reset */
	PAST_WAITING, /* for the outcome of a record */
	N_PASTS
};

/* A request, and how its client writes others. */
struct frame {
	struct comm_bytes bytes;
	struct comm_bytes ping;
	struct comm_bytes send;
};

#define BYTES(literal)                      \
	{                                   \
		literal, sizeof literal - 1 \
	}

static const char *const methods[] = {
	"hello",       "send",        "subscribe",    "receive",        "ack",   "seek", "pause",
	"list_topics", "unsubscribe", "create_topic", "describe_group", "status"
};

static bool has_written(int fd, struct comm_bytes b)
{
	return write(fd, b.data, b.len) == (ssize_t)b.len;
}

/* Become the client of @past that has written the first @len bytes of its request. */
static void begin(int fd, enum past past, const struct frame *f, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	bool is_sent = true;

	if (past == PAST_UNREAD)
		is_sent = has_written(fd, f->ping) && poll(&p, 1, 10000) == 1;
	else if (past == PAST_WAITING)
		is_sent = has_written(fd, f->send);
	if (!is_sent || !has_written(fd, (struct comm_bytes){ f->bytes.data, len }))
		_exit(1);
}

/* A process is killed that is a client for each byte of @f from @first on, whatever they have done before. */
static void kill_from(const struct daemon_under_test *d, const struct frame *f, size_t first)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		for (int past = 0; past < N_PASTS; past++)
			for (size_t len = first; len <= f->bytes.len; len++)
				begin(wire_connect(d), (enum past)past, f, len);
		(void)raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static const struct golden *find(const char *method)
{
	const struct golden *g = goldens;

	while (g->kind != GOLDEN_REQUEST || strcmp(g->method, method))
		g++;
	return g;
}

static void kill_at_every_byte(const struct daemon_under_test *d, const struct frame *f)
{
	kill_from(d, f, 0);
}

static void kill_at_its_end(const struct daemon_under_test *d, const struct frame *f)
{
	kill_from(d, f, f->bytes.len);
}

/* ---- twelve requests, in both forms ---- */

typedef void (*killer_fn)(const struct daemon_under_test *d, const struct frame *f);

static void kill_messages(const struct daemon_under_test *d, const struct golden *g, killer_fn fn)
{
	_cleanup_hex_ struct hex_bytes b = hex_read(g->hex);
	struct frame f = {
		.bytes = { b.data, b.len },
		.ping = BYTES("\x94\x00\x01\xa4ping\x90"),
		.send = BYTES("\x94\x00\x01\xa4send\x92\xa6orders\x91\xc4\x01v"),
	};

	fn(d, &f);
}

static void kill_lines(const struct daemon_under_test *d, const struct golden *g, killer_fn fn)
{
	_cleanup_free_ char *line = golden_line(g);
	struct frame f = {
		.bytes = comm_bytes_of(line),
		.ping = BYTES("{\"method\":\"ping\"}\n"),
		.send = BYTES("{\"id\":1,\"method\":\"send\",\"params\":[\"orders\",[\"v\"]]}\n"),
	};

	fn(d, &f);
}

static void kill_all(const struct daemon_under_test *d, int other,
		     void (*kill_form)(const struct daemon_under_test *d, const struct golden *g,
				       killer_fn fn),
		     killer_fn fn)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		kill_form(d, find(methods[i]), fn);
		wire_ping(other);
	}
}

/* All that is counted is as before; what a whole request began may take a moment to end. */
static void expect_nothing_left(const struct daemon_under_test *d, int other, size_t n_fds)
{
	wire_await_counter(other, "connections", 1);
	wire_await_counter(other, "requests_in_flight", 1);
	wire_await_counter(other, "subscriptions", 0);
	wire_await_counter(other, "inflight_bytes", 0);
	ck_assert_int_eq(wire_counter(other, "partial_bytes"), 0);
	dut_await_fds(d, n_fds);
}

/* A first round of whole requests makes what stays: what librdkafka has for a profile. */
static void expect_no_trace(void (*kill_form)(const struct daemon_under_test *d,
					      const struct golden *g, killer_fn fn))
{
	struct daemon_under_test *d = dut_start(NULL);
	int other = wire_connect(d);
	size_t n_fds;

	wire_create_topic(other, "orders", 3);
	kill_all(d, other, kill_form, kill_at_its_end);
	expect_nothing_left(d, other, SIZE_MAX);
	n_fds = dut_n_fds(d);
	kill_all(d, other, kill_form, kill_at_every_byte);
	expect_nothing_left(d, other, n_fds);
	close(other);
	dut_stop(d);
}

START_TEST(a_client_killed_at_any_byte_leaves_no_trace)
{
	expect_no_trace(kill_messages);
}
END_TEST

START_TEST(a_client_killed_at_any_byte_of_a_line_leaves_no_trace)
{
	expect_no_trace(kill_lines);
}
END_TEST

TEST_MAIN("wire killed", a_client_killed_at_any_byte_leaves_no_trace,
	  a_client_killed_at_any_byte_of_a_line_leaves_no_trace)

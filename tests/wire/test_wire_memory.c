/*
 * Too little memory, at every single allocation that a request causes: it is answered, or its connection is closed;
 * others are served, nothing stays, and what is asked again is done.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/golden_line.h"
#include "tests/lib/hex.h"
#include "tests/lib/scarce.h"
#include "tests/lib/wire.h"
#include "tests/unit/golden.h"

/* Allocations of one request, at most. */
#define N_MAX 2000

struct world {
	struct daemon_under_test *daemon;
	struct scarce *scarce;
	int other; /* -1: there is no other */
	bool is_json;
	bool and_on; /* whether all fail from one on, or just that one */
};

/* What an answer without memory may say besides what it says with it. */
static const uint64_t allowed = 1ull << COMM_ENO_MEMORY | 1ull << COMM_EUNKNOWN_OUTCOME |
				1ull << COMM_EDENIED; /* who it is could not be asked */

enum { CLOSED = -1 };

/* Returns what the error says, COMM_OK for a result. */
static int code_of_line(const char *bytes)
{
	const char *code = strstr(bytes, "{\"error\":{\"code\":");

	return code ? atoi(strpbrk(code, "0123456789")) : COMM_OK;
}

static int code_of(const struct comm_scan *s, const char *bytes)
{
	struct comm_decoder *d = comm_decoder_new();
	struct comm_wire_error error = { .code = COMM_OK };
	struct comm_envelope e;
	struct comm_refusal why;

	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(comm_decode_envelope(d, s, bytes, &e, &why), 0);
	if (e.error)
		ck_assert_int_eq(comm_decode(d, &comm_messages[COMM_MESSAGE_wire_error], e.error,
					     COMM_LENIENT, &error, &why),
				 0);
	comm_decoder_free(d);
	return (int)error.code;
}

/* Whether @bytes are a whole answer, of @ret_code. */
static bool is_whole(const struct world *w, const char *bytes, size_t len, int *ret_code)
{
	struct comm_scan s;

	comm_scan_start(&s, COMM_MESSAGE_MAX);
	if (w->is_json ? bytes[len - 1] != '\n' : comm_scan(&s, bytes, len) != COMM_SCAN_MESSAGE)
		return false;
	*ret_code = w->is_json ? code_of_line(bytes) : code_of(&s, bytes);
	return true;
}

/* Returns what the answer says, CLOSED if there is none. */
static int read_answer(const struct world *w, int fd, const char *what)
{
	static char bytes[1024 * 1024];
	size_t len = 0;
	int code;

	do {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		ck_assert_msg(poll(&p, 1, 10000) == 1, "%s: neither an answer nor an end", what);
		n = recv(fd, bytes + len, sizeof bytes - 1 - len, 0);
		if (n <= 0)
			return CLOSED;
		len += (size_t)n;
		bytes[len] = '\0';
	} while (!is_whole(w, bytes, len, &code));
	return code;
}

/* One after the other, as long as all goes well. Adds what answers say to @codes; returns the last. */
static int ask(const struct world *w, const struct comm_bytes *requests, size_t n, const char *what,
	       uint64_t *codes)
{
	int fd = wire_connect(w->daemon), code = COMM_OK;

	for (size_t i = 0; i < n && code == COMM_OK; i++) {
		/* It may be closed already. */
		(void)send(fd, requests[i].data, requests[i].len, MSG_NOSIGNAL);
		code = read_answer(w, fd, what);
		if (code != CLOSED)
			*codes |= 1ull << code;
	}
	close(fd);
	return code;
}

/* A conversation for each allocation that it causes, until no more of them fails. */
static void sweep(const struct world *w, const struct comm_bytes *requests, size_t n,
		  const char *what)
{
	uint64_t without = 0, with = 0;
	long n_failed = 1;

	for (long i = 1; n_failed; i++) {
		uint64_t codes = 0;
		int last;

		ck_assert_int_lt(i, N_MAX);
		scarce_begin(w->scarce, i, w->and_on);
		last = ask(w, requests, n, what, &codes);
		n_failed = scarce_end(w->scarce);
		ck_assert(n_failed || last != CLOSED);
		*(n_failed ? &without : &with) |= codes;
		if (w->other >= 0)
			wire_ping(w->other);
	}
	ck_assert_msg(!(without & ~with & ~allowed), "%s: codes %llx without memory, %llx with it",
		      what, (unsigned long long)without, (unsigned long long)with);
}

static void sweep_golden(const struct world *w, const struct golden *g)
{
	_cleanup_hex_ struct hex_bytes b = hex_read(g->hex);
	_cleanup_free_ char *line = golden_line(g), *text = NULL;
	struct comm_bytes request = { b.data, b.len };

	ck_assert_int_gt(asprintf(&text, "%s\n", line), 0);
	if (w->is_json)
		request = comm_bytes_of(text);
	sweep(w, &request, 1, g->method);
}

/* A trace would take its time. */
static void sweep_goldens(const struct world *w, bool are_deletes)
{
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++)
		if (goldens[i].kind == GOLDEN_REQUEST && strcmp(goldens[i].method, "trace") &&
		    !strcmp(goldens[i].method, "delete_topic") == are_deletes)
			sweep_golden(w, &goldens[i]);
}

#define LINE(text)                     \
	{                              \
		text "\n", sizeof text \
	}

/* A life with a subscription, of one reader or as a member of a group; and a trace. */
static void sweep_reading(const struct world *w)
{
	static const struct comm_bytes lines[] = {
		LINE("{\"method\":\"subscribe\",\"params\":{\"group\":null,\"topics\":[\"orders\"],"
		     "\"start\":\"earliest\"}}"),
		LINE("{\"method\":\"receive\",\"params\":{\"subscription\":1,\"timeout_ms\":20}}"),
		LINE("{\"method\":\"seek\",\"params\":{\"subscription\":1,\"start\":\"latest\"}}"),
		LINE("{\"method\":\"pause\",\"params\":{\"subscription\":1}}"),
		LINE("{\"method\":\"resume\",\"params\":{\"subscription\":1}}"),
		LINE("{\"method\":\"unsubscribe\",\"params\":{\"subscription\":1}}"),
	};
	static const struct comm_bytes member[] = {
		LINE("{\"method\":\"subscribe\",\"params\":{\"group\":\"g\",\"topics\":[\"orders\"]"
		     ","
		     "\"start\":\"earliest\",\"ack\":\"manual\"}}"),
		LINE("{\"method\":\"receive\",\"params\":{\"subscription\":1,\"timeout_ms\":20}}"),
		LINE("{\"method\":\"ack\",\"params\":{\"subscription\":1,\"positions\":["
		     "[\"orders\",0,1]]}}"),
	};
	static const struct comm_bytes trace[] = {
		LINE("{\"method\":\"trace\",\"params\":{\"topic\":\"orders\",\"timeout_ms\":5}}"),
	};

	sweep(w, lines, ARRAY_SIZE(lines), "reading");
	sweep(w, member, ARRAY_SIZE(member), "a member");
	sweep(w, trace, ARRAY_SIZE(trace), "a trace");
}

/* As long as nobody else of this user is connected. */
static void sweep_first(struct world *w)
{
	static const struct comm_bytes line[] = { LINE("{\"method\":\"ping\"}") };

	close(w->other);
	w->other = -1;
	sweep(w, line, 1, "the first");
	w->other = wire_connect(w->daemon);
	wire_ping(w->other);
}

static void init(struct world *w)
{
	w->scarce = scarce_new();
	w->daemon = dut_start(NULL);
	w->other = wire_connect(w->daemon);
	wire_create_topic(w->other, "orders", 12);
}

static void fini(struct world *w)
{
	wire_await_counter(w->other, "connections", 1);
	wire_await_counter(w->other, "requests_in_flight", 1);
	wire_await_counter(w->other, "subscriptions", 0);
	wire_await_counter(w->other, "inflight_bytes", 0);
	wire_await_counter(w->other, "partial_bytes", 0);
	close(w->other);
	dut_stop(w->daemon);
	scarce_free(w->scarce);
}

static void sweep_all(bool is_json, bool and_on)
{
	struct world w = { .is_json = is_json, .and_on = and_on };

	init(&w);
	if (is_json) {
		sweep_first(&w);
		sweep_reading(&w);
	}
	sweep_goldens(&w, false);
	sweep_goldens(&w, true);
	fini(&w);
}

START_TEST(each_request_survives_an_allocation_that_fails)
{
	sweep_all(false, false);
}
END_TEST

START_TEST(each_line_survives_an_allocation_that_fails)
{
	sweep_all(true, false);
}
END_TEST

START_TEST(each_request_survives_allocations_that_fail)
{
	sweep_all(false, true);
}
END_TEST

START_TEST(each_line_survives_allocations_that_fail)
{
	sweep_all(true, true);
}
END_TEST

TEST_MAIN("wire memory", each_request_survives_an_allocation_that_fails,
	  each_line_survives_an_allocation_that_fails, each_request_survives_allocations_that_fail,
	  each_line_survives_allocations_that_fail)

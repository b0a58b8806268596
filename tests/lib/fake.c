#include "tests/lib/fake.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/error_table.h"
#include "tests/lib/keeper.h"

#define LIMIT_MS   10000
#define BACKLOG    64
#define READ_BYTES (64 * 1024)

struct fake {
	struct keeper *keeper; /* owned */
	char dir[64];
	char path[80];
	int fd;
	pthread_t thread;
	void (*script)(struct fake *f, void *arg);
	void *arg;
};

static void wait_for(int fd, short events, const char *what)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do {
		n = poll(&p, 1, LIMIT_MS);
	} while (n < 0 && errno == EINTR);
	ck_assert_msg(n == 1, "the fake daemon waited %d s %s, in vain", LIMIT_MS / 1000, what);
}

void fake_start(struct fake *f)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)unlink(f->path);
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(f->fd, 0);
	strcpy(addr.sun_path, f->path);
	ck_assert_msg(!bind(f->fd, (struct sockaddr *)&addr, sizeof addr), "bind: %s",
		      strerror(errno));
	ck_assert_int_eq(listen(f->fd, BACKLOG), 0);
}

void fake_stop(struct fake *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
}

struct fake *fake_new(void)
{
	struct fake *f = calloc(1, sizeof *f);

	ck_assert_ptr_nonnull(f);
	f->keeper = keeper_new(f->dir, sizeof f->dir);
	(void)snprintf(f->path, sizeof f->path, "%s/sock", f->dir);
	fake_start(f);
	return f;
}

void fake_free(struct fake *f)
{
	fake_stop(f);
	f->keeper = keeper_free(f->keeper);
	free(f);
}

const char *fake_socket(const struct fake *f)
{
	return f->path;
}

static void *run(void *arg)
{
	struct fake *f = arg;

	f->script(f, f->arg);
	return NULL;
}

void fake_run(struct fake *f, void (*script)(struct fake *f, void *arg), void *arg)
{
	f->script = script;
	f->arg = arg;
	ck_assert_int_eq(pthread_create(&f->thread, NULL, run, f), 0);
}

void fake_join(struct fake *f)
{
	ck_assert_int_eq(pthread_join(f->thread, NULL), 0);
}

bool fake_try_join(struct fake *f)
{
	int r = pthread_tryjoin_np(f->thread, NULL);

	ck_assert(r == 0 || r == EBUSY);
	return r == 0;
}

void peer_accept(struct fake *f, struct peer *ret)
{
	*ret = (struct peer){ .decoder = comm_decoder_new() };
	ck_assert_ptr_nonnull(ret->decoder);
	comm_buf_init(&ret->in);
	comm_scan_start(&ret->scan, COMM_MESSAGE_MAX);
	wait_for(f->fd, POLLIN, "for a connection");
	ret->fd = accept4(f->fd, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_msg(ret->fd >= 0, "accept: %s", strerror(errno));
}

void peer_welcome(struct fake *f, struct peer *ret)
{
	const struct comm_wire_limits limits = {
		.message_bytes = COMM_MESSAGE_MAX,
		.records = COMM_RECORDS_MAX,
		.requests = 1024,
		.inflight_bytes = 8 << 20,
	};
	const struct comm_hello_result result = {
		.server = comm_bytes_of("commd"),
		.version = comm_bytes_of("1.2.3"),
		.protocol = COMM_PROTOCOL_VERSION,
		.limits = &limits,
		.shares = true,
	};

	peer_accept(f, ret);
	peer_answer(ret, peer_read(ret, COMM_METHOD_HELLO), COMM_METHOD_HELLO, &result);
}

void peer_close(struct peer *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
	comm_buf_fini(&p->in);
	p->decoder = comm_decoder_free(p->decoder);
}

/* Returns whether something was read. */
static bool read_some(struct peer *p, int flags)
{
	char *room;
	ssize_t n;

	ck_assert_int_eq(comm_buf_reserve(&p->in, READ_BYTES, &room), 0);
	n = recv(p->fd, room, READ_BYTES, flags);
	if (n < 0 && errno == EAGAIN)
		return false;
	ck_assert_msg(n > 0, "the library has closed the connection, or %s",
		      n < 0 ? strerror(errno) : "that is all");
	comm_buf_grew(&p->in, (size_t)n);
	return true;
}

static bool is_whole(struct peer *p)
{
	enum comm_scan_result r = COMM_SCAN_MORE;

	if (p->in.len)
		r = comm_scan(&p->scan, comm_buf_bytes(&p->in), p->in.len);
	ck_assert_msg(r == COMM_SCAN_MORE || r == COMM_SCAN_MESSAGE, "a request is no message: %s",
		      comm_scan_sentence(r));
	return r == COMM_SCAN_MESSAGE;
}

/* A request stays there until the next one is asked for. */
static void drop_last(struct peer *p)
{
	if (!p->is_read)
		return;
	comm_buf_pop(&p->in, p->scan.pos);
	comm_scan_start(&p->scan, COMM_MESSAGE_MAX);
	p->is_read = false;
}

bool peer_has_request(struct peer *p)
{
	drop_last(p);
	while (!is_whole(p))
		if (!read_some(p, MSG_DONTWAIT))
			return false;
	return true;
}

uint64_t peer_read(struct peer *p, enum comm_method_id method)
{
	const struct comm_method *m = &comm_methods[method];
	struct comm_refusal why = { 0 };
	struct comm_envelope e;

	drop_last(p);
	while (!is_whole(p)) {
		wait_for(p->fd, POLLIN, "for a request");
		(void)read_some(p, 0);
	}
	p->is_read = true;
	ck_assert_msg(!comm_decode_envelope(p->decoder, &p->scan, comm_buf_bytes(&p->in), &e, &why),
		      "a request cannot be decoded: %s", why.message);
	ck_assert_int_eq(e.type, COMM_REQUEST);
	ck_assert_msg(comm_bytes_is(e.method, m->name), "wanted %s, got %.*s", m->name,
		      (int)e.method.len, e.method.data);
	ck_assert_msg(!comm_decode(p->decoder, comm_method_params(m), e.body, COMM_STRICT,
				   &p->params, &why),
		      "parameters of %s: %s", m->name, why.message);
	return e.id;
}

void peer_expect_closed(struct peer *p)
{
	char byte;

	drop_last(p);
	ck_assert_uint_eq(p->in.len, 0);
	wait_for(p->fd, POLLIN, "for the end of the connection");
	ck_assert_int_le(recv(p->fd, &byte, 1, 0), 0);
}

void peer_write(struct peer *p, const void *bytes, size_t n)
{
	const char *next = bytes;

	while (n) {
		ssize_t written = send(p->fd, next, n, MSG_NOSIGNAL);

		ck_assert_msg(written > 0, "write: %s", strerror(errno));
		next += written;
		n -= (size_t)written;
	}
}

void peer_answer(struct peer *p, uint64_t id, enum comm_method_id method, const void *result)
{
	static const struct comm_none none;
	struct comm_buf out;

	comm_buf_init(&out);
	ck_assert_int_eq(comm_encode_result(&out, id, comm_method_result(&comm_methods[method]),
					    result ? result : &none),
			 0);
	peer_write(p, comm_buf_bytes(&out), out.len);
	comm_buf_fini(&out);
}

void peer_refuse(struct peer *p, uint64_t id, enum comm_error code, const char *message,
		 const char *detail)
{
	struct comm_wire_error error = comm_error_wire(code, message);
	struct comm_buf out;

	error.detail = comm_bytes_of(detail);
	comm_buf_init(&out);
	ck_assert_int_eq(comm_encode_error(&out, id, &error), 0);
	peer_write(p, comm_buf_bytes(&out), out.len);
	comm_buf_fini(&out);
}

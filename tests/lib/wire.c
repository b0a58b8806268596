#include "tests/lib/wire.h"

#include <check.h>
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

#include "proto/buf.h"
#include "proto/util.h"
#include "tests/lib/daemon.h"

#define LIMIT_MS 10000

static void wait_for(int fd, short events, const char *what)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do {
		n = poll(&p, 1, LIMIT_MS);
	} while (n < 0 && errno == EINTR);
	ck_assert_msg(n == 1, "waited %d s %s, in vain", LIMIT_MS / 1000, what);
}

int wire_connect(const struct daemon_under_test *d)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(strlen(dut_socket(d)), sizeof addr.sun_path);
	strcpy(addr.sun_path, dut_socket(d));
	ck_assert_msg(connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0, "connect: %s",
		      strerror(errno));
	return fd;
}

static void open_to_all(const char *socket)
{
	_cleanup_free_ char *dir = strdup(socket);

	ck_assert_ptr_nonnull(dir);
	*strrchr(dir, '/') = '\0';
	ck_assert_int_eq(chmod(dir, 0711), 0);
	ck_assert_int_eq(chmod(socket, 0666), 0);
}

int wire_connect_as(const struct daemon_under_test *d, uid_t uid)
{
	int fd;

	open_to_all(dut_socket(d));
	ck_assert_msg(seteuid(uid) == 0, "cannot be user %u: %s", (unsigned int)uid,
		      strerror(errno));
	fd = wire_connect(d);
	ck_assert_int_eq(seteuid(0), 0);
	return fd;
}

int wire_connect_in(const struct daemon_under_test *d, uid_t uid, gid_t gid, const gid_t *groups,
		    size_t n_groups)
{
	int fd;

	ck_assert_msg(setgroups(n_groups, groups) == 0, "cannot be in other groups: %s",
		      strerror(errno));
	ck_assert_int_eq(setegid(gid), 0);
	fd = wire_connect_as(d, uid);
	ck_assert_int_eq(setegid(0), 0);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	return fd;
}

void wire_write(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t written;

		wait_for(fd, POLLOUT, "to write");
		written = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (written < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		ck_assert_msg(written > 0, "write: %s", strerror(errno));
		p += written;
		n -= (size_t)written;
	}
}

void wire_request(int fd, uint64_t id, enum comm_method_id method, const void *params)
{
	static const struct comm_none none;
	struct comm_buf out;

	comm_buf_init(&out);
	ck_assert_int_eq(
		comm_encode_request(&out, id, &comm_methods[method], params ? params : &none), 0);
	wire_write(fd, comm_buf_bytes(&out), out.len);
	comm_buf_fini(&out);
}

/*
 * Move what belongs to the message from the socket to @buf: look at the bytes first, and take
 * only as many as the message has. Returns whether it is whole.
 */
static bool read_some(int fd, struct comm_buf *buf, struct comm_scan *scan)
{
	size_t take;
	ssize_t n;
	char *room;
	enum comm_scan_result r;

	ck_assert_int_eq(comm_buf_reserve(buf, 64 * 1024, &room), 0);
	wait_for(fd, POLLIN, "for an answer");
	n = recv(fd, room, 64 * 1024, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	ck_assert_msg(n >= 0, "read: %s", strerror(errno));
	ck_assert_msg(n > 0, "the connection was closed, %zu bytes into an answer", buf->len);

	r = comm_scan(scan, comm_buf_bytes(buf), buf->len + (size_t)n);
	ck_assert_msg(r == COMM_SCAN_MORE || r == COMM_SCAN_MESSAGE, "an answer is no message: %s",
		      comm_scan_sentence(r));
	take = r == COMM_SCAN_MESSAGE ? scan->pos - buf->len : (size_t)n;
	ck_assert_int_eq(recv(fd, room, take, MSG_DONTWAIT), take);
	comm_buf_grew(buf, take);
	return r == COMM_SCAN_MESSAGE;
}

static void open_reply(struct wire_reply *r, const struct comm_scan *scan)
{
	struct comm_refusal why = { 0 };
	struct comm_envelope envelope;

	r->decoder = comm_decoder_new();
	ck_assert_ptr_nonnull(r->decoder);
	ck_assert_msg(comm_decode_envelope(r->decoder, scan, r->bytes, &envelope, &why) == 0,
		      "an answer cannot be decoded: %s", why.message);
	ck_assert_int_eq(envelope.type, COMM_RESPONSE);
	r->id = envelope.id;
	r->body = envelope.body;
	if (!envelope.error)
		return;
	ck_assert_msg(comm_decode(r->decoder, &comm_messages[COMM_MESSAGE_wire_error],
				  envelope.error, COMM_LENIENT, &r->error, &why) == 0,
		      "an error cannot be decoded: %s: %s", why.detail, why.message);
	ck_assert_int_ne(r->error.code, COMM_OK);
	r->code = (enum comm_error)r->error.code;
}

void wire_read(int fd, struct wire_reply *ret)
{
	struct comm_buf buf;
	struct comm_scan scan;

	comm_buf_init(&buf);
	comm_scan_start(&scan, COMM_MESSAGE_MAX);
	while (!read_some(fd, &buf, &scan))
		;
	*ret = (struct wire_reply){ .len = buf.len, .bytes = malloc(buf.len) };
	ck_assert_ptr_nonnull(ret->bytes);
	memcpy(ret->bytes, comm_buf_bytes(&buf), buf.len);
	comm_buf_fini(&buf);
	open_reply(ret, &scan);
}

void wire_read_id(int fd, uint64_t id, struct wire_reply *ret)
{
	wire_read(fd, ret);
	ck_assert_uint_eq(ret->id, id);
}

static void expect_no_error(const struct wire_reply *r)
{
	ck_assert_msg(r->code == COMM_OK, "request %ju failed: %.*s: %.*s", (uintmax_t)r->id,
		      (int)r->error.name.len, r->error.name.data, (int)r->error.message.len,
		      r->error.message.data);
}

void wire_result(struct wire_reply *r, enum comm_method_id method, void *ret_result)
{
	struct comm_refusal why = { 0 };

	expect_no_error(r);
	ck_assert_msg(comm_decode(r->decoder, comm_method_result(&comm_methods[method]), r->body,
				  COMM_STRICT, ret_result, &why) == 0,
		      "a result of %s cannot be decoded: %s: %s", comm_methods[method].name,
		      why.detail, why.message);
}

void wire_call(int fd, uint64_t id, enum comm_method_id method, const void *params,
	       struct wire_reply *ret, void *ret_result)
{
	_cleanup_free_ void *unused = NULL;

	if (!ret_result)
		ret_result = unused = malloc(comm_method_result(&comm_methods[method])->size);
	wire_request(fd, id, method, params);
	wire_read_id(fd, id, ret);
	wire_result(ret, method, ret_result);
}

void wire_reply_fini(struct wire_reply *r)
{
	r->decoder = comm_decoder_free(r->decoder);
	free(r->bytes);
	r->bytes = NULL;
}

void wire_expect_error(int fd, uint64_t id, enum comm_error code, const char *part)
{
	struct wire_reply r;
	struct comm_bytes got;

	wire_read_id(fd, id, &r);
	got = r.error.message;
	ck_assert_msg(r.code == code, "wanted error %d, got %d: %.*s", code, r.code, (int)got.len,
		      got.data ? got.data : "");
	ck_assert_msg(!part || memmem(got.data, got.len, part, strlen(part)),
		      "wanted a sentence with \"%s\", got \"%.*s\"", part, (int)got.len, got.data);
	wire_reply_fini(&r);
}

void wire_expect_ok(int fd, uint64_t id)
{
	struct wire_reply r;

	wire_read_id(fd, id, &r);
	expect_no_error(&r);
	wire_reply_fini(&r);
}

void wire_expect_closed(int fd)
{
	char byte;
	ssize_t n;

	wait_for(fd, POLLIN, "for the end of the connection");
	n = recv(fd, &byte, 1, MSG_DONTWAIT);
	ck_assert_msg(n == 0 || (n < 0 && (errno == ECONNRESET || errno == EPIPE)),
		      "the connection is still open");
}

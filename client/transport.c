#include "client/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/util.h"

#define SOCKET_VARIABLE "COMMD_SOCKET"
#define SOCKET_DEFAULT  "/run/commd/commd.sock"

#define READ_BYTES (64 * 1024)

/* What an idle connection may keep of transport::in. */
#define KEEP_BYTES (2 * READ_BYTES)

void transport_init(struct transport *t)
{
	*t = (struct transport){ .fd = -1, .passed = -1 };
	comm_buf_init(&t->in);
}

void transport_set_passed(struct transport *t, int fd)
{
	if (t->passed >= 0)
		(void)close(t->passed);
	t->passed = fd;
}

void transport_fini(struct transport *t)
{
	transport_disconnect(t);
	comm_buf_fini(&t->in);
}

const char *transport_choose_path(const char *given)
{
	if (!given || !*given)
		given = getenv(SOCKET_VARIABLE);
	return given && *given ? given : SOCKET_DEFAULT;
}

int transport_set_address(struct transport *t, const char *path)
{
	size_t len = strlen(path);

	if (len >= sizeof t->address.sun_path)
		return -ENAMETOOLONG;
	t->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(t->address.sun_path, path, len);
	t->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	if (*path == '@') {
		/* An abstract name has no terminator: all its bytes count. */
		t->address.sun_path[0] = '\0';
		t->address_len--;
	}
	return 0;
}

static void next_message(struct transport *t)
{
	comm_scan_start(&t->scan, COMM_MESSAGE_MAX);
}

int transport_connect(struct transport *t)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	do {
		r = connect(fd, (const struct sockaddr *)&t->address, t->address_len);
	} while (r < 0 && errno == EINTR);
	if (r < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	t->fd = fd;
	next_message(t);
	return 0;
}

void transport_disconnect(struct transport *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
	transport_set_passed(t, -1);
	comm_buf_pop(&t->in, t->in.len);
	comm_buf_shrink(&t->in, KEEP_BYTES);
}

ssize_t transport_write(struct transport *t, struct iovec *pieces, size_t n_pieces)
{
	struct msghdr m = { .msg_iov = pieces, .msg_iovlen = n_pieces };
	ssize_t n;

	do {
		n = sendmsg(t->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return n;
}

ssize_t transport_read(struct transport *t, bool *ret_more)
{
	struct iovec bytes = { .iov_len = READ_BYTES };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control };
	int passed = -1;
	char *room;
	ssize_t n;

	if (comm_buf_reserve(&t->in, READ_BYTES, &room) < 0)
		return -ENOMEM;
	bytes.iov_base = room;
	do {
		/* No room for a second one: the system would close it. */
		m.msg_controllen = CMSG_LEN(sizeof passed);
		n = recvmsg(t->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n > 0 && m.msg_controllen == CMSG_LEN(sizeof passed)) {
		memcpy(&passed, CMSG_DATA(&control.header), sizeof passed);
		transport_set_passed(t, passed);
	}
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	comm_buf_grew(&t->in, (size_t)n);
	/* One that brings a descriptor ends behind it. */
	*ret_more = n == READ_BYTES || passed >= 0;
	return n;
}

enum comm_scan_result transport_scan(struct transport *t)
{
	if (!t->in.len)
		return COMM_SCAN_MORE;
	return comm_scan(&t->scan, comm_buf_bytes(&t->in), t->in.len);
}

void transport_pop(struct transport *t)
{
	comm_buf_pop(&t->in, t->scan.pos);
	comm_buf_shrink(&t->in, KEEP_BYTES);
	next_message(t);
}

int transport_take(struct transport *t, struct comm_buf *keep)
{
	size_t len = t->scan.pos;
	struct comm_buf whole = t->in;

	comm_buf_pop(keep, keep->len);
	comm_buf_push(keep, comm_buf_bytes(&whole) + len, whole.len - len);
	if (comm_buf_failed(keep)) {
		comm_buf_truncate(keep, 0);
		return -ENOMEM;
	}
	t->in = *keep;
	*keep = whole;
	next_message(t);
	return 0;
}

#include "tests/fuzz/client/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/util.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/walk.h"

#define WAITING_MAX 256
#define READ_BYTES  16384

struct waiting {
	uint64_t id;
	const struct comm_method *method;
};

static struct {
	struct sockaddr_un address;
	socklen_t address_len;
	char name[sizeof(struct sockaddr_un)];
	int listen_fd; /* 0: it has never listened */
	int fd;
	bool greets;
	struct comm_buf in, out;
	struct comm_scan scan;
	struct comm_decoder *decoder;
	struct waiting waiting[WAITING_MAX]; /* the last of them */
	size_t n_waiting;
} server = { .listen_fd = -1, .fd = -1 };

/* ---- life ---- */

void server_listen(void)
{
	struct sockaddr_un *a = &server.address;

	if (server.listen_fd >= 0)
		return;
	server.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	MUST(server.listen_fd >= 0);
	if (!server.address_len) {
		/* The system chooses a name that nobody has. */
		a->sun_family = AF_UNIX;
		server.address_len = sizeof a->sun_family;
	}
	MUST(!bind(server.listen_fd, (struct sockaddr *)a, server.address_len));
	server.address_len = sizeof *a;
	MUST(!getsockname(server.listen_fd, (struct sockaddr *)a, &server.address_len));
	MUST(!listen(server.listen_fd, 16));
	server.name[0] = '@';
	memcpy(server.name + 1, a->sun_path + 1,
	       server.address_len - offsetof(struct sockaddr_un, sun_path) - 1);
}

const char *server_address(void)
{
	return server.name;
}

void server_hang_up(void)
{
	if (server.fd >= 0)
		(void)close(server.fd);
	server.fd = -1;
	server.n_waiting = 0;
	comm_buf_truncate(&server.in, 0);
}

void server_stop(void)
{
	if (server.listen_fd >= 0)
		(void)close(server.listen_fd);
	server.listen_fd = -1;
}

void server_reset(bool greets)
{
	server_hang_up();
	server_listen();
	server.greets = greets;
	if (!server.decoder)
		server.decoder = comm_decoder_new();
	MUST(server.decoder);
}

void server_set_greets(bool greets)
{
	server.greets = greets;
}

/* ---- answers ---- */

void server_write(const void *bytes, size_t n)
{
	if (server.fd >= 0 && n)
		(void)send(server.fd, bytes, n, MSG_NOSIGNAL);
}

/* Who waits as number @i counts; NULL: nobody waits. */
static struct waiting *find_waiting(size_t i)
{
	return server.n_waiting ? &server.waiting[i % server.n_waiting] : NULL;
}

static void forget(struct waiting *w)
{
	server.n_waiting--;
	memmove(w, w + 1, (size_t)(server.waiting + server.n_waiting - w) * sizeof *w);
}

static void write_out(struct waiting *w)
{
	server_write(comm_buf_bytes(&server.out), server.out.len);
	comm_buf_truncate(&server.out, 0);
	forget(w);
}

void server_answer(size_t i, unsigned int style)
{
	static struct walk_memory memory;
	struct waiting *w = find_waiting(i);
	const struct comm_message *type;
	union walk_any result;

	if (!w)
		return;
	memory.used = 0;
	memory.n_values = style;
	type = comm_method_result(w->method);
	walk_fill(&memory, type, (enum walk_style)(style % WALK_N_STYLES), &result);
	MUST(!comm_encode_result(&server.out, w->id, type, &result));
	write_out(w);
}

void server_refuse(size_t i, int code)
{
	struct waiting *w = find_waiting(i);
	const struct comm_wire_error error = {
		.code = code,
		.name = comm_bytes_of("COMM_E"),
		.message = comm_bytes_of("refused: \xc3"),
		.retriable = code % 2,
		.detail = comm_bytes_of(code % 3 ? NULL : "records[1].value"),
	};

	if (!w)
		return;
	MUST(!comm_encode_error(&server.out, w->id, &error));
	write_out(w);
}

void server_begin_answer(size_t i, bool is_error)
{
	struct waiting *w = find_waiting(i);
	unsigned char head[] = { 0x94, 0x01, 0xcf, 0, 0, 0, 0, 0, 0, 0, 0, 0xc0 };

	if (!w)
		return;
	for (size_t k = 0; k < 8; k++)
		head[3 + k] = (unsigned char)(w->id >> (56 - 8 * k));
	server_write(head, sizeof head - is_error);
	forget(w);
}

static void greet(struct waiting *w)
{
	const struct comm_wire_limits limits = {
		.message_bytes = 1024 * 1024,
		.records = 1000,
		.requests = 16,
		.inflight_bytes = 1024 * 1024,
	};
	const struct comm_hello_result result = {
		.server = comm_bytes_of("commd"),
		.version = comm_bytes_of("1"),
		.protocol = COMM_PROTOCOL_VERSION,
		.limits = &limits,
	};

	MUST(!comm_encode_result(&server.out, w->id, comm_method_result(w->method), &result));
	write_out(w);
}

/* ---- requests ---- */

static void take_request(const struct comm_envelope *e)
{
	const struct comm_method *m = comm_method_find(e->method);
	struct comm_refusal why;
	union walk_any params;

	MUST(e->type == COMM_REQUEST && m);
	MUST(!comm_decode(server.decoder, comm_method_params(m), e->body, COMM_STRICT, &params,
			  &why));
	if (server.n_waiting == WAITING_MAX) {
		memmove(server.waiting, server.waiting + 1,
			sizeof server.waiting - sizeof *server.waiting);
		server.n_waiting--;
	}
	server.waiting[server.n_waiting++] = (struct waiting){ e->id, m };
	if (server.greets && m->id == COMM_METHOD_HELLO)
		greet(&server.waiting[server.n_waiting - 1]);
}

static void take_requests(void)
{
	struct comm_envelope e;
	struct comm_refusal why;

	while (server.fd >= 0 && server.in.len) {
		const char *bytes = comm_buf_bytes(&server.in);
		enum comm_scan_result r = comm_scan(&server.scan, bytes, server.in.len);

		if (r == COMM_SCAN_MORE)
			return;
		MUST(r == COMM_SCAN_MESSAGE);
		MUST(!comm_decode_envelope(server.decoder, &server.scan, bytes, &e, &why));
		take_request(&e);
		comm_buf_pop(&server.in, server.scan.pos);
		comm_scan_start(&server.scan, COMM_MESSAGE_MAX);
	}
}

static void accept_next(void)
{
	int fd = -1;

	if (server.fd < 0 && server.listen_fd >= 0)
		fd = accept4(server.listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	server.fd = fd;
	comm_scan_start(&server.scan, COMM_MESSAGE_MAX);
}

/* Returns whether there may be more. */
static bool read_some(void)
{
	char *room;
	ssize_t n;

	if (server.fd < 0)
		return false;
	MUST(!comm_buf_reserve(&server.in, READ_BYTES, &room));
	n = recv(server.fd, room, READ_BYTES, 0);
	if (n > 0)
		comm_buf_grew(&server.in, (size_t)n);
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		take_requests();
		server_hang_up();
	}
	return n == READ_BYTES;
}

void server_turn(void)
{
	accept_next();
	while (read_some())
		;
	take_requests();
	/* The library connects again when it has lost the connection before. */
	accept_next();
}

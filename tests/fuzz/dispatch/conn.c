#include "tests/fuzz/dispatch/conn.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/util.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/walk.h"

static struct comm_decoder *decoder;

/* ---- life ---- */

void conn_open(struct conn *c, const struct sockaddr_un *address, socklen_t len, size_t message_max)
{
	struct comm_buf sent = c->sent, got = c->got;

	comm_buf_truncate(&sent, 0);
	comm_buf_truncate(&got, 0);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	MUST(c->fd >= 0);
	MUST(connect(c->fd, (const struct sockaddr *)address, len) == 0);
	c->has_shut = c->is_deaf = c->is_ended = c->is_json = c->is_broken = false;
	c->message_max = message_max;
	c->sent = sent;
	c->got = got;
	c->n_expected = 0;
	c->n_sent = 0;
	comm_scan_start(&c->scan, message_max);
	if (!decoder)
		decoder = comm_decoder_new();
	MUST(decoder);
}

void conn_close(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* ---- what has been sent, and so what has to come ---- */

static void expect(struct conn *c, uint64_t id, const struct comm_method *method)
{
	MUST(c->n_expected < CONN_EXPECTED_MAX);
	c->expected[c->n_expected++] = (struct expected){ id, method, false };
}

/* It makes no sense, or stops in the middle: whoever has said who asks is told so. */
static void expect_refusal(struct conn *c)
{
	c->is_broken = true;
	if (c->is_json || (c->scan.has_id && c->scan.type == COMM_REQUEST))
		expect(c, c->scan.id, NULL);
}

static void expect_message(struct conn *c, const char *bytes)
{
	struct comm_envelope e;
	struct comm_refusal why;

	if (comm_decode_envelope(decoder, &c->scan, bytes, &e, &why) || e.type == COMM_RESPONSE)
		expect_refusal(c);
	else if (e.type == COMM_REQUEST)
		expect(c, e.id, comm_method_find(e.method));
}

/* Returns how many bytes of @bytes are dealt with; 0: more have to come. */
static size_t take_message(struct conn *c, const char *bytes, size_t len)
{
	enum comm_scan_result r = comm_scan(&c->scan, bytes, len);
	size_t n = c->scan.pos;

	if (r == COMM_SCAN_MORE)
		return 0;
	if (r == COMM_SCAN_MESSAGE)
		expect_message(c, bytes);
	else
		expect_refusal(c);
	if (c->is_broken)
		return len;
	comm_scan_start(&c->scan, c->message_max);
	return n;
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isspace((unsigned char)line[i]))
			return false;
	return true;
}

static size_t take_line(struct conn *c, const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);
	size_t n = end ? (size_t)(end - bytes) : len;

	if (n > c->message_max) {
		expect_refusal(c);
		return len;
	}
	if (!end)
		return 0;
	if (!is_blank(bytes, n))
		expect(c, 0, NULL);
	return n + 1;
}

static void take(struct conn *c)
{
	size_t n = 1;

	while (n && c->sent.len && !c->is_broken) {
		const char *bytes = comm_buf_bytes(&c->sent);

		n = c->is_json ? take_line(c, bytes, c->sent.len)
			       : take_message(c, bytes, c->sent.len);
		comm_buf_pop(&c->sent, n);
	}
}

void conn_send(struct conn *c, const uint8_t *bytes, size_t n)
{
	ssize_t n_sent;

	if (c->fd < 0 || c->has_shut || c->is_ended || !n)
		return;
	/* Who is not read from loses what finds no room, and goes on in the middle of something. */
	n_sent = send(c->fd, bytes, n, MSG_NOSIGNAL);
	if (n_sent < 0) {
		MUST(errno == EPIPE || errno == ECONNRESET || errno == EAGAIN);
		return;
	}
	n = (size_t)n_sent;
	if (!c->n_sent)
		c->is_json = *bytes == '{';
	c->n_sent += n;
	if (c->is_broken)
		return;
	comm_buf_push(&c->sent, bytes, n);
	take(c);
}

void conn_shut(struct conn *c)
{
	if (c->fd < 0 || c->has_shut)
		return;
	c->has_shut = true;
	(void)shutdown(c->fd, SHUT_WR);
	if (c->is_broken || !c->sent.len)
		return;
	if (!c->is_json)
		expect_refusal(c);
	else if (!is_blank(comm_buf_bytes(&c->sent), c->sent.len))
		expect(c, 0, NULL);
}

/* ---- what comes ---- */

static void check_result(const struct comm_envelope *e, const struct comm_method *method)
{
	const struct comm_wire_error *error;
	struct comm_refusal why;
	union walk_any answer;

	if (!e->error) {
		MUST(method);
		MUST(!comm_decode(decoder, comm_method_result(method), e->body, COMM_LENIENT,
				  &answer, &why));
		return;
	}
	MUST(!comm_decode(decoder, &comm_messages[COMM_MESSAGE_wire_error], e->error, COMM_LENIENT,
			  &answer, &why));
	error = &answer.wire_error;
	MUST(error->code > 0 && error->code < COMM_ERROR_LAST && error->message.len);
}

static int error_code(const struct comm_envelope *e)
{
	struct comm_refusal why;
	union walk_any answer;

	if (!e->error)
		return 0;
	MUST(!comm_decode(decoder, &comm_messages[COMM_MESSAGE_wire_error], e->error, COMM_LENIENT,
			  &answer, &why));
	return (int)answer.wire_error.code;
}

/*
 * The only answer that nobody has asked for: a message has not become whole in time. Others may have its id,
 * but none of those that are whole gets this error.
 */
static bool is_late(const struct conn *c, const struct comm_envelope *e)
{
	return !c->is_broken && !c->has_shut && c->sent.len && c->scan.has_id &&
	       c->scan.type == COMM_REQUEST && c->scan.id == e->id &&
	       error_code(e) == COMM_EPROTOCOL;
}

static void judge(struct conn *c, const struct comm_envelope *e)
{
	struct expected *found = NULL;
	size_t n_found = 0;

	/* It has brought a descriptor. */
	if (e->type == COMM_NOTIFICATION && comm_bytes_is(e->method, "shared"))
		return;
	MUST(e->type == COMM_RESPONSE);
	if (is_late(c, e)) {
		c->is_broken = true;
		return;
	}
	for (size_t i = 0; i < c->n_expected; i++) {
		if (c->expected[i].id != e->id)
			continue;
		n_found++;
		c->expected[i].is_vague |= n_found > 1;
		found = found ? found : &c->expected[i];
	}
	MUST(found);
	if (n_found == 1 && !found->is_vague)
		check_result(e, found->method);
	c->n_expected--;
	memmove(found, found + 1, (size_t)(c->expected + c->n_expected - found) * sizeof *found);
}

static size_t read_message(struct conn *c, const char *bytes, size_t len)
{
	enum comm_scan_result r;
	struct comm_envelope e;
	struct comm_refusal why;
	struct comm_scan scan;

	comm_scan_start(&scan, COMM_MESSAGE_MAX);
	r = comm_scan(&scan, bytes, len);
	if (r == COMM_SCAN_MORE)
		return 0;
	MUST(r == COMM_SCAN_MESSAGE);
	MUST(!comm_decode_envelope(decoder, &scan, bytes, &e, &why));
	judge(c, &e);
	return scan.pos;
}

static size_t read_line(struct conn *c, const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);
	json_error_t error;
	json_t *line;

	if (!end)
		return 0;
	line = json_loadb(bytes, (size_t)(end - bytes), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			  &error);
	MUST(line);
	MUST(!json_object_get(line, "result") != !json_object_get(line, "error"));
	json_decref(line);
	/* Or it did not become whole in time. */
	MUST(c->n_expected || (!c->is_broken && !c->has_shut && c->sent.len));
	c->is_broken |= !c->n_expected;
	c->n_expected -= c->n_expected > 0;
	return (size_t)(end - bytes) + 1;
}

static void judge_all(struct conn *c)
{
	size_t n = 1;

	while (n && c->got.len) {
		const char *bytes = comm_buf_bytes(&c->got);

		n = c->is_json ? read_line(c, bytes, c->got.len)
			       : read_message(c, bytes, c->got.len);
		comm_buf_pop(&c->got, n);
	}
}

void conn_read(struct conn *c)
{
	ssize_t n = 1;

	if (c->fd < 0 || c->is_deaf || c->is_ended)
		return;
	while (n > 0) {
		char *room;

		MUST(!comm_buf_reserve(&c->got, 4096, &room));
		n = recv(c->fd, room, 4096, 0);
		if (n > 0)
			comm_buf_grew(&c->got, (size_t)n);
	}
	/* What it has not read of what it was sent is why a connection ends like that. */
	c->is_ended = n == 0 || errno == ECONNRESET;
	MUST(c->is_ended || errno == EAGAIN);
	judge_all(c);
}

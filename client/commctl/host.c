#include "client/commctl/host.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "client/explain.h"
#include "client/transport.h"
#include "proto/limits.h"
#include "proto/util.h"

/* For the daemon's own word that it took too long, which comes when that time is over. */
#define SLACK_MS 5000

struct host {
	struct ctl *ctl;  /* borrowed */
	const char *path; /* borrowed */
	struct transport transport;
};

static int no_memory(void)
{
	ctl_say("out of memory");
	return CTL_FAILED;
}

static int lost(const struct host *h, int error)
{
	if (error == -ENOMEM)
		return no_memory();
	ctl_say("the connection to commd on %s was lost (%s)", h->path,
		error == -ECONNRESET || error == -EPIPE ? "commd has closed it" : strerror(-error));
	return CTL_UNREACHABLE;
}

/* Wait for @events until @due_ms, on ctl_now_ms()'s clock. */
static int wait_for(const struct host *h, short events, int64_t due_ms)
{
	struct pollfd p[] = {
		{ .fd = h->transport.fd, .events = events },
		{ .fd = interrupt_fd(), .events = POLLIN },
	};

	for (;;) {
		int64_t left_ms = MAX(due_ms - ctl_now_ms(), 0);
		int n = poll(p, ARRAY_SIZE(p), (int)MIN(left_ms, INT32_MAX));

		if (interrupt_count())
			return CTL_INTERRUPTED;
		if (n > 0)
			return CTL_OK;
		if (n < 0 && errno != EINTR)
			return lost(h, -errno);
		if (n == 0 && !left_ms) {
			ctl_say("no answer from commd on %s in time; --timeout allows more",
				h->path);
			return CTL_TIMED_OUT;
		}
	}
}

static int write_all(struct host *h, char *text, int64_t due_ms)
{
	struct iovec rest = { .iov_base = text, .iov_len = strlen(text) };

	while (rest.iov_len) {
		ssize_t n = transport_write(&h->transport, &rest, 1);
		int code = n < 0 ? lost(h, (int)n) : 0;

		if (!n)
			code = wait_for(h, POLLOUT, due_ms);
		if (code)
			return code;
		rest.iov_base = (char *)rest.iov_base + n;
		rest.iov_len -= (size_t)n;
	}
	return CTL_OK;
}

/* Read until there is a whole line; @ret_len is its length, its end included. */
static int read_line(struct host *h, int64_t due_ms, size_t *ret_len)
{
	struct comm_buf *in = &h->transport.in;
	size_t seen = 0;
	bool more;

	for (;;) {
		const char *bytes = comm_buf_bytes(in), *end = NULL;
		ssize_t n;
		int code;

		if (in->len > seen)
			end = memchr(bytes + seen, '\n', in->len - seen);
		if (end) {
			*ret_len = (size_t)(end - bytes) + 1;
			return CTL_OK;
		}
		seen = in->len;
		if (seen > COMM_JSON_ANSWER_MAX)
			return lost(h, -EMSGSIZE);
		n = transport_read(&h->transport, &more);
		code = n < 0 ? lost(h, (int)n) : n ? 0 : wait_for(h, POLLIN, due_ms);
		if (code)
			return code;
	}
}

/* The daemon's own words for what it has refused. */
static int refused(const json_t *error)
{
	const char *message = json_string_value(json_object_get(error, "message"));

	ctl_say("%s", message ? message : "commd has refused, and did not say why");
	return ctl_exit_code((int)json_integer_value(json_object_get(error, "code")));
}

static int take_answer(struct host *h, size_t len, json_t **ret_result)
{
	json_error_t error;
	json_t *answer = json_loadb(comm_buf_bytes(&h->transport.in), len, 0, &error);
	json_t *result = json_object_get(answer, "result");
	json_t *refusal = json_object_get(answer, "error");
	int code = CTL_OK;

	comm_buf_pop(&h->transport.in, len);
	if (refusal) {
		code = refused(refusal);
	} else if (!result) {
		ctl_say("an answer of commd on %s is not understood%s%s", h->path,
			answer ? "" : ": ", answer ? "" : error.text);
		code = CTL_FAILED;
	} else {
		*ret_result = json_incref(result);
	}
	json_decref(answer);
	return code;
}

static char *write_request(const char *method, json_t *params)
{
	json_t *request = params ? json_pack("{s:s, s:O}", "method", method, "params", params)
				 : json_pack("{s:s}", "method", method);
	char *line = json_dumps(request, JSON_COMPACT), *whole = NULL;
	size_t len = line ? strlen(line) : 0;

	json_decref(request);
	if (line)
		whole = realloc(line, len + 2);
	if (!whole) {
		free(line);
		return NULL;
	}
	strcpy(whole + len, "\n");
	return whole;
}

int host_call(struct host *h, const char *method, json_t *params, int wait_ms, json_t **ret_result)
{
	_cleanup_free_ char *line = write_request(method, params);
	int timeout_ms = h->ctl->timeout_ms;
	int64_t due_ms = ctl_now_ms() + timeout_ms + wait_ms + MIN(SLACK_MS, timeout_ms);
	size_t len = 0;
	int code;

	json_decref(params);
	if (!line)
		return no_memory();
	code = write_all(h, line, due_ms);
	if (!code)
		code = read_line(h, due_ms, &len);
	return code ? code : take_answer(h, len, ret_result);
}

/* Operators see by its name who asks. */
static int say_hello(struct host *h)
{
	json_t *params = json_pack("{s:s, s:s?}", "client", "commctl", "profile", h->ctl->profile);
	json_t *result = NULL;
	int code = host_call(h, "hello", params, 0, &result);

	json_decref(result);
	return code;
}

int host_open(struct ctl *ctl, struct host **ret)
{
	struct host *h = calloc(1, sizeof *h);
	char sentence[512];
	int r;

	if (!h)
		return no_memory();
	h->ctl = ctl;
	h->path = transport_choose_path(ctl->socket);
	transport_init(&h->transport);
	r = transport_set_address(&h->transport, h->path);
	if (!r)
		r = transport_connect(&h->transport);
	if (r < 0) {
		r = explain_connect(h->path, r, sentence, sizeof sentence);
		ctl_say("%s", sentence);
		r = ctl_exit_code(r);
	} else {
		r = say_hello(h);
	}
	if (r)
		(void)host_close(h);
	else
		*ret = h;
	return r;
}

struct host *host_close(struct host *h)
{
	if (h)
		transport_fini(&h->transport);
	free(h);
	return NULL;
}

int host_ask(struct ctl *ctl, const char *method, json_t *params, int wait_ms, json_t **ret_result)
{
	struct host *h = NULL;
	int code = host_open(ctl, &h);

	if (code)
		json_decref(params);
	else
		code = host_call(h, method, params, wait_ms, ret_result);
	host_close(h);
	return code;
}

#include "client/client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "proto/util.h"

static int64_t due_ms(const struct comm *c)
{
	int64_t due = calls_due_ms(&c->calls);

	if (!TAILQ_EMPTY(&c->calls.finished))
		return 0;
	due = MIN(due, connection_due_ms(c));
	return MIN(due, producer_due_ms(c));
}

/* Milliseconds for poll() until @when_ms. */
static int until(int64_t when_ms)
{
	int64_t left;

	if (when_ms == INT64_MAX)
		return -1;
	left = when_ms > 0 ? when_ms - client_now_ms() : 0;
	return (int)MIN(MAX(left, 0), INT_MAX);
}

int comm_fd(const struct comm *c)
{
	return c && !client_is_foreign(c) ? c->connection.transport.fd : -1;
}

short comm_events(const struct comm *c)
{
	if (comm_fd(c) < 0)
		return 0;
	return (short)(calls_want_write(c) ? POLLIN | POLLOUT : POLLIN);
}

int comm_timeout(const struct comm *c)
{
	return c && !c->is_dead && !client_is_foreign(c) ? until(due_ms(c)) : -1;
}

int client_process(struct comm *c)
{
	int64_t now_ms = client_now_ms();
	int error = connection_work(c, now_ms);

	if (!client_is_foreign(c)) {
		calls_expire(c, now_ms);
		producer_expire(c, now_ms);
	}
	calls_run_finished(c);
	if (client_is_foreign(c))
		return 0;
	producer_release(c, now_ms);
	calls_write(c);
	return client_fail_text(c, error, comm_bytes_of(c->connection.error_text));
}

int comm_process(struct comm *c)
{
	int error = client_enter(c);

	/* Inside a callback somebody is processing already. */
	return error || c->n_callbacks ? error : client_process(c);
}

int client_turn(struct comm *c, int64_t until_ms, bool *ret_happened)
{
	struct pollfd p = { .fd = comm_fd(c), .events = comm_events(c) };
	unsigned int n_called = c->n_called;
	int n = poll(&p, 1, until(MIN(until_ms, due_ms(c))));
	int error;

	if (n < 0 && errno == EINTR)
		return -EINTR;
	error = client_process(c);
	if (ret_happened)
		*ret_happened = n > 0 || c->n_called != n_called;
	return error;
}

int comm_wait(struct comm *c, int timeout_ms)
{
	int error = client_enter_blocking(c);
	int64_t until_ms;
	bool happened;

	if (error)
		return error;
	until_ms = client_now_ms() + client_timeout(c, timeout_ms);
	do {
		error = client_turn(c, until_ms, &happened);
		if (error == -EINTR)
			return 0;
		if (error || happened)
			return error;
	} while (client_now_ms() < until_ms);
	return client_fail(c, COMM_ETIMEOUT, "nothing has happened within the time allowed");
}

/*
 * The life of a connection
 *
 * connection_open() connects, which a Unix socket does at once, and puts hello before all that
 * waits to be written. Its answer makes the connection ready: subscriptions that wait for it
 * are made again, and what has gathered leaves.
 *
 * It ends when the daemon goes, when a write fails, when bytes make no sense, when hello is
 * refused, or when the daemon shuts down and all it had taken is answered. Each time
 * connection_lost() sorts out the calls: what may be repeated waits for the next connection,
 * what was not written yet too; the rest ends with an unknown outcome. The next attempt comes after a
 * pause, and only if somebody waits for something.
 */
#include "client/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"
#include "client/explain.h"
#include "client/hello.h"
#include "client/subscription.h"
#include "proto/codec.h"
#include "proto/error_table.h"
#include "proto/util.h"

#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 2000

/* Reads of one turn: a daemon that never stops must not stop the program. */
#define READS_MAX 16

int connection_init(struct comm *c, const char *path)
{
	struct connection *connection = &c->connection;
	int r;

	transport_init(&connection->transport);
	connection->limits = (struct connection_limits){
		.message_bytes = COMM_MESSAGE_MAX,
		.records = COMM_RECORDS_MAX,
	};
	/* jitter() takes the upper half. */
	connection->seed = (unsigned int)getpid() << 16 ^ (unsigned int)client_now_ms();
	connection->path = strdup(path);
	if (!connection->path)
		return client_no_memory(c);
	r = transport_set_address(&connection->transport, path);
	if (r < 0) {
		c->error = c->error_text;
		return explain_connect(path, r, c->error_text, sizeof c->error_text);
	}
	return 0;
}

/* Also for a child that has a copy of the descriptor: the daemon is to notice. */
static void hang_up(const struct comm *c)
{
	if (c->connection.transport.fd >= 0 && !client_is_foreign(c))
		(void)shutdown(c->connection.transport.fd, SHUT_RDWR);
}

void connection_fini(struct comm *c)
{
	hang_up(c);
	hello_abandon(c);
	transport_fini(&c->connection.transport);
	free(c->connection.path);
}

/* Daemons that restart have many clients: each comes back at another moment. */
static unsigned int jitter(struct connection *connection, unsigned int below)
{
	connection->seed = connection->seed * 1103515245 + 12345;
	return (connection->seed >> 16) % (below + 1);
}

static void schedule(struct connection *connection)
{
	unsigned int pause_ms = connection->pause_ms;

	connection->retry_at_ms = client_now_ms();
	connection->retry_at_ms += pause_ms ? pause_ms / 2 + jitter(connection, pause_ms / 2)
					    : jitter(connection, PAUSE_MIN_MS);
	connection->pause_ms = pause_ms ? MIN(2 * pause_ms, PAUSE_MAX_MS) : PAUSE_MIN_MS;
}

/* Why, is in comm::error. */
static void go_down(struct comm *c, int error)
{
	struct connection *connection = &c->connection;

	connection->state = CONNECTION_DOWN;
	connection->draining = false;
	connection->refusal = 0;
	connection->error = error;
	if (c->error != connection->error_text)
		(void)snprintf(connection->error_text, sizeof connection->error_text, "%s",
			       c->error);
	schedule(connection);
}

/* Without the daemon's consent no call has a future; without the daemon it still has. */
static bool is_final(int error)
{
	const struct comm_error_info *info = comm_error_find(error);

	return info && !info->retriable && error != COMM_EPROTOCOL;
}

static int lost(struct comm *c, int error)
{
	bool is_refused = c->connection.refusal != 0;

	hang_up(c);
	transport_disconnect(&c->connection.transport);
	go_down(c, error);
	hello_abandon(c);
	subscriptions_on_lost(c);
	calls_on_lost(c);
	if (is_refused && is_final(error)) {
		client_fail_text(c, error, comm_bytes_of(c->connection.error_text));
		calls_fail_pending(c, error);
		producer_fail_open(c, error);
	}
	return client_fail_text(c, error, comm_bytes_of(c->connection.error_text));
}

int connection_open(struct comm *c)
{
	struct connection *connection = &c->connection;
	int r = transport_connect(&connection->transport);
	int error;

	connection->is_crowded = r == -EAGAIN;
	if (r < 0) {
		c->error = c->error_text;
		error = explain_connect(connection->path, r, c->error_text, sizeof c->error_text);
		go_down(c, error);
		return error;
	}
	connection->state = CONNECTION_HELLO;
	error = hello_start(c);
	if (error)
		return lost(c, error);
	calls_write(c);
	return 0;
}

void connection_abandon(struct comm *c)
{
	struct connection *connection = &c->connection;

	transport_disconnect(&connection->transport);
	hello_abandon(c);
	connection->state = CONNECTION_DOWN;
	connection->draining = false;
	connection->refusal = 0;
	connection->error = 0;
	connection->pause_ms = 0;
	connection->retry_at_ms = 0;
	connection->seed ^= (unsigned int)getpid();
}

void connection_drain(struct comm *c)
{
	c->connection.draining = true;
	comm_buf_truncate(&c->calls.remainder, 0);
}

bool connection_is_usable(const struct comm *c)
{
	return c->connection.state == CONNECTION_READY && !c->connection.draining;
}

/* ---- work ---- */

static int lost_to(struct comm *c, int error)
{
	const struct connection *connection = &c->connection;
	const char *why =
		error == -ECONNRESET || error == -EPIPE ? "commd has closed it" : strerror(-error);

	if (connection->state == CONNECTION_HELLO)
		client_fail(
			c, COMM_ENOT_RUNNING,
			"commd on %s does not keep the connection (%s); it may have too many, or "
			"be shutting down",
			connection->path, why);
	else
		client_fail(c, COMM_ENOT_RUNNING, "the connection to commd on %s was lost (%s)",
			    connection->path, why);
	return lost(c, error == -ENOMEM ? COMM_ENO_MEMORY : COMM_ENOT_RUNNING);
}

static bool is_alive(const struct comm *c)
{
	return c->connection.state != CONNECTION_DOWN && !c->connection.refusal &&
	       !client_is_foreign(c);
}

/* Deal with all that was read. Returns 0, or why the connection is down now. */
static int take_messages(struct comm *c)
{
	enum comm_scan_result r = COMM_SCAN_MESSAGE;

	while (is_alive(c)) {
		r = transport_scan(&c->connection.transport);
		if (r != COMM_SCAN_MESSAGE)
			break;
		if (calls_on_message(c))
			return lost(c, COMM_EPROTOCOL);
	}
	if (r == COMM_SCAN_MORE || r == COMM_SCAN_MESSAGE)
		return 0;
	client_fail(c, COMM_EPROTOCOL, "an answer of commd on %s is not understood: %s",
		    c->connection.path, comm_scan_sentence(r));
	return lost(c, COMM_EPROTOCOL);
}

static int read_answers(struct comm *c)
{
	bool more = true;

	for (int i = 0; i < READS_MAX && more && is_alive(c); i++) {
		ssize_t n = transport_read(&c->connection.transport, &more);
		int error;

		if (n == 0)
			return 0;
		if (n < 0)
			return lost_to(c, (int)n);
		error = take_messages(c);
		if (error)
			return error;
	}
	return 0;
}

static bool is_needed(const struct comm *c)
{
	return c->connection.wanted_until_ms || calls_need_connection(c) ||
	       producer_needs_connection(c);
}

static bool is_drained(const struct comm *c)
{
	return c->connection.draining && TAILQ_EMPTY(&c->calls.written);
}

/* Ends that were noted where nobody could be called back. */
static int end_if_due(struct comm *c)
{
	const struct connection *connection = &c->connection;

	if (connection->state == CONNECTION_DOWN)
		return 0;
	if (connection->refusal) {
		client_fail_text(c, connection->refusal, comm_bytes_of(connection->error_text));
		return lost(c, connection->refusal);
	}
	if (is_drained(c)) {
		client_fail(c, COMM_ESHUTDOWN, "commd on %s is shutting down", connection->path);
		return lost(c, COMM_ESHUTDOWN);
	}
	return 0;
}

int connection_work(struct comm *c, int64_t now_ms)
{
	struct connection *connection = &c->connection;
	int error = 0;

	if (connection->state == CONNECTION_DOWN && is_needed(c) &&
	    now_ms >= connection->retry_at_ms)
		error = connection_open(c);
	if (connection->state != CONNECTION_DOWN && !connection->refusal) {
		calls_write(c);
		error = read_answers(c);
	}
	return error || client_is_foreign(c) ? error : end_if_due(c);
}

int64_t connection_due_ms(const struct comm *c)
{
	const struct connection *connection = &c->connection;

	if (connection->state == CONNECTION_DOWN)
		return is_needed(c) ? connection->retry_at_ms : INT64_MAX;
	return connection->refusal || is_drained(c) ? 0 : INT64_MAX;
}

#include "client/hello.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/client.h"
#include "client/subscription.h"
#include "proto/codec.h"
#include "proto/util.h"

static size_t limit(int64_t told, size_t most)
{
	return told < 1 ? 1 : (uint64_t)told < most ? (size_t)told : most;
}

static void get_ready(struct comm *c, const struct comm_hello_result *r)
{
	struct connection *connection = &c->connection;

	connection->limits = (struct connection_limits){
		.message_bytes = limit(r->limits->message_bytes, COMM_MESSAGE_MAX),
		.records = limit(r->limits->records, COMM_RECORDS_MAX),
	};
	connection->shares = r->shares;
	(void)snprintf(connection->version, sizeof connection->version, "%.*s",
		       (int)MIN(r->version.len, sizeof connection->version), r->version.data);
	connection->state = CONNECTION_READY;
	connection->pause_ms = 0;
	connection->error = 0;
	subscriptions_on_ready(c);
}

static void hello_drop(struct call *call)
{
	call_fini(call);
	free(call);
}

static void hello_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct connection *connection = &c->connection;

	connection->hello = NULL;
	hello_drop(call);
	if (!reply->error) {
		get_ready(c, reply->result);
		return;
	}
	connection->refusal = reply->error;
	if (reply->error == COMM_ETIMEOUT)
		client_fail(c, COMM_ETIMEOUT,
			    "commd on %s takes connections but does not answer; try: systemctl "
			    "status commd",
			    connection->path);
	(void)snprintf(connection->error_text, sizeof connection->error_text, "%s", c->error);
}

static const struct call_type hello_type = {
	.method = COMM_METHOD_HELLO,
	.done = hello_done,
	.drop = hello_drop,
};

int hello_start(struct comm *c)
{
	struct comm_hello_params params = {
		.client = comm_bytes_of(c->name),
		.profile = comm_bytes_of(c->profile),
		.protocol = COMM_PROTOCOL_VERSION,
	};
	struct call *hello = malloc(sizeof *hello);

	if (!hello)
		return client_no_memory(c);
	call_init(hello, &hello_type, c->timeout_ms);
	/* Whoever waits for nothing but the connection may have waited for a while already. */
	if (c->connection.wanted_until_ms)
		hello->deadline_ms = MIN(hello->deadline_ms, c->connection.wanted_until_ms);
	hello->id = calls_next_id(&c->calls);
	if (comm_encode_request(&hello->bytes, hello->id, &comm_methods[COMM_METHOD_HELLO],
				&params)) {
		hello_drop(hello);
		return client_no_memory(c);
	}
	c->connection.hello = hello;
	call_queue_first(c, hello);
	return 0;
}

void hello_abandon(struct comm *c)
{
	struct call *hello = c->connection.hello;

	if (!hello)
		return;
	call_unlink(c, hello);
	hello->type->drop(hello);
	c->connection.hello = NULL;
}

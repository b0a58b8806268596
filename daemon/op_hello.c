#include "daemon/op.h"

#include <stdio.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/session.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "proto/utf8.h"

/*
 * The name ends up in logs and on terminals: what is not printable becomes a dot. And in status, which
 * half a character at its end would make unreadable for everybody.
 */
static void set_name(struct session *s, struct comm_bytes name)
{
	size_t n = comm_utf8_cut(name, sizeof s->name - 1);

	for (size_t i = 0; i < n; i++)
		s->name[i] = comm_utf8_is_control(name.data, i, n) ? '.' : name.data[i];
	s->name[n] = '\0';
	if (s->sender)
		sender_rename(s->sender, s->name);
}

static void answer(struct request *r)
{
	const struct config *c = r->session->daemon->config;
	struct comm_wire_limits limits = {
		.message_bytes = (int64_t)c->limits_message_max,
		.records = COMM_RECORDS_MAX,
		.requests = c->limits_requests_per_connection,
		.inflight_bytes = (int64_t)c->limits_inflight_bytes_per_connection,
	};
	struct comm_hello_result result = {
		.server = comm_bytes_of("commd"),
		.version = comm_bytes_of(COMMD_VERSION),
		.protocol = COMM_PROTOCOL_VERSION,
		.limits = &limits,
		.shares = c->limits_shared_bytes >= SHARED_BYTES,
	};

	request_answer(r, &result);
}

void op_hello(struct request *r, const void *params)
{
	const struct comm_hello_params *p = params;
	struct session *s = r->session;
	struct kafka_client *client;
	struct kafka_failure why;
	int error = 0;

	if (p->protocol != COMM_NONE && p->protocol < 1) {
		request_refuse(r, COMM_EBAD_VALUE, "protocol: versions begin with 1");
		return;
	}
	if (p->profile.len > COMM_NAME_MAX) {
		request_refuse(r, COMM_EBAD_VALUE, "profile: a name has at most %d bytes",
			       COMM_NAME_MAX);
		return;
	}
	if (p->profile.data && s->n_subscriptions + s->n_subscribing) {
		request_refuse(r, COMM_EBAD_VALUE,
			       "profile: this connection has subscriptions; use another one");
		return;
	}
	if (p->client.data && p->client.len)
		set_name(s, p->client);
	/* Also to one that does not exist: what is written behind a hello that fails must fail as well,
	 * and not go to the Kafka of another profile. */
	if (p->profile.data)
		error = session_set_profile(s, p->profile);
	if (!error && p->profile.data)
		error = session_kafka(s, &client, &why);
	if (error)
		request_fail_with(r, error, &why);
	else
		answer(r);
}

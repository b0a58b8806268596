#include "client/call.h"

#include <errno.h>
#include <limits.h>

#include "client/client.h"
#include "proto/codec.h"

/* Room for the result of any method. */
union results {
#define RESULTS_MEMBER(NAME, name, bare) struct comm_##name name;
	COMM_MESSAGES(RESULTS_MEMBER)
#undef RESULTS_MEMBER
	struct comm_none none;
};

static int not_understood(struct comm *c, const char *why)
{
	return client_fail(c, COMM_EPROTOCOL, "an answer of commd on %s is not understood: %s",
			   c->connection.path, why);
}

/* The connection is no good after COMM_EPROTOCOL; the call fails with whatever is returned here. */
static int open_failure(struct comm *c, int error, const struct comm_refusal *why)
{
	if (error == -ENOMEM)
		return client_fail(c, COMM_ENO_MEMORY, "out of memory for an answer of commd");
	return not_understood(c, why->message);
}

static int open_error(struct comm *c, const void *error, struct reply *ret)
{
	struct comm_wire_error e;
	struct comm_refusal why;
	int r = comm_decode(c->decoder, &comm_messages[COMM_MESSAGE_wire_error], error,
			    COMM_LENIENT, &e, &why);

	if (r)
		return open_failure(c, r, &why);
	if (e.code < 1 || e.code > INT_MAX)
		return not_understood(c, "the number of an error must be positive");
	ret->detail = e.detail;
	ret->error = client_fail_text(c, (int)e.code, e.message);
	/* Whatever was asked for, this is what the code says. */
	ret->maybe = ret->error == COMM_EUNKNOWN_OUTCOME;
	return 0;
}

/* Returns 0 if the answer is understood, be it an error or not. */
static int open_reply(struct comm *c, const struct call *call, struct reply *ret,
		      union results *ret_result)
{
	const struct transport *t = &c->connection.transport;
	struct comm_envelope e;
	struct comm_refusal why;
	int r = comm_decode_envelope(c->decoder, &t->scan, comm_buf_bytes(&t->in), &e, &why);

	*ret = (struct reply){ .result = ret_result };
	if (r)
		return open_failure(c, r, &why);
	if (e.error)
		return open_error(c, e.error, ret);
	r = comm_decode(c->decoder, comm_method_result(&comm_methods[call->method]), e.body,
			COMM_LENIENT, ret_result, &why);
	return r ? open_failure(c, r, &why) : 0;
}

static void end_call(struct comm *c, struct call *call, struct reply *reply)
{
	struct transport *t = &c->connection.transport;
	unsigned int n_forks = c->n_forks;
	bool taken = false;

	if (!reply->error && call->type->keeps_bytes) {
		taken = transport_take(t, call->keep) == 0;
		if (!taken)
			*reply = (struct reply){
				.error = client_no_memory(c),
				.maybe = true,
			};
	}
	call_unlink(c, call);
	call->type->done(c, call, reply);
	if (!taken && c->n_forks == n_forks && !client_is_foreign(c))
		transport_pop(t);
}

/* The daemon looked at none of it and will look at nothing more; the next one will. */
static void drain(struct comm *c, struct call *call)
{
	connection_drain(c);
	calls_take_back(c, call);
	transport_pop(&c->connection.transport);
}

int calls_on_message(struct comm *c)
{
	struct transport *t = &c->connection.transport;
	union results result;
	struct reply reply;
	struct call *call;
	int error;

	if (t->scan.type == COMM_REQUEST)
		return not_understood(c, "it is a request");
	call = c->connection.hello ? c->connection.hello : calls_find(c, t->scan.id);
	if (t->scan.type == COMM_RESPONSE && !call && t->scan.id > c->calls.last_id)
		return not_understood(c, "nothing was asked with its id");
	if (t->scan.type == COMM_NOTIFICATION || !call) {
		/* Something newer than we are, or what nobody waits for any more. */
		transport_pop(t);
		return 0;
	}
	error = open_reply(c, call, &reply, &result);
	if (error == COMM_EPROTOCOL) {
		call_finish(c, call, error, true);
		return error;
	}
	if (error)
		reply = (struct reply){ .error = error, .maybe = true };
	if (reply.error == COMM_ESHUTDOWN && call != c->connection.hello)
		drain(c, call);
	else
		end_call(c, call, &reply);
	return 0;
}

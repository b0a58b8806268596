#include "daemon/dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/op.h"
#include "daemon/permit.h"
#include "daemon/trace.h"
#include "proto/errors.h"
#include "proto/suggest.h"
#include "proto/util.h"

/* Room for the parameters of any method. */
union params {
#define PARAMS_MEMBER(NAME, name, bare) struct comm_##name name;
	COMM_MESSAGES(PARAMS_MEMBER)
#undef PARAMS_MEMBER
	struct comm_none none;
};

static const dispatch_handler_fn handlers[COMM_N_METHODS] = {
#define HANDLER(NAME, name, params, result, doc) [COMM_METHOD_##NAME] = op_##name,
	COMM_METHODS(HANDLER)
#undef HANDLER
};

static void refuse_params(struct request *r, int error, const struct comm_refusal *refusal)
{
	struct kafka_failure why = { .code = error };

	(void)snprintf(why.detail, sizeof why.detail, "%s", refusal->detail);
	(void)snprintf(why.message, sizeof why.message, "%s%s%s", r->method ? r->method->name : "",
		       r->method ? ": " : "", refusal->message);
	request_fail_with(r, error, &why);
}

void dispatch_refuse_method(struct request *r, int code, struct comm_bytes name)
{
	char word[COMM_METHOD_NAME_MAX + 1];
	struct suggest s;

	(void)snprintf(word, sizeof word, "%.*s", (int)MIN(name.len, sizeof word - 1), name.data);
	suggest_init(&s, word);
	for (size_t i = 0; i < COMM_N_METHODS; i++)
		suggest_offer(&s, comm_methods[i].name);
	request_refuse(r, code, "there is no method \"%s\"; %s%s%s", word,
		       s.best ? "did you mean \"" : "", s.best ? s.best : "help lists all",
		       s.best ? "\"?" : "");
}

/* Who looks on wants to know of a send that is not permitted, too. */
static void deny(struct request *r, const union params *params, int error,
		 const struct kafka_failure *why)
{
	struct session *s = r->session;

	if (error > 0 && r->method->id == COMM_METHOD_SEND)
		traces_refuse(&s->daemon->traces, s, &params->send_params, why);
	request_fail_with(r, error, why);
}

/* While the daemon ends one may look at that, as long as there is something to be seen. */
static bool is_served(const struct daemon *d, const struct comm_method *m)
{
	return d->state == DAEMON_RUNNING ||
	       (d->state == DAEMON_STOPPING && m->id == COMM_METHOD_STATUS);
}

/* Let the method's handler deal with @r. */
static void handle(struct request *r, const struct comm_envelope *e)
{
	const struct comm_method *m = r->method;
	const struct session *s = r->session;
	struct comm_refusal refusal = { 0 };
	struct kafka_failure denied;
	union params params;
	int error;

	error = comm_decode(s->daemon->decoder, comm_method_params(m), e->body, COMM_STRICT,
			    &params, &refusal);
	if (error)
		refuse_params(r, error, &refusal);
	else if (!is_served(s->daemon, m))
		request_refuse(r, COMM_ESHUTDOWN, "commd is shutting down; connect again later");
	else if ((error = permit_check(r, &params, &denied)))
		deny(r, &params, error, &denied);
	else
		handlers[m->id](r, &params);
}

/*
 * A request for @m, NULL if that is not known, begins. Returns 0 with it in @ret, or with NULL if its user has
 * used up a quota, which is answered; COMM_EAGAIN: later; or -ENOMEM.
 */
static int begin(struct session *s, const struct comm_method *m, uint64_t id, enum comm_type type,
		 struct request **ret)
{
	enum quota quota;
	int refused = session_hold_admit(s, m ? m->id : COMM_METHOD_PING, &quota);

	if (refused == COMM_EAGAIN)
		return COMM_EAGAIN;
	*ret = request_new(s, m, id, type);
	if (!*ret)
		return -ENOMEM;
	if (refused) {
		session_quota_fail(*ret, quota);
		*ret = NULL;
	}
	return 0;
}

static int call(struct session *s, const struct comm_envelope *e, const void *bytes)
{
	const struct comm_method *m = comm_method_find(e->method);
	struct request *r;
	int error = begin(s, m, e->id, e->type, &r);

	if (error || !r)
		return error;
	r->bytes = bytes;
	r->n_bytes = s->scan.pos;
	if (!m)
		dispatch_refuse_method(r, COMM_ENO_METHOD, e->method);
	else
		handle(r, e);
	return 0;
}

/* It will never be answered: the client must notice. */
static void fail_for_memory(struct session *s)
{
	const struct log_about about = session_about(s);

	log_event(LOG_ERR, LOG_EVENT_NO_MEMORY, &about,
		  "no memory for a request of %s (pid %d); its connection is closed", s->name,
		  (int)s->peer.pid);
	session_end(s);
}

int dispatch_message(struct session *s, const void *bytes, struct comm_refusal *ret_why)
{
	struct comm_envelope e;
	int r;

	r = comm_decode_envelope(s->daemon->decoder, &s->scan, bytes, &e, ret_why);
	if (!r && e.type == COMM_RESPONSE) {
		(void)snprintf(ret_why->message, sizeof ret_why->message,
			       "a response, but commd asks nothing");
		r = COMM_EPROTOCOL;
	}
	if (!r)
		r = call(s, &e, bytes);
	if (r < 0)
		fail_for_memory(s);
	return r > 0 ? r : 0;
}

int dispatch_refuse(struct session *s, uint64_t id, const struct comm_method *m, int error,
		    const struct comm_refusal *why)
{
	struct request *r;
	int begun = error > 0 ? begin(s, m, id, COMM_REQUEST, &r) : error;

	if (begun < 0)
		fail_for_memory(s);
	else if (!begun && r)
		refuse_params(r, error, why);
	return begun > 0 ? begun : 0;
}

int dispatch_decode_again(struct request *r, const void *bytes, size_t n_bytes, void *ret)
{
	struct comm_decoder *decoder = r->session->daemon->decoder;
	struct comm_refusal refusal;
	struct comm_envelope e;
	struct comm_scan scan;
	int error;

	comm_scan_start(&scan, COMM_MESSAGE_MAX);
	(void)comm_scan(&scan, bytes, n_bytes);
	error = comm_decode_envelope(decoder, &scan, bytes, &e, &refusal);
	if (!error)
		error = comm_decode(decoder, comm_method_params(r->method), e.body, COMM_STRICT,
				    ret, &refusal);
	return error ? -ENOMEM : 0;
}

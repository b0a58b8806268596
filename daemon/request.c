#include "daemon/request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/answer.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "proto/error_table.h"
#include "proto/errors.h"
#include "proto/json.h"
#include "proto/utf8.h"
#include "proto/util.h"

struct request *request_new(struct session *s, const struct comm_method *m, uint64_t id,
			    enum comm_type type)
{
	struct request *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->session = s;
	r->method = m;
	r->id = id;
	r->wants_answer = type == COMM_REQUEST;
	r->is_in_order = s->encoding == SESSION_JSON && id == COMM_JSON_NO_ID;
	TAILQ_INSERT_TAIL(&s->requests, r, entry);
	s->n_requests++;
	s->requests_total++;
	s->n_in_order += r->is_in_order;
	quota_charge_init(&r->charge, s->quota.account, QUOTA_REQUESTS, 1);
	s->daemon->stats.requests_in_flight++;
	s->daemon->stats.requests_total++;
	return r;
}

static void request_free(struct request *r)
{
	struct session *s = r->session;
	struct daemon *d = s->daemon;

	deadline_cancel(&d->deadlines, &r->deadline);
	quota_charge_fini(&r->charge);
	TAILQ_REMOVE(&s->requests, r, entry);
	s->n_requests--;
	if (r->is_in_order) {
		s->n_in_order--;
		s->in_order_end = outbox_end(&s->out);
	}
	d->stats.requests_in_flight--;
	session_touch(s);
	free(r);
}

static void on_deadline(struct deadline *deadline)
{
	struct request *r = container_of(deadline, struct request, deadline);

	r->session->daemon->stats.deadlines_total++;
	r->late(r);
}

int request_keep(struct request *r, int64_t timeout_ms, void (*late)(struct request *r),
		 void (*gone)(struct request *r))
{
	r->late = late;
	r->gone = gone;
	return deadline_set(&r->session->daemon->deadlines, &r->deadline, (uint64_t)timeout_ms,
			    on_deadline);
}

/* An answer that cannot be queued for want of memory is an answer lost: the client must notice. */
static void check_written(struct request *r, int error)
{
	struct log_about about;

	session_quota_note_unread(r->session);
	if (!error)
		return;
	about = session_about(r->session);
	log_event(LOG_ERR, LOG_EVENT_NO_MEMORY, &about,
		  "no memory for an answer to %s (pid %d); its connection is closed",
		  r->session->name, (int)r->session->peer.pid);
	session_end(r->session);
}

static void answer(struct request *r, const void *result, bool may_have_many)
{
	struct comm_buf *out = &r->session->out.filling;
	size_t from = out->len, len;
	int error;

	if (!r->wants_answer) {
		request_free(r);
		return;
	}
	error = answer_result(r->session, r->id, comm_method_result(r->method), result);
	len = out->len - from;
	if (!error && !answer_fits(r->session, from, may_have_many)) {
		comm_buf_truncate(out, from);
		request_refuse(r, COMM_ETOO_BIG,
			       "the answer to %s has %zu bytes and does not fit into a message of "
			       "at most %zu bytes and %d values; ask for a part of it",
			       r->method->name, len, answer_max(r->session), COMM_OBJECTS_MAX);
		return;
	}
	check_written(r, error);
	request_free(r);
}

void request_answer(struct request *r, const void *result)
{
	answer(r, result, false);
}

void request_answer_many(struct request *r, const void *result)
{
	answer(r, result, true);
}

/* A sentence is text to every client, whatever bytes the brokers' words and the names in it have, and
 * wherever it was cut off. */
void request_fail(struct request *r, const struct kafka_failure *why)
{
	struct kafka_failure own = *why;
	struct comm_wire_error error;

	comm_utf8_mend(own.message);
	comm_utf8_mend(own.detail);
	error = comm_error_wire(own.code, own.message);
	error.detail = comm_bytes_of(own.detail[0] ? own.detail : NULL);
	r->session->daemon->stats.errors_total++;
	if (r->wants_answer)
		check_written(r, answer_error(r->session, r->id, &error));
	request_free(r);
}

void request_refuse(struct request *r, int code, const char *format, ...)
{
	struct kafka_failure why = { .code = code };
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(why.message, sizeof why.message, format, ap);
	va_end(ap);
	request_fail(r, &why);
}

void request_fail_with(struct request *r, int error, const struct kafka_failure *why)
{
	if (error > 0) {
		request_fail(r, why);
	} else if (error == -ENOMEM) {
		request_refuse(r, COMM_ENO_MEMORY, "commd is out of memory");
	} else {
		const struct log_about about = session_about(r->session);

		log_event(LOG_ERR, LOG_EVENT_NONE, &about, "%s for %s (pid %d) failed: %s",
			  r->method->name, r->session->name, (int)r->session->peer.pid,
			  uv_strerror(error));
		request_refuse(r, COMM_EINTERNAL, "%s: %s", r->method->name, uv_strerror(error));
	}
}

bool request_has_taker(struct request *r)
{
	bool has_taker = r->wants_answer;

	if (!has_taker)
		request_refuse(r, COMM_EPROTOCOL, "%s must be a request", r->method->name);
	return has_taker;
}

void request_drop(struct request *r)
{
	if (r->gone)
		r->gone(r);
	request_free(r);
}

int request_timeout(struct request *r, int64_t asked_ms, int64_t *ret_timeout_ms)
{
	if (asked_ms == COMM_NONE) {
		*ret_timeout_ms = r->session->daemon->config->timeouts_request_ms;
		return 0;
	}
	if (asked_ms < 0 || asked_ms > COMM_TIMEOUT_MAX_MS) {
		struct kafka_failure why = { .code = COMM_EBAD_VALUE, .detail = "timeout_ms" };

		(void)snprintf(why.message, sizeof why.message,
			       "timeout_ms: %lld is not between 0 and %d milliseconds",
			       (long long)asked_ms, COMM_TIMEOUT_MAX_MS);
		request_fail(r, &why);
		return COMM_EBAD_VALUE;
	}
	*ret_timeout_ms = asked_ms;
	return 0;
}

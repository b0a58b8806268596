#include "daemon/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/permit.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/trace_row.h"
#include "proto/errors.h"
#include "proto/util.h"

struct trace {
	struct daemon *daemon;   /* borrowed */
	struct request *request; /* borrowed */
	uint64_t begun_ns;
	struct trace_options options;
	char *topic;                   /* owned */
	char *profile;                 /* owned */
	STAILQ_HEAD(, trace_row) rows; /* owned */
	size_t n_rows;
	size_t n_open;           /* of them without outcome */
	size_t n_bytes;          /* of all of them */
	const char *full_of;     /* no more rows are taken; NULL: they are */
	LIST_ENTRY(trace) entry; /* on traces::all */
};

/* ---- a trace's life ---- */

static void trace_free(struct trace *t)
{
	struct trace_row *row;

	while ((row = STAILQ_FIRST(&t->rows))) {
		STAILQ_REMOVE_HEAD(&t->rows, entry);
		trace_row_free(row);
	}
	LIST_REMOVE(t, entry);
	t->daemon->stats.traces--;
	free(t->topic);
	free(t->profile);
	free(t);
}

static void answer(struct trace *t, const char *ended)
{
	struct comm_wire_traced *sends = calloc(t->n_rows + 1, sizeof *sends);
	const struct comm_trace_result result = {
		.sends = { sends, t->n_rows },
		.duration_ms = (int64_t)((uv_hrtime() - t->begun_ns) / 1000000),
		.ended = comm_bytes_of(ended),
	};
	const struct trace_row *row;
	size_t n = 0;

	if (!sends) {
		request_fail_with(t->request, -ENOMEM, NULL);
	} else {
		STAILQ_FOREACH(row, &t->rows, entry)
			sends[n++] = row->told;
		request_answer_many(t->request, &result);
	}
	free(sends);
	trace_free(t);
}

static void answer_if_done(struct trace *t)
{
	if (t->full_of && !t->n_open)
		answer(t, t->full_of);
}

static void on_late(struct request *r)
{
	struct trace *t = r->op;

	answer(t, t->full_of ? t->full_of : "time");
}

static void on_gone(struct request *r)
{
	trace_free(r->op);
}

int trace_start(struct request *r, const struct trace_options *o)
{
	struct daemon *d = r->session->daemon;
	struct trace *t;
	int error;

	if (d->stats.traces >= TRACES_MAX) {
		d->stats.traces_refused_total++;
		return COMM_EBUSY;
	}
	t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	STAILQ_INIT(&t->rows);
	t->daemon = d;
	t->request = r;
	t->begun_ns = uv_hrtime();
	t->options = *o;
	t->topic = comm_bytes_dup(o->topic);
	t->profile = strdup(session_profile(r->session));
	d->stats.traces++;
	LIST_INSERT_HEAD(&d->traces.all, t, entry);
	r->op = t;
	error = t->topic && t->profile ? request_keep(r, o->timeout_ms, on_late, on_gone) : -ENOMEM;
	if (error)
		trace_free(t);
	return error;
}

void traces_end(struct traces *t)
{
	struct trace *trace;

	while ((trace = LIST_FIRST(&t->all)))
		answer(trace, "stopping");
}

void traces_review(struct traces *t)
{
	struct trace *trace, *next;
	struct kafka_failure why;

	for (trace = LIST_FIRST(&t->all); trace; trace = next) {
		struct request *r = trace->request;

		next = LIST_NEXT(trace, entry);
		if (!permit_check_trace(r->session, trace->profile, comm_bytes_of(trace->topic),
					&why))
			continue;
		trace_free(trace);
		request_fail(r, &why);
	}
}

/* ---- rows ---- */

/* A row has its outcome, which may have been the last that its trace waits for. */
static void note_end(struct trace *t)
{
	t->n_open--;
	answer_if_done(t);
}

static void on_ended(struct kafka_watch *w, const struct kafka_batch *b)
{
	struct trace_row *row = container_of(w, struct trace_row, watch);

	trace_row_end(row, b);
	note_end(row->trace);
}

static bool is_wanted(const struct trace *t, const struct session *s,
		      const struct comm_send_params *p)
{
	return !t->full_of && p->records.n && comm_bytes_is(p->topic, t->topic) &&
	       !strcmp(session_profile(s), t->profile);
}

/* NULL: it is not for this trace, or there is no memory, and then it is not told. */
static struct trace_row *add(struct trace *t, const struct session *s,
			     const struct comm_send_params *p, uint64_t came_ns)
{
	struct trace_row *row =
		is_wanted(t, s, p) ? trace_row_new(s, p, t->options.head_bytes, came_ns) : NULL;

	if (!row)
		return NULL;
	row->trace = t;
	row->watch.ended = on_ended;
	STAILQ_INSERT_TAIL(&t->rows, row, entry);
	t->n_open++;
	t->n_rows++;
	t->n_bytes += row->n_bytes;
	if (t->n_rows >= t->options.max_sends)
		t->full_of = "sends";
	else if (t->n_bytes >= TRACE_BYTES_MAX)
		t->full_of = "bytes";
	return row;
}

void traces_begin(struct traces *t, const struct session *s, const struct comm_send_params *p,
		  struct kafka_batch *b)
{
	struct trace *trace;
	struct trace_row *row;

	LIST_FOREACH(trace, &t->all, entry) {
		row = add(trace, s, p, b->came_ns);
		if (!row)
			continue;
		row->batch = b;
		SLIST_INSERT_HEAD(&b->watches, &row->watch, entry);
	}
}

void traces_refuse(struct traces *t, const struct session *s, const struct comm_send_params *p,
		   const struct kafka_failure *why)
{
	struct trace *trace, *next;
	struct trace_row *row;

	for (trace = LIST_FIRST(&t->all); trace; trace = next) {
		next = LIST_NEXT(trace, entry);
		row = add(trace, s, p, uv_hrtime());
		if (!row)
			continue;
		trace_row_fail(row, why);
		note_end(trace);
	}
}

void traces_handed(struct kafka_batch *b)
{
	struct kafka_watch *w;

	SLIST_FOREACH(w, &b->watches, entry)
		trace_row_handed(container_of(w, struct trace_row, watch));
}

void traces_refused(struct kafka_batch *b, const struct kafka_failure *why)
{
	struct kafka_watch *w;

	while ((w = SLIST_FIRST(&b->watches))) {
		struct trace_row *row = container_of(w, struct trace_row, watch);

		SLIST_REMOVE_HEAD(&b->watches, entry);
		trace_row_fail(row, why);
		note_end(row->trace);
	}
}

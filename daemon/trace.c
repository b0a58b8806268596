#include "daemon/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "proto/error_table.h"
#include "proto/errors.h"
#include "proto/utf8.h"
#include "proto/util.h"

/* As much of a sentence as is told of a send that has failed. */
#define SENTENCE_MAX 256

/* One send. */
struct row {
	struct kafka_watch watch;
	struct trace *trace;       /* borrowed */
	struct kafka_batch *batch; /* borrowed; NULL: it has its outcome */
	uint64_t came_ns;
	struct comm_wire_traced told; /* strings are in what follows */
	struct comm_wire_error error;
	char client[SENDER_NAME_MAX];
	char sentence[SENTENCE_MAX];
	STAILQ_ENTRY(row) entry; /* on trace::rows */
	char heads[];            /* of the key, then of the value */
};

struct trace {
	struct daemon *daemon;   /* borrowed */
	struct request *request; /* borrowed */
	uint64_t begun_ns;
	struct trace_options options;
	char *topic;             /* owned */
	char *profile;           /* owned */
	STAILQ_HEAD(, row) rows; /* owned */
	size_t n_rows;
	size_t n_open;           /* of them without outcome */
	size_t n_bytes;          /* of all of them */
	const char *full_of;     /* no more rows are taken; NULL: they are */
	LIST_ENTRY(trace) entry; /* on traces::all */
};

static int64_t since_us(uint64_t ns)
{
	return (int64_t)((uv_hrtime() - ns) / 1000);
}

/* ---- a trace's life ---- */

static void row_free(struct row *row)
{
	if (row->batch)
		SLIST_REMOVE(&row->batch->watches, &row->watch, kafka_watch, entry);
	free(row);
}

static void trace_free(struct trace *t)
{
	struct row *row;

	while ((row = STAILQ_FIRST(&t->rows))) {
		STAILQ_REMOVE_HEAD(&t->rows, entry);
		row_free(row);
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
		.duration_ms = since_us(t->begun_ns) / 1000,
		.ended = comm_bytes_of(ended),
	};
	const struct row *row;
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

/* ---- rows ---- */

static struct comm_bytes copy_head(char *room, struct comm_bytes b, size_t n)
{
	if (!b.data)
		return b;
	memcpy(room, b.data, n);
	return (struct comm_bytes){ room, n };
}

static int64_t sum_bytes(const struct comm_wire_record *records, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (int64_t)(records[i].key.len + records[i].value.len);
	return sum;
}

static void tell(struct row *row, const struct session *s, const struct comm_send_params *p,
		 size_t key_len, size_t value_len)
{
	const struct comm_wire_record *records = p->records.items;

	memcpy(row->client, s->name, sizeof row->client);
	row->told = (struct comm_wire_traced){
		.time_ms = clock_ms(),
		.client = comm_bytes_of(row->client),
		.pid = s->peer.pid,
		.uid = s->peer.uid,
		.records = (int64_t)p->records.n,
		.bytes = sum_bytes(records, p->records.n),
		.key = copy_head(row->heads, records->key, key_len),
		.value = copy_head(row->heads + key_len, records->value, value_len),
		.handed_us = COMM_NONE,
		.done_us = COMM_NONE,
		.partition = COMM_NONE,
		.offset = COMM_NONE,
	};
}

static void fail(struct row *row, const struct kafka_failure *why)
{
	(void)snprintf(row->sentence, sizeof row->sentence, "%.*s", SENTENCE_MAX - 1, why->message);
	comm_utf8_mend(row->sentence);
	row->error = comm_error_wire(why->code, row->sentence);
	row->told.error = &row->error;
}

static void fail_all(struct row *row, const struct kafka_failure *why)
{
	row->told.failed = row->told.records;
	fail(row, why);
}

/* @row has its outcome, which may have been the last that its trace waits for. */
static void end(struct row *row)
{
	row->batch = NULL;
	row->told.done_us = since_us(row->came_ns);
	row->trace->n_open--;
	answer_if_done(row->trace);
}

static void fail_as_gone(struct row *row)
{
	static const struct kafka_failure gone = {
		.code = COMM_ESEND,
		.message = "none was sent: the client has gone before, or commd is out of memory"
	};

	fail_all(row, &gone);
}

static void tell_outcomes(struct row *row, const struct kafka_batch *b)
{
	struct kafka_failure why;

	if (b->outcomes[0].partition >= 0)
		row->told.partition = b->outcomes[0].partition;
	if (b->outcomes[0].offset >= 0)
		row->told.offset = b->outcomes[0].offset;
	for (size_t i = 0; i < b->n; i++) {
		if (!b->outcomes[i].reason)
			continue;
		if (!row->told.failed++) {
			kafka_explain(b->client, &b->outcomes[i], &why);
			fail(row, &why);
			row->told.maybe_persisted = b->outcomes[i].maybe_persisted;
		}
	}
}

static void on_ended(struct kafka_watch *w, const struct kafka_batch *b)
{
	struct row *row = container_of(w, struct row, watch);

	if (b->topic)
		tell_outcomes(row, b);
	else
		fail_as_gone(row);
	end(row);
}

/* Without memory, the send is not told: NULL. */
static struct row *row_new(struct trace *t, const struct session *s,
			   const struct comm_send_params *p, uint64_t came_ns)
{
	const struct comm_wire_record *first = p->records.items;
	size_t key_len = comm_utf8_cut(first->key, t->options.head_bytes);
	size_t value_len = comm_utf8_cut(first->value, t->options.head_bytes);
	size_t size = sizeof(struct row) + key_len + value_len;
	struct row *row = calloc(1, size);

	if (!row)
		return NULL;
	row->trace = t;
	row->came_ns = came_ns;
	row->watch.ended = on_ended;
	tell(row, s, p, key_len, value_len);
	STAILQ_INSERT_TAIL(&t->rows, row, entry);
	t->n_open++;
	t->n_rows++;
	t->n_bytes += size;
	if (t->n_rows >= t->options.max_sends)
		t->full_of = "sends";
	else if (t->n_bytes >= TRACE_BYTES_MAX)
		t->full_of = "bytes";
	return row;
}

static bool is_wanted(const struct trace *t, const struct session *s,
		      const struct comm_send_params *p)
{
	return !t->full_of && p->records.n && comm_bytes_is(p->topic, t->topic) &&
	       !strcmp(session_profile(s), t->profile);
}

void traces_begin(struct traces *t, const struct session *s, const struct comm_send_params *p,
		  struct kafka_batch *b)
{
	struct trace *trace;
	struct row *row;

	LIST_FOREACH(trace, &t->all, entry) {
		row = is_wanted(trace, s, p) ? row_new(trace, s, p, b->came_ns) : NULL;
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
	struct row *row;

	for (trace = LIST_FIRST(&t->all); trace; trace = next) {
		next = LIST_NEXT(trace, entry);
		row = is_wanted(trace, s, p) ? row_new(trace, s, p, uv_hrtime()) : NULL;
		if (!row)
			continue;
		fail_all(row, why);
		end(row);
	}
}

void traces_handed(struct kafka_batch *b)
{
	struct kafka_watch *w;

	SLIST_FOREACH(w, &b->watches, entry) {
		struct row *row = container_of(w, struct row, watch);

		row->told.handed_us = since_us(row->came_ns);
	}
}

void traces_refused(struct kafka_batch *b, const struct kafka_failure *why)
{
	struct kafka_watch *w;

	while ((w = SLIST_FIRST(&b->watches))) {
		struct row *row = container_of(w, struct row, watch);

		SLIST_REMOVE_HEAD(&b->watches, entry);
		fail_all(row, why);
		end(row);
	}
}

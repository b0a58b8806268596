#include "client/commctl/receiver.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/format.h"
#include "client/commctl/interrupt.h"
#include "client/commctl/json.h"
#include "client/commctl/marks.h"
#include "client/commctl/turn.h"
#include "proto/limits.h"
#include "proto/util.h"

/* A receive that brings nothing ends after this, and is repeated. */
#define RECEIVE_MS 30000

/* After what has gone wrong; what goes wrong at once each time is said no more often. */
#define PAUSE_MS 1000

/* How long the last acknowledgements may take. */
#define ACKS_MS 10000

/* Output is written at least so often, in bytes, and always when no more records are at hand. */
#define FLUSH_BYTES (256 * 1024)

struct receiver {
	struct ctl *ctl;
	const struct receive_job *job;
	struct comm_subscription *subscription;
	struct marks marks;

	bool is_waiting;                   /* a receive is under way */
	int error;                         /* of the last receive, or of an acknowledgement */
	const struct comm_record *records; /* of the last receive */
	size_t n_records;

	int64_t n_printed;
	int64_t n_passed_over; /* too large to come */
	int64_t n_partitions;  /* of all topics; 0: nobody needs to know */
	int64_t n_past_stop;   /* of them: read up to the time to stop at */
	int64_t heard_ms;      /* when the last record came */
	int64_t resume_ms;     /* no receive is to be asked for before */
	size_t n_acks_open;
	size_t n_stale; /* acknowledgements of partitions that had moved */
	bool is_at_end;
};

/* Whether @error is told once, and the next receive goes on. */
static bool is_passing(const struct receiver *r, int error)
{
	if (error == COMM_ETOPIC_UNAVAILABLE)
		return r->job->n_topics > 1 || *r->job->topics[0] == '^'; /* others are read on */
	/*
	 * After a restart of the daemon, when all come back at once, it may have no place for now; and
	 * without Kafka nobody is let in before the time is over. Who waits for the end does not wait
	 * for ever.
	 */
	if (error == COMM_EBROKER || error == COMM_EQUOTA || error == COMM_EBUSY ||
	    error == COMM_ETIMEOUT)
		return !r->job->options.until_end;
	return error == COMM_ETOO_BIG || error == COMM_ERECEIVE;
}

/* Say what has gone wrong, and be ready to go on. */
static void pass(struct receiver *r, int error)
{
	int64_t now_ms = ctl_now_ms();

	ctl_say("%s", comm_error_message(r->ctl->c));
	if (error == COMM_ETOO_BIG) {
		r->n_passed_over++;
		r->heard_ms = now_ms;
	} else {
		r->resume_ms = now_ms + PAUSE_MS;
	}
}

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n_records, void *arg)
{
	struct receiver *r = arg;

	(void)s;
	r->is_waiting = false;
	if (is_passing(r, error)) {
		pass(r, error);
		error = 0;
		n_records = 0;
	}
	r->error = r->error ? r->error : error;
	r->records = records;
	r->n_records = error ? 0 : n_records;
}

static void on_acked(struct comm *c, int error, void *arg)
{
	struct receiver *r = arg;

	(void)c;
	r->n_acks_open--;
	if (error == COMM_ESTALE)
		r->n_stale++;
	else if (error == COMM_ETIMEOUT && is_passing(r, error))
		pass(r, error);
	else if (error)
		r->error = error;
}

/* Ask for the next records. Returns 0 or COMM_E*. */
static int ask(struct receiver *r)
{
	int64_t timeout_ms = RECEIVE_MS;
	int64_t n_left = r->job->n_wanted - r->n_printed;
	int error;

	if (r->job->wait_ms)
		timeout_ms = MIN(timeout_ms, r->heard_ms + r->job->wait_ms - ctl_now_ms());
	r->is_waiting = true;
	error = comm_receive_async(r->subscription, (size_t)MIN(n_left, COMM_RECORDS_MAX),
				   (int)MAX(timeout_ms, 1), on_received, r);
	if (error)
		r->is_waiting = false;
	return error;
}

/* Whether @record is to be printed: its partition is not past the time to stop at. */
static bool is_wanted(struct receiver *r, const struct comm_record *record, struct mark *at)
{
	if (!r->job->has_stop || !at)
		return true;
	if (!at->is_past_stop && record->timestamp_ms >= r->job->stop_ms) {
		at->is_past_stop = true;
		r->n_past_stop++;
	}
	return !at->is_past_stop;
}

static void print(struct receiver *r, const struct comm_record *record)
{
	struct out *out = &r->ctl->out;

	if (r->job->format)
		format_write(r->job->format, record, out);
	else
		json_print_record(record, out);
	r->n_printed++;
	if (r->job->is_unbuffered || out->len >= FLUSH_BYTES)
		(void)out_flush(out);
}

/* Acknowledge what has been printed. Returns 0 or COMM_E*. */
static int acknowledge(struct receiver *r)
{
	for (size_t i = 0; i < r->marks.n; i++) {
		struct mark *at = &r->marks.items[i];
		int error;

		if (!at->last)
			continue;
		error = comm_ack_async(r->subscription, at->last, on_acked, r);
		at->last = NULL;
		if (error)
			return error;
		r->n_acks_open++;
	}
	return 0;
}

/* Print what came, write it out, and acknowledge just that. Returns 0 or COMM_E*. */
static int print_records(struct receiver *r)
{
	bool has_acks = r->job->options.ack == COMM_ACK_MANUAL;

	if (r->n_records)
		r->heard_ms = ctl_now_ms();
	for (size_t i = 0; i < r->n_records && !r->ctl->out.error && !interrupt_count(); i++) {
		const struct comm_record *record = &r->records[i];
		struct mark *at = NULL;

		if (has_acks || r->job->has_stop)
			at = marks_find(&r->marks, record);
		if (!is_wanted(r, record, at))
			continue;
		print(r, record);
		if (has_acks && at)
			at->last = record;
	}
	if (out_flush(&r->ctl->out) < 0)
		return 0;
	return acknowledge(r);
}

static bool is_done(const struct receiver *r)
{
	return interrupt_count() || r->ctl->out.error || r->error ||
	       r->n_printed >= r->job->n_wanted || (r->job->options.until_end && r->is_at_end) ||
	       (r->n_partitions && r->n_past_stop >= r->n_partitions);
}

static bool is_too_late(const struct receiver *r)
{
	return r->job->wait_ms && ctl_now_ms() >= r->heard_ms + r->job->wait_ms;
}

/* Receive and print until there is a reason to stop. Returns the exit code. */
static int receive_all(struct receiver *r)
{
	int error = 0;

	while (!error && !is_done(r)) {
		if (!r->is_waiting && is_too_late(r)) {
			ctl_say("no record came in %g s", r->job->wait_ms / 1000.0);
			return CTL_TIMED_OUT;
		}
		while (!r->is_waiting && !is_done(r) && ctl_now_ms() < r->resume_ms)
			(void)turn_wait(r->ctl, -1, r->resume_ms);
		if (!r->is_waiting && !is_done(r))
			error = ask(r);
		while (!error && r->is_waiting && !is_done(r))
			(void)turn_wait(r->ctl, -1, -1);
		if (error || r->is_waiting || r->error)
			continue;
		r->is_at_end = comm_is_at_end(r->subscription);
		error = print_records(r);
	}
	error = error ? error : r->error;
	return error ? ctl_fail(r->ctl, error) : CTL_OK;
}

/* Let the acknowledgements under way arrive. Returns the exit code. */
static int finish(struct receiver *r, int code)
{
	int64_t deadline_ms = ctl_now_ms() + ACKS_MS;

	/* Behind the ^C that a terminal shows. */
	if (interrupt_count() && isatty(STDERR_FILENO))
		(void)fputc('\n', stderr);
	while (r->n_acks_open && !r->error && interrupt_count() < 2 && ctl_now_ms() < deadline_ms)
		(void)turn_wait(r->ctl, -1, deadline_ms);
	if (!code && (r->n_acks_open || r->error)) {
		ctl_say("the last records are not acknowledged and will come again: %s",
			r->error ? comm_error_message(r->ctl->c) : "no answer");
		code = r->error                ? ctl_exit_code(r->error)
		       : interrupt_count() > 1 ? CTL_INTERRUPTED
					       : CTL_TIMED_OUT;
	}
	if (r->n_stale)
		ctl_say("%zu acknowledgements were too late: the partitions have another reader, "
			"which gets their records again",
			r->n_stale);
	return code;
}

/* Whether Ctrl-C came before there were as many records as were asked for. */
static bool is_cut_short(const struct receiver *r)
{
	return interrupt_count() && r->job->n_wanted != INT64_MAX &&
	       r->n_printed < r->job->n_wanted;
}

/* How much it was, for whoever watches and wherever that is not clear. */
static void print_summary(const struct receiver *r)
{
	if (!isatty(STDERR_FILENO) && !interrupt_count() && !r->n_passed_over)
		return;
	(void)fprintf(stderr, "received %" PRId64 " records", r->n_printed);
	if (r->n_passed_over)
		(void)fprintf(stderr, ", passed over %" PRId64, r->n_passed_over);
	(void)fputc('\n', stderr);
}

/* What @code, of what went wrong as a whole, is with what is missing. */
static int judge(const struct receiver *r, int code)
{
	if (code)
		return code;
	if (is_cut_short(r))
		return CTL_INTERRUPTED;
	return r->n_passed_over ? CTL_SOME_FAILED : CTL_OK;
}

/* How many partitions have to be past the time to stop at; 0 when that cannot be known. */
static int count_partitions(struct receiver *r)
{
	for (size_t i = 0; i < r->job->n_topics; i++) {
		struct comm_topics *topics;
		int error = comm_list_topics(r->ctl->c, r->job->topics[i], &topics);

		if (error)
			return error;
		for (size_t k = 0; k < topics->n_topics; k++)
			r->n_partitions += (int64_t)topics->topics[k].n_partitions;
		comm_topics_free(topics);
	}
	return 0;
}

/* Subscribe, and be ready for Ctrl-C. Returns 0 or COMM_E*. */
static int begin(struct receiver *r)
{
	const struct receive_job *job = r->job;
	struct comm_subscribe_options options = job->options;
	int error = 0;

	/* Records are printed before the next are asked for. */
	options.shared = 1;

	/* In a group the other partitions may be somebody else's. */
	if (job->has_stop && job->options.one_partition)
		r->n_partitions = 1;
	else if (job->has_stop && !job->group)
		error = count_partitions(r);
	if (error)
		return error;
	return comm_subscribe(r->ctl->c, job->group, job->topics, job->n_topics, &options,
			      &r->subscription);
}

int receiver_run(struct ctl *ctl, const struct receive_job *job)
{
	struct receiver r = { .ctl = ctl, .job = job };
	int error = begin(&r);
	int code;

	if (error)
		return ctl_fail(ctl, error);
	code = interrupt_catch();
	if (code)
		return code;
	marks_init(&r.marks);
	ctl->watches_out = true;
	r.heard_ms = ctl_now_ms();
	code = receive_all(&r);
	ctl->watches_out = false;
	code = finish(&r, code);
	print_summary(&r);
	ctl_disconnect(ctl);
	marks_fini(&r.marks);
	return judge(&r, code);
}

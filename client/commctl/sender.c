#include "client/commctl/sender.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/failures.h"
#include "client/commctl/interrupt.h"
#include "client/commctl/json.h"
#include "client/commctl/progress.h"
#include "client/commctl/slots.h"
#include "client/commctl/slurp.h"
#include "client/commctl/split.h"
#include "client/commctl/turn.h"
#include "proto/limits.h"
#include "proto/util.h"

/*
 * The happy path: send_input() reads a block, gives each record in it to the library, and goes once
 * around the loop for the next block; outcomes come in on the way. When the library has enough
 * (COMM_EAGAIN), give() goes around the loop without reading, so that memory stays bounded by the
 * library's window. drain() waits for what is still open.
 *
 * What can end it early: Ctrl-C, and an error that every further record would meet as well. Then
 * nothing more is read, what is in flight is waited for, and the summary says how far it got.
 */

/* What one read() may bring: large enough for its cost not to count. */
#define BLOCK (256 * 1024)

/* Beyond the daemon's own limit on the wait for an outcome, for the outcome to arrive. */
#define SLACK_MS 5000

struct sender {
	struct ctl *ctl;
	const struct send_job *job;
	struct slots slots;
	struct progress progress;
	struct progress_counts n;
	struct failures failures;
	char hopeless[512]; /* what failed one record and will fail all; empty: nothing did */
	bool is_broken;     /* the input could not be read */
	bool is_cut;        /* something that was read, or named, was not sent */
	bool is_closed;     /* nobody waits any more: what may have been sent stays unknown */
};

static bool is_stopped(const struct sender *s)
{
	return *s->hopeless || interrupt_count() > 0;
}

/* An error about the daemon or the topic, not about one record, is a reason to read no further. */
static void judge(struct sender *s, int error, const char *why)
{
	if (error == COMM_ENOT_RUNNING || error == COMM_EDENIED || error == COMM_ENO_PROFILE ||
	    error == COMM_EBAD_PROFILE || error == COMM_ETOPIC_UNAVAILABLE)
		(void)snprintf(s->hopeless, sizeof s->hopeless, "%s", why);
}

static void fail(struct sender *s, const struct failure *failure)
{
	s->n.failed++;
	failures_add(&s->failures, failure);
	judge(s, failure->error, failure->why);
}

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct slot *slot = arg;
	struct sender *s = slot->owner;
	const struct failure failure = {
		.number = slot->number,
		.error = outcome->error,
		.why = *outcome->message ? outcome->message : comm_strerror(outcome->error),
		.maybe_persisted = outcome->maybe_persisted,
	};

	(void)c;
	if (!outcome->error) {
		s->n.acknowledged++;
	} else if (s->is_closed && outcome->maybe_persisted) {
		failures_add_unknown(&s->failures, &failure);
	} else {
		fail(s, &failure);
		s->is_cut |= s->is_closed;
	}
	slots_put(&s->slots, slot);
}

/* Once around the loop; returns whether @fd can be read. */
static bool turn(struct sender *s, int fd, int64_t deadline_ms)
{
	int64_t show_ms = progress_deadline(&s->progress);
	bool is_readable;

	if (show_ms >= 0 && (deadline_ms < 0 || show_ms < deadline_ms))
		deadline_ms = show_ms;
	/* With --json there may be failures to write; an error shows at the end. */
	(void)out_flush(&s->ctl->out);
	is_readable = turn_wait(s->ctl, fd, deadline_ms);
	progress_show(&s->progress, &s->n);
	return is_readable;
}

/* The record that @p is, by the rules of the job. */
static struct comm_record record_of(const struct send_job *job, const struct piece *p)
{
	struct comm_record r = job->base;
	const char *end = NULL;

	r.value = p->bytes;
	r.value_len = p->len;
	if (job->key_delim && p->bytes)
		end = memmem(p->bytes, p->len, job->key_delim, job->key_delim_len);
	if (end) {
		r.key = p->bytes;
		r.key_len = (size_t)(end - p->bytes);
		r.value = end + job->key_delim_len;
		r.value_len = p->len - r.key_len - job->key_delim_len;
	}
	if (job->empty_is_null && !r.value_len)
		r.value = NULL;
	if (job->empty_is_null && !r.key_len)
		r.key = NULL;
	return r;
}

/* A record that is not even sent; @error is 0 if the library was not asked. */
static void refuse(struct sender *s, int error, const char *why)
{
	s->n.sent++;
	fail(s, &(struct failure){ .number = s->n.sent, .error = error, .why = why });
}

static void refuse_big(struct sender *s)
{
	refuse(s, COMM_ETOO_BIG, "larger than 16 MiB, which is the most commd takes");
}

/* Give the library one record, when it has room for it. */
static void give(struct sender *s, const struct piece *p)
{
	struct comm_record r = record_of(s->job, p);
	struct slot *slot = slots_take(&s->slots);
	int error;

	if (!slot) {
		refuse(s, COMM_ENO_MEMORY, "out of memory");
		return;
	}
	slot->owner = s;
	slot->number = s->n.sent + 1;
	for (;;) {
		error = comm_send_async(s->ctl->c, s->job->topic, &r, on_sent, slot);
		if (error != COMM_EAGAIN)
			break;
		if (is_stopped(s)) {
			slots_put(&s->slots, slot);
			s->is_cut = true;
			return;
		}
		(void)turn(s, -1, -1);
	}
	if (!error) {
		s->n.sent++;
		return;
	}
	slots_put(&s->slots, slot);
	refuse(s, error, comm_error_message(s->ctl->c));
}

/* Read a block of standard input, which poll() says is there. */
static void read_block(struct sender *s, struct split *split)
{
	char *room = split_room(split, BLOCK);
	ssize_t n = room ? read(STDIN_FILENO, room, BLOCK) : -1;

	if (n > 0) {
		split_grew(split, (size_t)n);
	} else if (!n) {
		split_end(split);
	} else if (!room || (errno != EINTR && errno != EAGAIN)) {
		progress_clear(&s->progress);
		ctl_say("cannot read standard input: %s", strerror(room ? errno : ENOMEM));
		s->is_broken = true;
	}
}

/* Whether a record has been read, and was not sent. */
static bool is_left(struct split *split)
{
	struct piece p;
	enum split_result r = split_next(split, &p);

	return r == SPLIT_RECORD || r == SPLIT_TOO_BIG;
}

static void send_input(struct sender *s)
{
	struct split split;
	struct piece p;

	split_init(&split, s->job->delim, s->job->delim_len);
	while (!is_stopped(s) && !s->is_broken) {
		enum split_result r = split_next(&split, &p);

		if (r == SPLIT_END)
			break;
		if (r == SPLIT_RECORD)
			give(s, &p);
		else if (r == SPLIT_TOO_BIG)
			refuse_big(s);
		else if (r == SPLIT_TORN)
			refuse(s, 0, "the input ends before the record does");
		else if (turn(s, STDIN_FILENO, -1) && !is_stopped(s))
			read_block(s, &split);
	}
	if (is_stopped(s) && is_left(&split))
		s->is_cut = true;
	split_fini(&split);
}

/* While a file takes its time, what was given before it goes on its way. */
static bool wait_to_read(void *arg, int fd)
{
	struct sender *s = arg;

	while (!is_stopped(s))
		if (turn(s, fd, -1))
			return !is_stopped(s);
	return false;
}

static void send_file(struct sender *s, const char *path)
{
	_cleanup_free_ char *data = NULL;
	struct piece p = { 0 };
	int r = slurp(path, COMM_MESSAGE_MAX, wait_to_read, s, &data, &p.len);

	p.bytes = data;
	/* Ctrl-C may have ended whoever writes it as well: this may be half of it. */
	if (r == -ECANCELED || is_stopped(s))
		s->is_cut = true;
	else if (r == -EFBIG)
		refuse_big(s);
	else if (r < 0)
		refuse(s, 0, strerror(-r));
	else
		give(s, &p);
}

static void send_files(struct sender *s)
{
	char *const *files = s->job->files;
	size_t i;

	for (i = 0; i < s->job->n_files && !is_stopped(s); i++) {
		send_file(s, files[i]);
		if (s->is_cut)
			break;
	}
	if (i == s->job->n_files)
		return;
	s->is_cut = true;
	progress_clear(&s->progress);
	ctl_say("not sent: %s%s", files[i],
		i + 1 < s->job->n_files ? ", and all files behind it" : "");
}

/* Wait for outcomes as long as they come, but after Ctrl-C not much longer and after a second not. */
static void drain(struct sender *s)
{
	int64_t deadline_ms = ctl_now_ms() + s->ctl->timeout_ms + SLACK_MS;
	bool is_interrupted = interrupt_count() > 0;
	size_t n_open = comm_n_open(s->ctl->c);

	if (is_interrupted && n_open && isatty(STDERR_FILENO)) {
		progress_clear(&s->progress);
		ctl_say("waiting for %zu outcomes; Ctrl-C again gives them up", n_open);
	}
	while (n_open && interrupt_count() < 2 && ctl_now_ms() < deadline_ms) {
		size_t before = n_open;

		(void)turn(s, -1, deadline_ms);
		n_open = comm_n_open(s->ctl->c);
		if (!is_interrupted && (n_open < before || interrupt_count()))
			deadline_ms = ctl_now_ms() + s->ctl->timeout_ms + SLACK_MS;
		is_interrupted = interrupt_count() > 0;
	}
}

static void print_summary(struct sender *s, uint64_t n_unknown)
{
	const struct progress_counts *n = &s->n;
	bool is_interrupted = interrupt_count() > 0;

	failures_end(&s->failures);
	if (!s->job->n_files && (is_interrupted || *s->hopeless))
		ctl_say("stopped after %s %" PRIu64 "%s%s", s->job->unit, n->sent,
			*s->hopeless ? ": " : "", s->hopeless);
	if (s->ctl->json)
		json_print(json_pack("{s:I, s:I, s:I, s:I, s:b}", "sent", (json_int_t)n->sent,
				     "acknowledged", (json_int_t)n->acknowledged, "failed",
				     (json_int_t)n->failed, "unknown", (json_int_t)n_unknown,
				     "interrupted", is_interrupted),
			   &s->ctl->out);
	if (!n->failed && !n_unknown && !is_interrupted && !isatty(STDERR_FILENO))
		return;
	(void)fprintf(stderr, "sent %" PRIu64 " acknowledged %" PRIu64 " failed %" PRIu64, n->sent,
		      n->acknowledged, n->failed);
	if (n_unknown)
		(void)fprintf(stderr, " unknown %" PRIu64, n_unknown);
	(void)fputc('\n', stderr);
}

int sender_run(struct ctl *ctl, const struct send_job *job)
{
	struct sender s = { .ctl = ctl, .job = job };
	uint64_t n_unknown;

	slots_init(&s.slots);
	progress_init(&s.progress);
	failures_init(&s.failures, ctl, job, &s.progress);
	if (job->n_files)
		send_files(&s);
	else
		send_input(&s);
	drain(&s);
	s.is_closed = true;
	ctl_disconnect(ctl);
	slots_fini(&s.slots);
	n_unknown = s.n.sent - s.n.acknowledged - s.n.failed;
	print_summary(&s, n_unknown);
	if ((n_unknown || s.is_cut) && interrupt_count())
		return CTL_INTERRUPTED;
	if (s.n.failed || n_unknown)
		return CTL_SOME_FAILED;
	return s.is_broken ? CTL_FAILED : CTL_OK;
}

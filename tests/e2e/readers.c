#include "tests/e2e/readers.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/coordinator.h"
#include "tests/e2e/e2e.h"

/* Most records that a reader asks for, and how long it waits for them, so that it gets to the end. */
#define RECORDS_MAX 500
#define RECEIVE_MS  500

/* Of so many times that a reader which may fail gets records, one is the last. */
#define FAIL_ONE_IN 20

/* Records of one partition, without a gap. */
struct run {
	int partition;
	int64_t first, last;
};

/* What becomes of a run. */
enum fate {
	COME,   /* it is going to be acknowledged */
	FAILED, /* it has come, and is not */
	ACKED   /* that was answered */
};

/* Written at once, so that no kill tears it and no other gets in between. */
struct word {
	int reader;
	enum fate fate;
	struct run run;
};

/* ---- a reader ---- */

struct self {
	const struct readers *readers;
	int number;
	struct comm *c;
	struct comm_subscription *s;
	struct run runs[RECORDS_MAX]; /* that have come, and are not acknowledged */
	size_t n_runs;
};

static void say(const struct self *self, const struct run *run, enum fate fate)
{
	const struct word word = { self->number, fate, *run };

	e2e_check(write(self->readers->fds[1], &word, sizeof word) == sizeof word,
		  "a reader is not heard");
}

static void take(struct self *self, const struct comm_record *record)
{
	struct run *run = self->n_runs ? &self->runs[self->n_runs - 1] : NULL;

	e2e_check(e2e_number(record) == record->offset, "partition %d, offset %jd is %d",
		  (int)record->partition, (intmax_t)record->offset, e2e_number(record));
	if (run && run->partition == record->partition && run->last + 1 == record->offset)
		run->last++;
	else
		self->runs[self->n_runs++] =
			(struct run){ record->partition, record->offset, record->offset };
}

static void acknowledge(struct self *self, const struct run *run)
{
	struct comm_record record = COMM_RECORD_INIT;
	int error;

	record.topic = self->readers->topic;
	record.partition = run->partition;
	record.offset = run->last;
	error = comm_ack(self->s, &record);
	if (!error)
		say(self, run, ACKED);
	else
		e2e_check(error == COMM_ESTALE || comm_is_retriable(error), "%s",
			  comm_error_message(self->c));
}

static bool must_fail(const struct readers *rs)
{
	struct pollfd calm = { .fd = rs->calm_fds[0], .events = POLLIN };

	return rs->may_fail && random() % FAIL_ONE_IN == 0 && poll(&calm, 1, 0) == 0;
}

/* An answer to this one acknowledges what has come before. */
static void receive(struct self *self)
{
	size_t max_records = 1 + (size_t)random() % RECORDS_MAX, n_records = 0;
	bool is_auto = self->readers->ack == COMM_ACK_AUTO;
	const struct comm_record *records;
	enum fate fate = COME;
	int error = comm_receive(self->s, max_records, RECEIVE_MS, &records, &n_records);

	e2e_check(!error || comm_is_retriable(error), "%s", comm_error_message(self->c));
	for (size_t i = 0; i < self->n_runs && is_auto && !error; i++)
		say(self, &self->runs[i], ACKED);
	self->n_runs = 0;
	for (size_t i = 0; i < n_records; i++)
		take(self, &records[i]);
	if (self->n_runs && must_fail(self->readers))
		fate = FAILED;
	for (size_t i = 0; i < self->n_runs; i++)
		say(self, &self->runs[i], fate);
	while (fate == FAILED)
		pause();
}

static _Noreturn void be_reader(const struct readers *rs, const char *socket, int number)
{
	const struct comm_options options = { .timeout_ms = E2E_LIMIT_MS };
	const struct comm_subscribe_options how = { .ack = rs->ack };
	struct self self = { .readers = rs, .number = number };

	srandom(rs->seed + (unsigned int)number);
	self.c = e2e_connect_path(socket, &options);
	assert_ok(self.c, comm_subscribe(self.c, rs->topic, &rs->topic, 1, &how, &self.s));
	for (;;) {
		receive(&self);
		for (size_t i = 0; i < self.n_runs && rs->ack == COMM_ACK_MANUAL; i++)
			acknowledge(&self, &self.runs[i]);
	}
}

/* ---- all of them ---- */

void readers_init(struct readers *rs, const char *topic, int n_partitions, enum comm_ack_mode ack)
{
	*rs = (struct readers){ .topic = topic, .n_partitions = n_partitions, .ack = ack };
	for (int i = 0; i < n_partitions; i++)
		rs->acker[i] = -1;
	ck_assert_int_eq(pipe(rs->fds), 0);
	ck_assert_int_eq(pipe(rs->calm_fds), 0);
}

int readers_start(struct readers *rs, const char *socket)
{
	int number = rs->n++;
	pid_t pid;

	rs->all = reallocarray(rs->all, (size_t)rs->n, sizeof *rs->all);
	ck_assert_ptr_nonnull(rs->all);
	pid = e2e_fork();
	if (pid == 0)
		be_reader(rs, socket, number);
	rs->all[number] = (struct reader){ .socket = socket, .pid = pid };
	return number;
}

int readers_find_failed(const struct readers *rs)
{
	for (int i = 0; i < rs->n; i++)
		if (rs->all[i].pid && rs->all[i].has_failed)
			return i;
	return -1;
}

void readers_kill(struct readers *rs, int number)
{
	struct reader *r = &rs->all[number];
	int status;

	ck_assert_int_eq(kill(r->pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(r->pid, &status, 0), r->pid);
	ck_assert_msg(WIFSIGNALED(status), "reader %d has ended by itself", number);
	r->pid = 0;
}

/* ---- the judge ---- */

static void on_come(struct readers *rs, int number, const struct run *run, bool has_failed)
{
	struct reader *r = &rs->all[number];
	int p = run->partition;

	e2e_check(run->first >= rs->acked[p],
		  "partition %d: offset %jd has come again, to reader %d; reader %d had an answer "
		  "that all before %jd are acknowledged",
		  p, (intmax_t)run->first, number, rs->acker[p], (intmax_t)rs->acked[p]);
	/* One that fails may have several runs of a partition. */
	e2e_check(run->first <= MAX(rs->next[p], r->next[p]),
		  "partition %d: offset %jd has come to reader %d, and nobody who went on was "
		  "given %jd",
		  p, (intmax_t)run->first, number, (intmax_t)rs->next[p]);
	e2e_check(rs->may_repeat || run->first >= r->next[p],
		  "partition %d: offset %jd has come to reader %d after %jd", p,
		  (intmax_t)run->first, number, (intmax_t)r->next[p] - 1);
	r->next[p] = run->last + 1;
	r->is_forgetful = false;
	r->has_failed = has_failed;
	if (!has_failed)
		rs->next[p] = MAX(rs->next[p], run->last + 1);
}

static void on_acked(struct readers *rs, int number, const struct run *run)
{
	int p = run->partition;

	if (rs->all[number].is_forgetful || run->last < rs->acked[p])
		return;
	rs->acked[p] = run->last + 1;
	rs->acker[p] = number;
}

bool readers_listen(struct readers *rs, int timeout_ms, int *ret_reader)
{
	struct pollfd p = { .fd = rs->fds[0], .events = POLLIN };
	struct word word;

	if (poll(&p, 1, timeout_ms) != 1)
		return false;
	e2e_check(read(p.fd, &word, sizeof word) == sizeof word, "a reader is not understood");
	if (word.fate == ACKED)
		on_acked(rs, word.reader, &word.run);
	else
		on_come(rs, word.reader, &word.run, word.fate == FAILED);
	if (ret_reader)
		*ret_reader = word.reader;
	return true;
}

void readers_forget(struct readers *rs, const char *socket, const int64_t *committed)
{
	while (readers_listen(rs, 0, NULL))
		;
	/* What they have not said yet was answered by the daemon that is no more. */
	for (int i = 0; i < rs->n; i++)
		rs->all[i].is_forgetful |= rs->all[i].socket == socket;
	for (int i = 0; i < rs->n_partitions; i++)
		if (rs->acker[i] >= 0 && rs->all[rs->acker[i]].socket == socket)
			rs->acked[i] = committed[i];
}

bool readers_have(const struct readers *rs, int64_t n)
{
	for (int i = 0; i < rs->n_partitions; i++)
		if (rs->next[i] < n)
			return false;
	return true;
}

/* ---- the end ---- */

static bool is_all_committed(const struct readers *rs, struct comm *c, int64_t n)
{
	struct coordinator_view view;

	coordinator_look(c, rs->topic, &view);
	for (int i = 0; i < rs->n_partitions; i++)
		if (view.committed[i] != n)
			return false;
	return true;
}

/* Whoever comes next gets nothing of it. */
static void check_nothing_is_left(struct comm *c, const char *topic)
{
	const struct comm_subscribe_options until_end = { .until_end = 1 };
	const struct comm_record *records;
	struct comm_subscription *s;
	size_t n_records;

	assert_ok(c, comm_subscribe(c, topic, &topic, 1, &until_end, &s));
	do {
		assert_ok(c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n_records));
		e2e_check(n_records == 0, "partition %d: offset %jd comes again",
			  (int)records[0].partition, (intmax_t)records[0].offset);
	} while (!comm_is_at_end(s));
	assert_ok(c, comm_unsubscribe(s));
}

/* Who was killed may have acknowledged the last records and not have said so. */
void readers_end(struct readers *rs, struct comm *c, int64_t n)
{
	int64_t until_ms = e2e_now_ms() + E2E_LIMIT_MS;
	int failed;

	ck_assert_int_eq(write(rs->calm_fds[1], "c", 1), 1);
	while (!is_all_committed(rs, c, n)) {
		ck_assert_msg(e2e_now_ms() < until_ms, "not all is committed");
		while (readers_listen(rs, 0, NULL))
			;
		while ((failed = readers_find_failed(rs)) >= 0)
			readers_kill(rs, failed);
	}
	for (int i = 0; i < rs->n; i++)
		if (rs->all[i].pid)
			readers_kill(rs, i);
	while (readers_listen(rs, 0, NULL))
		;
	check_nothing_is_left(c, rs->topic);
	for (int i = 0; i < 2; i++) {
		close(rs->fds[i]);
		close(rs->calm_fds[i]);
	}
	free(rs->all);
}

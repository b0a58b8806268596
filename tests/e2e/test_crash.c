/*
 * `kill -9` of the daemon while clients use a real Kafka through it, and what they are told.
 */
#include "tests/lib/main.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define N_RECORDS    50000
#define N_PARTITIONS 4
#define N_CRASHES    3

/* The shortest session that Kafka allows: how long the dead daemon stays a member of its group. */
#define PROFILE "bootstrap.servers=@KAFKA@\nsession.timeout.ms=6000\n"

/* What was said about a record, and how often it is in the topic. */
struct fate {
	bool is_told;
	bool is_persisted;
	bool maybe_persisted;
	int n_read;
};

struct run {
	struct daemon_under_test *d;
	struct e2e_place place;
	struct comm *c;
	char *topic; /* owned */
	int n_told;
};

static struct run run;
static struct fate fates[N_RECORDS];

static void run_start(const char *name, int resend)
{
	/* The window is a part of all records, so that outcomes come while others are sent. */
	const struct comm_options options = { .timeout_ms = E2E_LIMIT_MS,
					      .resend = resend,
					      .window_records = N_RECORDS / 20 };

	run = (struct run){ .d = dut_start_files(NULL, PROFILE, NULL), .topic = e2e_topic(name) };
	e2e_place_init(&run.place);
	e2e_place_set(&run.place, run.d);
	run.c = e2e_connect_path(run.place.socket, &options);
	e2e_create(run.c, run.topic, N_PARTITIONS);
}

static void run_end(void)
{
	e2e_delete(run.c, run.topic);
	e2e_close(run.c);
	e2e_place_fini(&run.place);
	dut_stop(run.d);
	free(run.topic);
}

static void crash_and_restart(void)
{
	dut_kill(run.d);
	run.d = dut_start_files(NULL, PROFILE, NULL);
	e2e_place_set(&run.place, run.d);
}

static void on_told(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct fate *fate = arg;

	(void)c;
	e2e_check(!fate->is_told, "record %td has ended twice", fate - fates);
	e2e_check(outcome->error == 0 || outcome->error == COMM_EUNKNOWN_OUTCOME ||
			  comm_is_retriable(outcome->error),
		  "%s: %s", comm_error_name(outcome->error), outcome->message);
	fate->is_told = true;
	fate->is_persisted = outcome->error == 0;
	fate->maybe_persisted = outcome->maybe_persisted;
	run.n_told++;
}

/* The daemon dies each time that another part of the records is done. */
static void send_through_crashes(void)
{
	struct comm_record record = COMM_RECORD_INIT;
	int n_crashes = 0;
	char value[16];

	record.value = value;
	for (int i = 0; i < N_RECORDS; i++) {
		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		record.partition = i % N_PARTITIONS;
		while (comm_send_async(run.c, run.topic, &record, on_told, &fates[i]) ==
		       COMM_EAGAIN)
			(void)comm_wait(run.c, -1);
		(void)comm_process(run.c);
		if (n_crashes < N_CRASHES &&
		    run.n_told >= (n_crashes + 1) * N_RECORDS / (N_CRASHES + 2)) {
			crash_and_restart();
			n_crashes++;
		}
	}
	ck_assert_int_eq(comm_flush(run.c, -1, NULL), 0);
	ck_assert_int_eq(run.n_told, N_RECORDS);
	ck_assert_int_eq(n_crashes, N_CRASHES);
}

static void read_back(void)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST,
							.until_end = 1 };
	int highest[N_PARTITIONS] = { -1, -1, -1, -1 };
	const char *topic = run.topic;
	struct comm_subscription *s;

	assert_ok(run.c, comm_subscribe(run.c, NULL, &topic, 1, &options, &s));
	do {
		const struct comm_record *records;
		size_t n;

		assert_ok(run.c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n));
		for (size_t i = 0; i < n; i++) {
			int number = e2e_number(&records[i]);
			int partition = records[i].partition;

			/* What comes for the first time comes in order. */
			if (!fates[number].n_read++) {
				e2e_check(number > highest[partition], "%d is out of order",
					  number);
				highest[partition] = number;
			}
		}
	} while (!comm_is_at_end(s));
	assert_ok(run.c, comm_unsubscribe(s));
}

START_TEST(nothing_acknowledged_is_lost_and_nothing_refused_appears)
{
	int n_unknown = 0;

	run_start("unknown", 0);
	send_through_crashes();
	read_back();
	for (int i = 0; i < N_RECORDS; i++) {
		const struct fate *f = &fates[i];

		if (f->is_persisted)
			e2e_check(f->n_read == 1, "acknowledged record %d is there %d times", i,
				  f->n_read);
		else if (!f->maybe_persisted)
			e2e_check(f->n_read == 0, "record %d was refused and is there", i);
		else
			e2e_check(f->n_read <= 1, "record %d is there twice", i);
		n_unknown += !f->is_persisted;
	}
	ck_assert_int_lt(n_unknown, N_RECORDS);
	run_end();
}
END_TEST

START_TEST(with_resending_every_record_arrives_at_least_once)
{
	run_start("resend", 1);
	send_through_crashes();
	read_back();
	for (int i = 0; i < N_RECORDS; i++) {
		e2e_check(fates[i].is_persisted, "record %d was given up", i);
		e2e_check(fates[i].n_read >= 1, "record %d is lost", i);
		e2e_check(fates[i].n_read <= 1 + N_CRASHES, "record %d is there too often", i);
	}
	run_end();
}
END_TEST

START_TEST(a_reader_without_a_group_goes_on_behind_its_last_record)
{
	struct comm_subscription *s;

	run_start("tail", 0);
	e2e_send_numbers(run.c, run.topic, 0, 1000);
	s = e2e_read(run.c, run.topic);
	e2e_expect_numbers(run.c, s, 0, 400);
	crash_and_restart();
	e2e_expect_numbers(run.c, s, 400, 600);
	e2e_send_numbers(run.c, run.topic, 1000, 10);
	e2e_expect_numbers(run.c, s, 1000, 10);
	run_end();
}
END_TEST

static void send_to_each_partition(struct comm *c, const char *topic, const char *value)
{
	struct comm_record record = COMM_RECORD_INIT;

	record.value = value;
	record.value_len = strlen(value);
	for (int i = 0; i < N_PARTITIONS; i++) {
		record.partition = i;
		assert_ok(c, comm_send_record(c, topic, &record, NULL));
	}
}

/* One record of each partition, which is @value. */
static void expect_of_each_partition(struct comm *c, struct comm_subscription *s, const char *value)
{
	bool has[N_PARTITIONS] = { false };

	for (int i = 0; i < N_PARTITIONS; i++) {
		const struct comm_record *record = e2e_receive(c, s);

		e2e_check(record->value_len == strlen(value) &&
				  !memcmp(record->value, value, record->value_len),
			  "a record that is not \"%s\"", value);
		e2e_check(!has[record->partition], "partition %d comes twice",
			  (int)record->partition);
		has[record->partition] = true;
	}
}

START_TEST(a_reader_that_had_nothing_yet_misses_nothing)
{
	const struct comm_subscribe_options latest = { .start = COMM_START_LATEST };
	const struct comm_subscribe_options last = { .start = COMM_START_TAIL, .at = 1 };
	struct comm_subscription *news, *all;
	const char *topic;
	struct comm *other;

	run_start("news", 0);
	topic = run.topic;
	send_to_each_partition(run.c, topic, "before");
	assert_ok(run.c, comm_subscribe(run.c, NULL, &topic, 1, &latest, &news));
	assert_ok(run.c, comm_subscribe(run.c, NULL, &topic, 1, &last, &all));

	/* The next daemon is there already, but not yet for them. */
	dut_kill(run.d);
	run.d = dut_start_files(NULL, PROFILE, NULL);
	other = e2e_connect(run.d);
	send_to_each_partition(other, topic, "meanwhile");
	e2e_close(other);
	e2e_place_set(&run.place, run.d);

	expect_of_each_partition(run.c, news, "meanwhile");
	for (int i = 0; i < 2 * N_PARTITIONS; i++)
		(void)e2e_receive(run.c, all);
	send_to_each_partition(run.c, topic, "after");
	expect_of_each_partition(run.c, news, "after");
	expect_of_each_partition(run.c, all, "after");
	run_end();
}
END_TEST

/* The dead daemon is a member of the group until Kafka misses it. */
START_TEST(a_group_reads_again_what_was_not_acknowledged)
{
	const struct comm_record *records;
	struct comm_subscription *s;
	int first = 0;
	size_t n = 0;

	run_start("group", 0);
	e2e_send_numbers(run.c, run.topic, 0, 1000);
	s = e2e_join(run.c, run.topic, run.topic);
	e2e_expect_numbers(run.c, s, 0, 400);
	crash_and_restart();
	for (int64_t deadline_ms = e2e_now_ms() + 3 * E2E_LIMIT_MS; n == 0;) {
		ck_assert_msg(e2e_now_ms() < deadline_ms, "no record has come");
		assert_ok(run.c, comm_receive(s, 1, 1000, &records, &n));
	}
	first = e2e_number(records);
	ck_assert_int_eq(first, 0);
	e2e_expect_numbers(run.c, s, 1, 999);
	run_end();
}
END_TEST

TEST_MAIN("crash of the daemon", nothing_acknowledged_is_lost_and_nothing_refused_appears,
	  with_resending_every_record_arrives_at_least_once,
	  a_reader_without_a_group_goes_on_behind_its_last_record,
	  a_reader_that_had_nothing_yet_misses_nothing,
	  a_group_reads_again_what_was_not_acknowledged)

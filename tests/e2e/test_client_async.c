/*
 * The client library in a program that has a loop of its own, and a hundred thousand records
 * through it.
 */
#include "tests/lib/main.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define N_STEPS_RECORDS 1000
#define N_MANY          100000
#define N_PARTITIONS    4

/* A program's own loop: poll() and nothing else. Runs until @is_done. */
static void loop_until(struct comm *c, const bool *is_done)
{
	int64_t deadline_ms = e2e_now_ms() + E2E_LIMIT_MS;

	while (!*is_done) {
		struct pollfd p = { .fd = comm_fd(c), .events = comm_events(c) };
		int timeout_ms = comm_timeout(c);
		int n;

		if (timeout_ms < 0 || timeout_ms > E2E_LIMIT_MS)
			timeout_ms = E2E_LIMIT_MS;
		n = poll(&p, 1, timeout_ms);
		ck_assert_msg(n >= 0 || errno == EINTR, "poll: %s", strerror(errno));
		assert_ok(c, comm_process(c));
		ck_assert_msg(e2e_now_ms() < deadline_ms, "nothing happens any more");
	}
}

/* One after the other, each from the callback of the one before. */
struct steps {
	struct comm_subscription *s;
	int n_sent, n_received;
	int64_t time_ms;
	bool is_done;
};

static void on_deleted(struct comm *c, int error, void *arg)
{
	struct steps *steps = arg;

	assert_ok(c, error);
	steps->is_done = true;
}

static void on_unsubscribed(struct comm *c, int error, void *arg)
{
	assert_ok(c, error);
	assert_ok(c, comm_delete_topic_async(c, "t", on_deleted, arg));
}

static void on_acknowledged(struct comm *c, int error, void *arg)
{
	struct steps *steps = arg;

	assert_ok(c, error);
	assert_ok(c, comm_unsubscribe_async(steps->s, on_unsubscribed, steps));
}

static struct comm *handle; /* a receive's callback is given the subscription only */

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n_records, void *arg)
{
	struct steps *steps = arg;

	assert_ok(handle, error);
	ck_assert_uint_gt(n_records, 0);
	for (size_t i = 0; i < n_records; i++)
		e2e_check(e2e_number(&records[i]) == steps->n_received++, "out of order");
	if (steps->n_received < N_STEPS_RECORDS)
		assert_ok(handle, comm_receive_async(s, 0, E2E_LIMIT_MS, on_received, steps));
	else
		assert_ok(handle,
			  comm_ack_async(s, &records[n_records - 1], on_acknowledged, steps));
}

static void on_subscribed(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	struct steps *steps = arg;

	assert_ok(c, error);
	steps->s = s;
	assert_ok(c, comm_receive_async(s, 0, E2E_LIMIT_MS, on_received, steps));
}

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST,
							.ack = COMM_ACK_MANUAL };
	const char *topic = "t";
	struct steps *steps = arg;

	e2e_check(outcome->error == 0, "%s", outcome->message);
	e2e_check(outcome->offset == steps->n_sent, "outcomes are out of order");
	if (++steps->n_sent == N_STEPS_RECORDS)
		assert_ok(c,
			  comm_subscribe_async(c, NULL, &topic, 1, &options, on_subscribed, steps));
}

static void on_listed(struct comm *c, int error, struct comm_topics *topics, void *arg)
{
	struct comm_record record = COMM_RECORD_INIT;
	char value[16];

	assert_ok(c, error);
	ck_assert_uint_eq(topics->n_topics, 1);
	ck_assert_uint_eq(topics->topics[0].n_partitions, 1);
	comm_topics_free(topics);
	for (int i = 0; i < N_STEPS_RECORDS; i++) {
		record.value = value;
		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		assert_ok(c, comm_send_async(c, "t", &record, on_sent, arg));
	}
}

static void on_created(struct comm *c, int error, void *arg)
{
	assert_ok(c, error);
	assert_ok(c, comm_list_topics_async(c, "t", on_listed, arg));
}

static void on_status(struct comm *c, int error, struct comm_status *status, void *arg)
{
	assert_ok(c, error);
	ck_assert_str_eq(status->mode, "dev");
	comm_status_free(status);
	assert_ok(c, comm_create_topic_async(c, "t", 1, 1, NULL, 0, on_created, arg));
}

static void on_pong(struct comm *c, int error, int64_t time_ms, void *arg)
{
	struct steps *steps = arg;

	assert_ok(c, error);
	steps->time_ms = time_ms;
	assert_ok(c, comm_status_async(c, on_status, steps));
}

START_TEST(every_call_works_in_a_loop_of_the_programs_own)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = handle = e2e_connect(d);
	struct steps steps = { 0 };

	assert_ok(c, comm_ping_async(c, on_pong, &steps));
	loop_until(c, &steps.is_done);
	ck_assert_int_gt(steps.time_ms, 0);
	ck_assert_int_eq(steps.n_received, N_STEPS_RECORDS);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

static void on_refused(struct comm *c, int error, void *arg)
{
	bool *is_done = arg;

	assert_error(c, error, COMM_ETOPIC_DELETE, "nowhere");
	*is_done = true;
}

START_TEST(a_failure_is_called_back_with_its_sentence)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	bool is_done = false;

	assert_ok(c, comm_delete_topic_async(c, "nowhere", on_refused, &is_done));
	ck_assert(!is_done);
	loop_until(c, &is_done);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

static void on_one(struct comm_subscription *s, int error, const struct comm_record *records,
		   size_t n_records, void *arg)
{
	bool *is_done = arg;

	(void)s;
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(n_records, 1);
	ck_assert_int_eq(e2e_number(&records[0]), 7);
	*is_done = true;
}

START_TEST(a_receive_that_waits_holds_nothing_else_up)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	bool is_done = false;
	int64_t time_ms;

	e2e_create(c, "t", 1);
	assert_ok(c, comm_receive_async(e2e_read(c, "t"), 0, E2E_LIMIT_MS, on_one, &is_done));
	assert_ok(c, comm_ping(c, &time_ms));
	ck_assert(!is_done);
	e2e_send_numbers(c, "t", 7, 1);
	loop_until(c, &is_done);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* What became of each record, by its number. */
struct fate {
	int32_t partition;
	int64_t offset;
	bool is_read;
};

static struct fate fates[N_MANY];
static int64_t next_offset[N_PARTITIONS];
static int n_fates;

static void on_fate(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct fate *fate = arg;

	(void)c;
	e2e_check(outcome->error == 0, "%s", outcome->message);
	e2e_check(outcome->partition < N_PARTITIONS, "partition %d", outcome->partition);
	e2e_check(outcome->offset == next_offset[outcome->partition]++,
		  "outcomes are out of order in partition %d", outcome->partition);
	fate->partition = outcome->partition;
	fate->offset = outcome->offset;
	n_fates++;
}

static void send_many(struct comm *c)
{
	struct comm_record record = COMM_RECORD_INIT;
	char value[16], key[16];

	for (int i = 0; i < N_MANY; i++) {
		int error;

		record.value = value;
		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		record.key = key;
		record.key_len = (size_t)snprintf(key, sizeof key, "%d", i % 101);
		while ((error = comm_send_async(c, "t", &record, on_fate, &fates[i])) ==
		       COMM_EAGAIN)
			assert_ok(c, comm_wait(c, -1));
		assert_ok(c, error);
	}
	assert_ok(c, comm_flush(c, -1, NULL));
}

START_TEST(a_hundred_thousand_records_arrive_once_and_in_order)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);
	int last[N_PARTITIONS] = { -1, -1, -1, -1 };
	struct comm_subscription *s;

	e2e_create(c, "t", N_PARTITIONS);
	send_many(c);
	ck_assert_int_eq(n_fates, N_MANY);
	s = e2e_read(c, "t");
	for (int n_read = 0; n_read < N_MANY;) {
		const struct comm_record *records;
		size_t n;

		assert_ok(c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n));
		ck_assert_msg(n > 0, "%d of %d records have come", n_read, N_MANY);
		for (size_t i = 0; i < n; i++) {
			int number = e2e_number(&records[i]);
			struct fate *fate = &fates[number];

			e2e_check(records[i].partition == fate->partition &&
					  records[i].offset == fate->offset,
				  "record %d is not where it was said to be", number);
			e2e_check(!fate->is_read, "record %d has come twice", number);
			e2e_check(number > last[fate->partition], "record %d is out of order",
				  number);
			last[fate->partition] = number;
			fate->is_read = true;
		}
		n_read += (int)n;
	}
	e2e_close(c);
	dut_stop(d);
}
END_TEST

TEST_MAIN("client, asynchronously", every_call_works_in_a_loop_of_the_programs_own,
	  a_failure_is_called_back_with_its_sentence, a_receive_that_waits_holds_nothing_else_up,
	  a_hundred_thousand_records_arrive_once_and_in_order)

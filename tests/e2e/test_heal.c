/*
 * What others do to a real Kafka while a client reads from it: the client is told once where records may
 * be missing or come again, and goes on with the same subscription.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/e2e/outside.h"
#include "tests/lib/daemon.h"

#define N_RECORDS 100

struct heal {
	struct daemon_under_test *d;
	struct comm *c;
	char *topic; /* owned; the group's name as well */
};

static void heal_start(struct heal *h, const char *name)
{
	h->d = dut_start_kafka(NULL);
	h->c = e2e_connect(h->d);
	h->topic = e2e_topic(name);
	e2e_create(h->c, h->topic, 1);
	e2e_send_numbers(h->c, h->topic, 0, N_RECORDS);
}

static void heal_stop(struct heal *h)
{
	e2e_delete(h->c, h->topic);
	e2e_close(h->c);
	dut_stop(h->d);
	free(h->topic);
}

static void acknowledge(struct heal *h, struct comm_subscription *s, int64_t offset)
{
	struct comm_record record = COMM_RECORD_INIT;

	record.topic = h->topic;
	record.partition = 0;
	record.offset = offset;
	assert_ok(h->c, comm_ack(s, &record));
}

/*
 * Receive until the number @last has come. The first that comes is @first, the others follow it. Returns
 * how many receives have failed with @error; no other has.
 */
static int expect_run(struct heal *h, struct comm_subscription *s, int first, int last, int error)
{
	const struct comm_record *records;
	int n_failed = 0, next = first;

	while (next <= last) {
		size_t n = 0;
		int e = comm_receive(s, 0, E2E_LIMIT_MS, &records, &n);

		if (e == error) {
			n_failed++;
			continue;
		}
		assert_ok(h->c, e);
		ck_assert_msg(n > 0, "%d has not come", next);
		for (size_t i = 0; i < n; i++, next++)
			e2e_check(e2e_number(&records[i]) == next, "%d has come, not %d",
				  e2e_number(&records[i]), next);
	}
	return n_failed;
}

START_TEST(committed_records_were_removed)
{
	struct comm_subscription *s;
	struct heal h;

	heal_start(&h, "removed");
	outside_commit(dut_kafka(h.d), h.topic, h.topic, 10);
	outside_delete_records(dut_kafka(h.d), h.topic, 50);
	s = e2e_join(h.c, h.topic, h.topic);
	ck_assert_int_eq(expect_run(&h, s, 50, N_RECORDS - 1, COMM_ERECEIVE), 1);
	ck_assert_int_eq(outside_times(h.d, "reset"), 1);
	heal_stop(&h);
}
END_TEST

START_TEST(more_was_committed_than_there_is)
{
	struct comm_subscription *s;
	struct heal h;

	heal_start(&h, "beyond");
	outside_commit(dut_kafka(h.d), h.topic, h.topic, 1000);
	s = e2e_join(h.c, h.topic, h.topic);
	ck_assert_int_eq(expect_run(&h, s, 0, N_RECORDS - 1, COMM_ERECEIVE), 1);
	ck_assert_int_eq(outside_times(h.d, "reset"), 1);
	/* What is acknowledged now counts, although it is less than what was committed. */
	acknowledge(&h, s, 9);
	assert_ok(h.c, comm_unsubscribe(s));
	outside_await_group(dut_kafka(h.d), h.topic, "Empty", 0);
	s = e2e_join(h.c, h.topic, h.topic);
	ck_assert_int_eq(expect_run(&h, s, 10, N_RECORDS - 1, COMM_ERECEIVE), 0);
	heal_stop(&h);
}
END_TEST

START_TEST(records_are_removed_while_they_are_read)
{
	struct comm_subscription *s;
	struct heal h;

	heal_start(&h, "trimmed");
	s = e2e_read(h.c, h.topic);
	ck_assert_int_eq(expect_run(&h, s, 0, N_RECORDS - 1, COMM_ERECEIVE), 0);
	outside_delete_records(dut_kafka(h.d), h.topic, N_RECORDS);
	e2e_send_numbers(h.c, h.topic, N_RECORDS, 10);
	ck_assert_int_eq(expect_run(&h, s, N_RECORDS, N_RECORDS + 9, COMM_ERECEIVE), 0);
	ck_assert_int_eq(outside_times(h.d, "reset"), 0);
	heal_stop(&h);
}
END_TEST

/*
 * Its offsets begin anew, and the group has none committed of it. That it was gone for a while may be told,
 * too, or instead: each of it once.
 */
START_TEST(a_group_goes_on_with_a_topic_that_is_created_again)
{
	struct comm_subscription *s;
	const struct comm_record *records;
	int n_gone = 0, n_anew = 0, next = 1000;
	struct heal h;

	heal_start(&h, "again");
	s = e2e_join(h.c, h.topic, h.topic);
	ck_assert_int_eq(expect_run(&h, s, 0, N_RECORDS - 1, COMM_ERECEIVE), 0);
	acknowledge(&h, s, N_RECORDS - 1);
	e2e_delete(h.c, h.topic);
	e2e_create(h.c, h.topic, 1);
	e2e_send_numbers(h.c, h.topic, 1000, 50);
	while (next < 1050) {
		size_t n = 0;
		int error = comm_receive(s, 0, 3 * E2E_LIMIT_MS, &records, &n);

		e2e_check(!error || error == COMM_ETOPIC_UNAVAILABLE || error == COMM_ERECEIVE,
			  "%s: %s", comm_error_name(error), comm_error_message(h.c));
		ck_assert_msg(error || n, "%d has not come", next);
		n_gone += error == COMM_ETOPIC_UNAVAILABLE;
		n_anew += error == COMM_ERECEIVE;
		for (size_t i = 0; !error && i < n; i++, next++)
			ck_assert_int_eq(e2e_number(&records[i]), next);
	}
	ck_assert_int_le(n_gone, 1);
	ck_assert_int_le(n_anew, 1);
	ck_assert_int_ge(n_gone + n_anew, 1);
	ck_assert_int_ge(outside_times(h.d, "reset") + outside_times(h.d, "unavailable"), 1);
	heal_stop(&h);
}
END_TEST

/* That it is gone is told once, however long that is; then that its offsets begin anew. */
START_TEST(a_group_goes_on_when_its_topic_is_there_again)
{
	struct comm_subscription *s;
	const struct comm_record *records;
	struct heal h;
	size_t n;

	heal_start(&h, "back");
	s = e2e_join(h.c, h.topic, h.topic);
	ck_assert_int_eq(expect_run(&h, s, 0, N_RECORDS - 1, COMM_ERECEIVE), 0);
	acknowledge(&h, s, N_RECORDS - 1);
	e2e_delete(h.c, h.topic);
	assert_error(h.c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n), COMM_ETOPIC_UNAVAILABLE,
		     h.topic);
	assert_ok(h.c, comm_receive(s, 0, 1000, &records, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(outside_times(h.d, "unavailable"), 1);
	e2e_create(h.c, h.topic, 1);
	e2e_send_numbers(h.c, h.topic, 0, 10);
	ck_assert_int_eq(expect_run(&h, s, 0, 9, COMM_ERECEIVE), 1);
	ck_assert_int_eq(outside_times(h.d, "reset"), 1);
	heal_stop(&h);
}
END_TEST

TEST_MAIN("healing", committed_records_were_removed, more_was_committed_than_there_is,
	  records_are_removed_while_they_are_read,
	  a_group_goes_on_with_a_topic_that_is_created_again,
	  a_group_goes_on_when_its_topic_is_there_again)

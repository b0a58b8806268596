/*
 * Topics of a real Kafka that are quite new: what is sent to them at once arrives.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

/*
 * Brokers learn of their part of a new topic after it is announced, in their own time, a fresh one
 * in more. Most of the first topics of a broker that has just started came to such a moment.
 */
#define N_TOPICS     12
#define N_PARTITIONS 4
#define N_RECORDS    200

struct place {
	int32_t partition;
	int64_t offset;
};

static void on_told(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct place *place = arg;

	(void)c;
	e2e_check(outcome->error == 0, "%s: %s", comm_error_name(outcome->error), outcome->message);
	e2e_check(outcome->offset >= 0, "a record is persisted nowhere");
	place->partition = outcome->partition;
	place->offset = outcome->offset;
}

static void send_at_once(struct comm *c, const char *topic, struct place *places)
{
	struct comm_record record = COMM_RECORD_INIT;
	char value[16];

	record.value = value;
	for (int i = 0; i < N_RECORDS; i++) {
		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		record.partition = i % N_PARTITIONS;
		assert_ok(c, comm_send_async(c, topic, &record, on_told, &places[i]));
	}
	ck_assert_int_eq(comm_flush(c, -1, NULL), 0);
}

static void read_back(struct comm *c, const char *topic, const struct place *places)
{
	struct comm_subscription *s = e2e_read(c, topic);
	const struct comm_record *records;
	int n_seen = 0;
	size_t n;

	while (n_seen < N_RECORDS) {
		assert_ok(c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n));
		ck_assert_msg(n > 0, "%d records have not come", N_RECORDS - n_seen);
		for (size_t i = 0; i < n; i++) {
			const struct place *place = &places[e2e_number(&records[i])];

			e2e_check(place->partition == records[i].partition &&
					  place->offset == records[i].offset,
				  "%d is not where it was said to be", e2e_number(&records[i]));
		}
		n_seen += (int)n;
	}
	assert_ok(c, comm_unsubscribe(s));
}

START_TEST(what_is_sent_at_once_arrives)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);

	for (int i = 0; i < N_TOPICS; i++) {
		char *topic = e2e_topic("new");
		struct place places[N_RECORDS];

		e2e_create(c, topic, N_PARTITIONS);
		send_at_once(c, topic, places);
		read_back(c, topic, places);
		e2e_delete(c, topic);
		free(topic);
	}
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/*
 * A reader that is further than the new topic goes on with its first record, and is told: that, or that the
 * topic was gone for a while, if that was seen first.
 */
START_TEST(a_topic_that_is_created_again_is_read_from_its_beginning)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	char *topic = e2e_topic("again");
	const struct comm_record *records;
	struct comm_subscription *s;
	int n_gone = 0, n_anew = 0, n_got = 0, error;
	size_t n;

	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 0, 100);
	s = e2e_read(c, topic);
	e2e_expect_numbers(c, s, 0, 100);
	e2e_delete(c, topic);
	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 1000, 50);
	while (n_got < 50) {
		error = comm_receive(s, 0, E2E_LIMIT_MS, &records, &n);
		e2e_check(!error || error == COMM_ETOPIC_UNAVAILABLE || error == COMM_ERECEIVE,
			  "%s: %s", comm_error_name(error), comm_error_message(c));
		ck_assert_msg(error || n, "%d records have not come", 50 - n_got);
		n_gone += error == COMM_ETOPIC_UNAVAILABLE;
		n_anew += error == COMM_ERECEIVE;
		for (size_t i = 0; !error && i < n; i++)
			ck_assert_int_eq(e2e_number(&records[i]), 1000 + n_got++);
	}
	ck_assert_int_le(n_gone, 1);
	ck_assert_int_le(n_anew, 1);
	ck_assert_int_ge(n_gone + n_anew, 1);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
	free(topic);
}
END_TEST

TEST_MAIN("new topics", what_is_sent_at_once_arrives,
	  a_topic_that_is_created_again_is_read_from_its_beginning)

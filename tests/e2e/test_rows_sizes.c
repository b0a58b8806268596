/*
 * Records that are too big for their topic, against a real Kafka: they are told apart from those
 * around them, which are persisted, or told to be not.
 *
 * Kafka limits batches, not records, and refuses a batch as a whole. Which records share a batch is
 * librdkafka's matter, and the clock's.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define LIMIT_NAME "max.message.bytes"
#define LIMIT_TEXT "1000"

/* More than the limit. */
#define BIG_BYTES 2000

/* A record too big among as many others before and behind it as are sent before it is refused. */
#define N_AROUND 2000
#define N_SENT   (2 * N_AROUND + 1)
#define BIG      N_AROUND

struct told {
	int n; /* times */
	int error;
};

static void on_told(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct told *told = arg;

	(void)c;
	told->n++;
	told->error = outcome->error;
	if (!outcome->error)
		return;
	e2e_check(outcome->error == COMM_ETOO_BIG, "%s: %s", comm_error_name(outcome->error),
		  outcome->message);
	e2e_check(!outcome->maybe_persisted, "a record may be persisted that was refused");
	e2e_check(strstr(outcome->message, LIMIT_NAME) != NULL &&
			  strstr(outcome->message, "the batch") != NULL,
		  "what is too big is not told: %s", outcome->message);
}

/* Send numbers to partition 0, and one in the middle that is too big; return the outcomes. */
static void send_around(struct comm *c, const char *topic, struct told *told)
{
	struct comm_record record = COMM_RECORD_INIT;
	static char value[BIG_BYTES];

	record.value = value;
	record.partition = 0;
	for (int i = 0; i < N_SENT; i++) {
		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		if (i == BIG)
			record.value_len = sizeof value;
		assert_ok(c, comm_send_async(c, topic, &record, on_told, &told[i]));
	}
	assert_ok(c, comm_flush(c, -1, NULL));
	for (int i = 0; i < N_SENT; i++)
		e2e_check(told[i].n == 1, "record %d was told %d times", i, told[i].n);
	ck_assert_int_eq(told[BIG].error, COMM_ETOO_BIG);
}

/* What is told to be persisted is there, in order, and nothing else up to the number @next. */
static void read_back(struct comm *c, const char *topic, const struct told *told, int next)
{
	struct comm_subscription *s = e2e_read(c, topic);

	for (int i = 0; i < N_SENT; i++)
		if (!told[i].error)
			e2e_expect_numbers(c, s, i, 1);
	e2e_expect_numbers(c, s, next, 1);
}

static void create_small(struct comm *c, const char *topic)
{
	const struct comm_setting setting = { LIMIT_NAME, LIMIT_TEXT };

	assert_ok(c, comm_create_topic(c, topic, 1, 1, &setting, 1));
}

START_TEST(send_more_than_the_topic_takes)
{
	static char big[BIG_BYTES];
	static struct told told[N_SENT];
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("small");

	create_small(c, topic);
	assert_error(c, comm_send(c, topic, big, sizeof big, NULL, 0), COMM_ETOO_BIG, LIMIT_NAME);
	ck_assert(!comm_is_retriable(COMM_ETOO_BIG));
	send_around(c, topic, told);
	e2e_send_numbers(c, topic, N_SENT, 1);
	read_back(c, topic, told, N_SENT);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* With batches that the topic takes it is the only one, and the producer goes on. */
START_TEST(one_that_is_too_big_harms_no_other)
{
	static struct told told[N_SENT];
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=@KAFKA@\nbatch.size=900\n", NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("batches");
	_cleanup_free_ char *log = NULL;

	create_small(c, topic);
	send_around(c, topic, told);
	for (int i = 0; i < N_SENT; i++)
		e2e_check(!told[i].error == (i != BIG), "record %d: %s", i,
			  comm_error_name(told[i].error));
	e2e_send_numbers(c, topic, N_SENT, 1);
	read_back(c, topic, told, N_SENT);
	log = dut_log(d);
	ck_assert_ptr_null(strstr(log, "the producer has failed"));
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

TEST_MAIN("rows: sizes", send_more_than_the_topic_takes, one_that_is_too_big_harms_no_other)

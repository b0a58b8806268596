/*
 * A real Kafka restarts while clients use it. It is the test's own, for everything else there would notice.
 */
#include "tests/lib/main.h"

#include <stdlib.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/e2e/outside.h"
#include "tests/lib/daemon.h"

#define N_RECORDS 100

static void restart_kafka(void)
{
	const char *command = getenv("COMMD_TEST_KAFKA_RESTART");

	ck_assert_msg(command && *command, "run this by tests/kafka/with-kafka");
	ck_assert_int_eq(system(command), 0);
}

/* With the same subscriptions, and nothing comes twice or is missing. */
START_TEST(readers_outlive_a_restart_of_the_brokers)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("restart");
	struct comm_subscription *member, *tail;
	const struct comm_record *last;

	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 0, N_RECORDS);
	member = e2e_join(c, topic, topic);
	tail = e2e_read(c, topic);
	e2e_expect_numbers(c, member, 0, N_RECORDS - 1);
	last = e2e_receive(c, member);
	ck_assert_int_eq(e2e_number(last), N_RECORDS - 1);
	assert_ok(c, comm_ack(member, last));
	e2e_expect_numbers(c, tail, 0, N_RECORDS);

	restart_kafka();
	outside_await_event(d, "up");
	ck_assert_int_ge(outside_times(d, "down"), 1);
	e2e_send_numbers(c, topic, N_RECORDS, N_RECORDS);
	e2e_expect_numbers(c, member, N_RECORDS, N_RECORDS);
	e2e_expect_numbers(c, tail, N_RECORDS, N_RECORDS);
	ck_assert_int_eq(outside_times(d, "reset"), 0);
	ck_assert_int_eq(outside_times(d, "lost"), 0);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

TEST_MAIN("restart of Kafka", readers_outlive_a_restart_of_the_brokers)

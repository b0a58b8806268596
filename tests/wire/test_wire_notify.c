/*
 * What the service manager is told about the daemon.
 */
#include "tests/lib/main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"
#include "tests/lib/manager.h"
#include "tests/lib/wire.h"

START_TEST(ready_comes_when_clients_are_served_and_changes_come_later)
{
	struct daemon_under_test *d;
	struct manager m;
	int fd;

	manager_init(&m);
	d = dut_start(NULL);
	manager_read(&m);
	ck_assert(manager_has(&m, "READY=1"));
	ck_assert(manager_has(&m, "STATUS=0 clients, 0 requests and 0 records in flight; "
				  "profiles: 0 up, 0 down, 0 bad, 1 unused"));
	fd = wire_connect(d);
	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 1);
	manager_await(&m, "STATUS=1 clients, 0 requests and 0 records in flight; "
			  "profiles: 1 up, 0 down, 0 bad, 0 unused");
	close(fd);
	dut_stop(d);
	manager_await(&m, "STOPPING=1");
	manager_fini(&m);
}
END_TEST

START_TEST(while_records_are_in_flight_the_end_asks_for_more_time)
{
	struct daemon_under_test *d;
	struct manager m;
	struct broker b;
	int fd;

	manager_init(&m);
	broker_init(&b, "");
	broker_create_topic(&b, "t", 1);
	d = dut_start_files("[timeouts]\nshutdown-ms = 60000\n", b.properties, NULL);
	fd = wire_connect(d);
	wire_send_numbers(fd, "t", 0, 1);
	broker_set_down(&b);
	wire_request_send(fd, 1, "t", comm_bytes_of("v"), NULL, 60000);
	wire_ping(fd);
	dut_tell(d);
	manager_await(&m, "STOPPING=1");
	ck_assert(manager_has(&m, "STATUS=stopping: 1 clients, 1 requests and 1 records ..."));
	for (int i = 0; i < 2; i++) {
		manager_read(&m);
		ck_assert(manager_has(&m, "EXTEND_TIMEOUT_USEC=10000000"));
	}
	broker_set_up(&b);
	dut_stop(d);
	broker_fini(&b);
	close(fd);
	manager_fini(&m);
}
END_TEST

/* A daemon that tells every 100 ms that it is alive, and knows how to hang. */
static struct daemon_under_test *start_watched(const char *what)
{
	setenv("WATCHDOG_USEC", "300000", 1);
	setenv("COMMD_DEBUG_HANG", what, 1);
	return dut_start(NULL);
}

static void await_hang(const struct daemon_under_test *d)
{
	ck_assert_int_eq(kill(dut_pid(d), SIGUSR2), 0);
	for (int i = 0; !dut_n_logged(d, "hangs, as COMMD_DEBUG_HANG says"); i++) {
		ck_assert_int_lt(i, 1000);
		usleep(10000);
	}
}

START_TEST(a_daemon_whose_loop_hangs_is_not_alive)
{
	struct daemon_under_test *d;
	struct manager m;

	manager_init(&m);
	d = start_watched("loop");
	for (int i = 0; i < 5; i++)
		manager_await(&m, "WATCHDOG=1");
	await_hang(d);
	while (manager_hears(&m, 0))
		manager_read(&m);
	ck_assert(!manager_hears(&m, 1000));
	dut_kill(d);
	manager_fini(&m);
}
END_TEST

/* The loop goes round, for it tells of a client; yet nothing would ever come back from Kafka. */
START_TEST(a_daemon_that_polls_kafka_no_more_is_not_alive)
{
	struct daemon_under_test *d;
	struct manager m;
	int fd, n = 0;

	manager_init(&m);
	d = start_watched("kafka");
	for (int i = 0; i < 5; i++)
		manager_await(&m, "WATCHDOG=1");
	await_hang(d);
	while (manager_hears(&m, 0))
		manager_read(&m);
	fd = wire_connect(d);
	do {
		manager_read(&m);
		n += manager_has(&m, "WATCHDOG=1");
	} while (!manager_has(&m, "STATUS=1 clients, ..."));
	ck_assert_int_le(n, 1);
	close(fd);
	dut_kill(d);
	manager_fini(&m);
}
END_TEST

TEST_MAIN("wire notify", ready_comes_when_clients_are_served_and_changes_come_later,
	  while_records_are_in_flight_the_end_asks_for_more_time,
	  a_daemon_whose_loop_hangs_is_not_alive, a_daemon_that_polls_kafka_no_more_is_not_alive)

/*
 * `kill -9` of readers that share a group, one after the other, while a hundred thousand records of a
 * real Kafka come through the daemon: each comes to one that goes on with it, none comes again once its
 * acknowledgement was answered, and every reader gets a partition's records in order.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/e2e/readers.h"
#include "tests/lib/daemon.h"

#define N_READERS    8
#define N_PARTITIONS 8
#define N_RECORDS    100000 /* of all partitions */
#define N_EACH       (N_RECORDS / N_PARTITIONS)

/* A reader dies when so much time has passed or so many records have come, whichever is first. */
#define KILL_MS      100
#define KILL_RECORDS (N_RECORDS / 100)

static int64_t n_come(const struct readers *rs)
{
	int64_t n = 0;

	for (int i = 0; i < N_PARTITIONS; i++)
		n += rs->next[i];
	return n;
}

/* One that has failed, so that others get its records; or any. */
static int find_victim(const struct readers *rs, const int *living)
{
	int failed = readers_find_failed(rs);

	for (int i = 0; i < N_READERS; i++)
		if (living[i] == failed)
			return i;
	return (int)(random() % N_READERS);
}

/* Returns how many were killed. */
static int read_and_kill(struct readers *rs, const struct daemon_under_test *d)
{
	int living[N_READERS], n_killed = 0;
	int64_t silent_ms = e2e_now_ms(), killed_ms = silent_ms, killed_at = 0;

	for (int i = 0; i < N_READERS; i++)
		living[i] = readers_start(rs, dut_socket(d));
	while (!readers_have(rs, N_EACH)) {
		int64_t now_ms = e2e_now_ms();

		if (readers_listen(rs, KILL_MS, NULL))
			silent_ms = now_ms;
		ck_assert_msg(now_ms - silent_ms < E2E_LIMIT_MS, "the readers get nothing");
		if (now_ms - killed_ms >= KILL_MS || n_come(rs) - killed_at >= KILL_RECORDS) {
			int i = find_victim(rs, living);

			readers_kill(rs, living[i]);
			living[i] = readers_start(rs, dut_socket(d));
			killed_ms = now_ms;
			killed_at = n_come(rs);
			n_killed++;
		}
	}
	return n_killed;
}

static void run(const char *name, enum comm_ack_mode ack)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic(name);
	struct readers rs;
	int n_killed;

	e2e_create(c, topic, N_PARTITIONS);
	e2e_send_everywhere(c, topic, N_PARTITIONS, 0, N_EACH);
	readers_init(&rs, topic, N_PARTITIONS, ack);
	rs.may_fail = true;
	rs.seed = e2e_seed();
	n_killed = read_and_kill(&rs, d);
	fprintf(stderr, "%d readers were killed\n", n_killed);
	readers_end(&rs, c, N_EACH);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}

START_TEST(killed_readers_lose_nothing_that_the_next_receive_acknowledges)
{
	run("auto", COMM_ACK_AUTO);
}
END_TEST

START_TEST(killed_readers_lose_nothing_that_they_acknowledge)
{
	run("manual", COMM_ACK_MANUAL);
}
END_TEST

TEST_MAIN("kill of readers", killed_readers_lose_nothing_that_the_next_receive_acknowledges,
	  killed_readers_lose_nothing_that_they_acknowledge)

/*
 * `kill -9` of a client in the middle of a hundred thousand records to a real Kafka: what was
 * acknowledged to it is there, nothing is there twice, and another client notices nothing.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define N_ROUNDS     10
#define N_RECORDS    100000
#define N_PARTITIONS 4

/* A record's place in the topic, as its client was told. */
struct place {
	atomic_int partition; /* plus 1; 0: not acknowledged */
	int64_t offset;
};

/* Shared between the processes, so that it outlives them. */
struct shared {
	struct place places[N_ROUNDS][N_RECORDS];
	atomic_int n_calm;   /* records of the other client, all acknowledged */
	atomic_bool is_over; /* the other client may end */
	int kill_at;         /* acknowledged records, then the client asks to be killed */
	int n_acknowledged;  /* of this round */
	int fd;              /* to ask with */
	int calm_fd;         /* an eventfd: records of the other client since it was read */
};

static struct shared *shared;
static uint8_t *seen;                    /* by round and number */
static int last[N_ROUNDS][N_PARTITIONS]; /* number read there last, plus 1 */

static void *share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

/* ---- the client that is killed ---- */

static void on_acknowledged(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct place *place = arg;

	(void)c;
	e2e_check(outcome->error == 0, "%s", outcome->message);
	place->offset = outcome->offset;
	atomic_store(&place->partition, outcome->partition + 1);
	if (++shared->n_acknowledged == shared->kill_at)
		ck_assert_int_eq(write(shared->fd, "k", 1), 1);
}

static _Noreturn void be_killed(const struct daemon_under_test *d, const char *topic, int round)
{
	struct comm *c = e2e_connect(d);
	struct comm_record record = COMM_RECORD_INIT;
	char value[32];

	record.value = value;
	record.key = value;
	for (int i = 0; i < N_RECORDS; i++) {
		int error;

		record.value_len = (size_t)snprintf(value, sizeof value, "%d %d", round, i);
		record.key_len = record.value_len;
		while ((error = comm_send_async(c, topic, &record, on_acknowledged,
						&shared->places[round][i])) == COMM_EAGAIN)
			assert_ok(c, comm_wait(c, -1));
		assert_ok(c, error);
		if (i % 100 == 0)
			assert_ok(c, comm_process(c));
	}
	assert_ok(c, comm_flush(c, -1, NULL));
	/* Had it been killed too late, it would have to wait for that. */
	pause();
	_exit(0);
}

static void kill_at_random(const struct daemon_under_test *d, const char *topic, int round)
{
	int fds[2], status;
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(fds), 0);
	shared->kill_at = 1 + (int)(random() % (N_RECORDS - 1));
	shared->n_acknowledged = 0;
	shared->fd = fds[1];
	child = e2e_fork();
	if (child == 0)
		be_killed(d, topic, round);
	close(fds[1]);
	ck_assert_msg(read(fds[0], &byte, 1) == 1, "round %d: the client has failed", round);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	close(fds[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
}

/* ---- the other client ---- */

static _Noreturn void be_calm(const struct daemon_under_test *d, const char *topic)
{
	struct comm *c = e2e_connect(d);
	char value[32];

	while (!atomic_load(&shared->is_over)) {
		int n = atomic_load(&shared->n_calm);

		snprintf(value, sizeof value, "%d", n);
		assert_ok(c, comm_send(c, topic, value, strlen(value), NULL, 0));
		atomic_store(&shared->n_calm, n + 1);
		ck_assert_int_eq(eventfd_write(shared->calm_fd, 1), 0);
	}
	e2e_close(c);
	_exit(0);
}

/* From here on another record of the other client is news. */
static void forget_calm(void)
{
	eventfd_t n;

	(void)eventfd_read(shared->calm_fd, &n);
}

static void await_calm(void)
{
	struct pollfd p = { .fd = shared->calm_fd, .events = POLLIN };

	ck_assert_msg(poll(&p, 1, E2E_LIMIT_MS) == 1, "the other client does not go on");
}

/* ---- reading back ---- */

static void check_record(const struct comm_record *record)
{
	const struct place *place;
	int round, number;
	char text[32];

	e2e_check(record->value_len < sizeof text, "a value of %zu bytes", record->value_len);
	memcpy(text, record->value, record->value_len);
	text[record->value_len] = '\0';
	e2e_check(sscanf(text, "%d %d", &round, &number) == 2, "a value \"%s\"", text);
	e2e_check(!seen[round * N_RECORDS + number], "\"%s\" is there twice", text);
	e2e_check(number >= last[round][record->partition], "\"%s\" is out of order", text);
	seen[round * N_RECORDS + number] = 1;
	last[round][record->partition] = number + 1;
	place = &shared->places[round][number];
	e2e_check(!place->partition || (place->partition == record->partition + 1 &&
					place->offset == record->offset),
		  "\"%s\" is not where it was said to be", text);
}

static void check_all(struct comm *c, const char *topic)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST,
							.until_end = 1 };
	struct comm_subscription *s;

	assert_ok(c, comm_subscribe(c, NULL, &topic, 1, &options, &s));
	do {
		const struct comm_record *records;
		size_t n;

		assert_ok(c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n));
		for (size_t i = 0; i < n; i++)
			check_record(&records[i]);
	} while (!comm_is_at_end(s));
	for (int round = 0; round < N_ROUNDS; round++)
		for (int i = 0; i < N_RECORDS; i++)
			ck_assert_msg(
				!shared->places[round][i].partition || seen[round * N_RECORDS + i],
				"record %d of round %d was acknowledged and is lost", i, round);
}

START_TEST(a_killed_client_loses_nothing_and_harms_nobody)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("killed");
	_cleanup_free_ char *calm = e2e_topic("calm");
	int status;
	pid_t other;

	shared = share(sizeof *shared);
	shared->calm_fd = eventfd(0, EFD_NONBLOCK);
	seen = share((size_t)N_ROUNDS * N_RECORDS);
	(void)e2e_seed();
	e2e_create(c, topic, N_PARTITIONS);
	e2e_create(c, calm, 1);
	other = e2e_fork();
	if (other == 0)
		be_calm(d, calm);
	for (int round = 0; round < N_ROUNDS; round++) {
		forget_calm();
		kill_at_random(d, topic, round);
		await_calm();
	}
	atomic_store(&shared->is_over, true);
	ck_assert_int_eq(waitpid(other, &status, 0), other);
	ck_assert_int_eq(status, 0);
	check_all(c, topic);
	e2e_expect_numbers(c, e2e_read(c, calm), 0, shared->n_calm);
	e2e_delete(c, topic);
	e2e_delete(c, calm);
	e2e_close(c);
	close(shared->calm_fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("kill of a client", a_killed_client_loses_nothing_and_harms_nobody)

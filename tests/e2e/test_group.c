/*
 * Programs of one host that share a group of a real Kafka: one stops to receive, one comes and goes,
 * one dies in the middle of an answer. The others go on, Kafka's group does not start over, and nothing
 * is lost.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/coordinator.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define PARTITIONS_MAX 8

/* One of the programs. */
struct member {
	struct comm *c;
	struct comm_subscription *s;
	int64_t next[PARTITIONS_MAX]; /* behind the last record that it was given; 0: none */
	int n_got;
};

static struct member join(const struct daemon_under_test *d, const char *topic,
			  enum comm_ack_mode ack)
{
	const struct comm_subscribe_options options = { .ack = ack };
	struct member m = { .c = e2e_connect(d) };

	assert_ok(m.c, comm_subscribe(m.c, topic, &topic, 1, &options, &m.s));
	return m;
}

static void leave(struct member *m)
{
	assert_ok(m->c, comm_unsubscribe(m->s));
	e2e_close(m->c);
}

/* Acknowledge each partition's part of what was received. */
static void acknowledge(const struct member *m, const struct comm_record *records, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || records[i + 1].partition != records[i].partition)
			assert_ok(m->c, comm_ack(m->s, &records[i]));
}

/*
 * Receive what is there, at most @max_records, and wait at most @timeout_ms for it. Each partition's
 * records follow each other; @shared (may be NULL) is what all members were given.
 */
static void receive(struct member *m, size_t max_records, int timeout_ms, int64_t *shared)
{
	const struct comm_record *records;
	size_t n;

	assert_ok(m->c, comm_receive(m->s, max_records, timeout_ms, &records, &n));
	for (size_t i = 0; i < n; i++) {
		int p = records[i].partition;
		int64_t *next = shared ? &shared[p] : &m->next[p];

		e2e_check(records[i].offset == *next, "partition %d: offset %jd has come, not %jd",
			  p, (intmax_t)records[i].offset, (intmax_t)*next);
		*next = m->next[p] = records[i].offset + 1;
		m->n_got++;
	}
	if (shared)
		acknowledge(m, records, n);
}

static int32_t generation(struct comm *c, const char *group)
{
	struct coordinator_view view;

	coordinator_look(c, group, &view);
	ck_assert_int_gt(view.generation, 0);
	return view.generation;
}

/* Send @n records of @size bytes to each partition. */
static void send_bytes(struct comm *c, const char *topic, int n_partitions, int n, size_t size)
{
	struct comm_record record = COMM_RECORD_INIT;
	char *value = calloc(1, size);
	int error;

	ck_assert_ptr_nonnull(value);
	record.value = value;
	record.value_len = size;
	for (int i = 0; i < n * n_partitions; i++) {
		record.partition = i % n_partitions;
		while ((error = comm_send_async(c, topic, &record, NULL, NULL)) == COMM_EAGAIN)
			assert_ok(c, comm_wait(c, -1));
		assert_ok(c, error);
	}
	assert_ok(c, comm_flush(c, -1, NULL));
	free(value);
}

/* ---- one stops to receive ---- */

#define STALL_PARTITIONS 4
#define STALL_SIZE       4096
#define STALL_RECORDS    1000 /* of each partition, each time */
#define STALL_ROUNDS     9 /* so many that what is in flight on a busy machine is little beside them */

/* One that had to wait whenever what was read ahead is used up would need a minute. */
#define STALL_LIMIT_MS 45000

/* Of each partition the daemon may read ahead a part of what is sent to it each time. */
#define STALL_PROFILE                 \
	"bootstrap.servers=@KAFKA@\n" \
	"queued.max.messages.kbytes=256\nmax.partition.fetch.bytes=65536\n"

/* What was sent to the partitions of a reader that reads nothing would be four times as much. */
#define STALL_GROWTH_KIB ((STALL_ROUNDS - 1) * STALL_RECORDS * STALL_SIZE / 1024 / 2)

/* Its part of what was sent so far. */
static int half_of(int n_rounds)
{
	return n_rounds * STALL_RECORDS * STALL_PARTITIONS / 2;
}

static void send_round(struct comm *c, const char *topic, struct member *other)
{
	int n = other->n_got + half_of(1);

	send_bytes(c, topic, STALL_PARTITIONS, STALL_RECORDS, STALL_SIZE);
	while (other->n_got < n)
		receive(other, 0, E2E_LIMIT_MS, NULL);
	ck_assert_int_eq(other->n_got, n);
}

START_TEST(a_reader_that_stops_to_receive_harms_nobody_and_goes_on)
{
	struct daemon_under_test *d;
	_cleanup_free_ char *topic = e2e_topic("stalled");
	struct member stalled, other;
	int32_t first_generation;
	int64_t begin_ms;
	size_t before_kib;
	struct comm *c;

	dut_keep_nothing_freed();
	d = dut_start_files(NULL, STALL_PROFILE, NULL);
	c = e2e_connect(d);
	e2e_create(c, topic, STALL_PARTITIONS);
	stalled = join(d, topic, COMM_ACK_AUTO);
	other = join(d, topic, COMM_ACK_AUTO);
	send_round(c, topic, &other);
	receive(&stalled, 10, E2E_LIMIT_MS, NULL);
	first_generation = generation(c, topic);

	before_kib = dut_rss_kib(d);
	begin_ms = e2e_now_ms();
	for (int i = 1; i < STALL_ROUNDS; i++)
		send_round(c, topic, &other);
	ck_assert_int_lt(e2e_now_ms() - begin_ms, STALL_LIMIT_MS);
	ck_assert_uint_lt(dut_rss_kib(d), before_kib + STALL_GROWTH_KIB);

	while (stalled.n_got < half_of(STALL_ROUNDS))
		receive(&stalled, 0, E2E_LIMIT_MS, NULL);
	ck_assert_int_eq(generation(c, topic), first_generation);
	for (int i = 0; i < STALL_PARTITIONS; i++)
		ck_assert_int_eq(stalled.next[i] + other.next[i], STALL_ROUNDS * STALL_RECORDS);
	leave(&stalled);
	leave(&other);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* ---- one comes and goes ---- */

#define JOIN_PARTITIONS 8
#define JOIN_RECORDS    500 /* of each partition, each time */

/* Two members receive until @n records of each partition have come, each to one of them. */
static void read_together(struct member *a, struct member *b, int64_t *next, int64_t n)
{
	int64_t until_ms = e2e_now_ms() + E2E_LIMIT_MS;

	for (int i = 0; i < JOIN_PARTITIONS;) {
		ck_assert_msg(e2e_now_ms() < until_ms, "records have not come");
		receive(a, 0, 10, next);
		if (b)
			receive(b, 0, 10, next);
		while (i < JOIN_PARTITIONS && next[i] == n)
			i++;
	}
}

START_TEST(a_reader_comes_and_goes_without_a_rebalance)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("joins");
	int64_t next[PARTITIONS_MAX] = { 0 };
	struct member first, second;
	int32_t first_generation;
	int n_moved = 0;

	e2e_create(c, topic, JOIN_PARTITIONS);
	e2e_send_everywhere(c, topic, JOIN_PARTITIONS, 0, JOIN_RECORDS);
	first = join(d, topic, COMM_ACK_MANUAL);
	while (first.n_got < JOIN_RECORDS)
		receive(&first, 100, E2E_LIMIT_MS, next);
	first_generation = generation(c, topic);

	/* The rest of what has been read ahead is somebody else's now, in half of the partitions. */
	second = join(d, topic, COMM_ACK_MANUAL);
	memset(first.next, 0, sizeof first.next);
	e2e_send_everywhere(c, topic, JOIN_PARTITIONS, JOIN_RECORDS, JOIN_RECORDS);
	read_together(&first, &second, next, 2 * JOIN_RECORDS);
	for (int i = 0; i < JOIN_PARTITIONS; i++) {
		n_moved += second.next[i] != 0;
		ck_assert_msg(!first.next[i] != !second.next[i], "partition %d went to both", i);
	}
	ck_assert_int_eq(n_moved, JOIN_PARTITIONS / 2);

	leave(&second);
	e2e_send_everywhere(c, topic, JOIN_PARTITIONS, 2 * JOIN_RECORDS, JOIN_RECORDS);
	read_together(&first, NULL, next, 3 * JOIN_RECORDS);
	ck_assert_int_eq(generation(c, topic), first_generation);
	leave(&first);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* ---- one dies in the middle of an answer ---- */

#define TORN_SIZE    1024
#define TORN_RECORDS 2000
#define TORN_FIRST   10 /* of the answer that is read */

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n, void *arg)
{
	(void)s;
	(void)error;
	(void)records;
	(void)n;
	(void)arg;
}

/* Take one answer, and leave the next where it is when it begins to come: it is too long to have come. */
static _Noreturn void begin_to_receive(const struct daemon_under_test *d, const char *topic,
				       enum comm_ack_mode ack, int fd)
{
	struct member m = join(d, topic, ack);
	struct pollfd p = { .events = POLLIN };
	int n_bytes;

	while (m.n_got < TORN_FIRST)
		receive(&m, TORN_FIRST - (size_t)m.n_got, E2E_LIMIT_MS, NULL);
	assert_ok(m.c, comm_receive_async(m.s, 0, E2E_LIMIT_MS, on_received, NULL));
	p.fd = comm_fd(m.c);
	ck_assert_int_eq(poll(&p, 1, E2E_LIMIT_MS), 1);
	ck_assert_int_eq(ioctl(p.fd, FIONREAD, &n_bytes), 0);
	ck_assert_int_gt(n_bytes, 0);
	ck_assert_int_lt(n_bytes, 500 * TORN_SIZE);
	ck_assert_int_eq(write(fd, "k", 1), 1);
	pause();
	_exit(0);
}

static void die_in_an_answer(const char *name, enum comm_ack_mode ack, int64_t acked)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic(name);
	int64_t next[PARTITIONS_MAX] = { acked };
	int fds[2], status;
	struct member m;
	pid_t child;
	char byte;

	e2e_create(c, topic, 1);
	send_bytes(c, topic, 1, TORN_RECORDS, TORN_SIZE);
	ck_assert_int_eq(pipe(fds), 0);
	child = e2e_fork();
	if (child == 0)
		begin_to_receive(d, topic, ack, fds[1]);
	close(fds[1]);
	ck_assert_msg(read(fds[0], &byte, 1) == 1, "the reader has failed");
	close(fds[0]);
	m = join(d, topic, COMM_ACK_MANUAL);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	while (m.n_got < TORN_RECORDS - acked)
		receive(&m, 0, E2E_LIMIT_MS, next);
	leave(&m);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}

START_TEST(a_torn_answer_comes_again_and_what_it_acknowledged_does_not)
{
	die_in_an_answer("torn-auto", COMM_ACK_AUTO, TORN_FIRST);
}
END_TEST

START_TEST(all_comes_again_that_was_not_acknowledged)
{
	die_in_an_answer("torn", COMM_ACK_MANUAL, 0);
}
END_TEST

TEST_MAIN("group", a_reader_that_stops_to_receive_harms_nobody_and_goes_on,
	  a_reader_comes_and_goes_without_a_rebalance,
	  a_torn_answer_comes_again_and_what_it_acknowledged_does_not,
	  all_comes_again_that_was_not_acknowledged)

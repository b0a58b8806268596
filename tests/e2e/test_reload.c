/*
 * The profile changes while records are sent and received all the time, with a real Kafka.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/e2e/outside.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

#define N_RECORDS    60000
#define N_PARTITIONS 4
#define N_RELOADS    5

#define BROKERS "bootstrap.servers=@KAFKA@\n"

/* Each differs from the one before, as from the last. */
static const char *const settings[N_RELOADS + 1] = {
	BROKERS,
	BROKERS "client.id=one\n",
	BROKERS "client.id=one\ncompression.type=lz4\n",
	BROKERS "linger.ms=5\n",
	BROKERS "linger.ms=5\nenable.idempotence=false\n",
	BROKERS "acks=all\n",
};

struct sent {
	int n_told;
	bool is_told[N_RECORDS];
	int64_t offsets[N_RECORDS];
};

static struct sent sent;

static void on_told(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	int number = (int)((int64_t *)arg - sent.offsets);

	(void)c;
	e2e_check(!sent.is_told[number], "record %d has ended twice", number);
	e2e_check(outcome->error == 0, "record %d: %s: %s", number, comm_error_name(outcome->error),
		  outcome->message);
	sent.is_told[number] = true;
	sent.offsets[number] = outcome->offset;
	sent.n_told++;
}

static void send_number(struct comm *c, const char *topic, int number)
{
	struct comm_record record = COMM_RECORD_INIT;
	char value[16];
	int error;

	record.value = value;
	record.value_len = (size_t)snprintf(value, sizeof value, "%d", number);
	record.partition = number % N_PARTITIONS;
	while ((error = comm_send_async(c, topic, &record, on_told, &sent.offsets[number])) ==
	       COMM_EAGAIN)
		assert_ok(c, comm_wait(c, -1));
	assert_ok(c, error);
	(void)comm_process(c);
}

/* Ask for a reload with @member as the profile's last line, whose answer is awaited by await_reload(). */
static void begin_reload(struct daemon_under_test *d, int fd, const char *member, int i)
{
	_cleanup_free_ char *text = NULL;

	ck_assert_int_gt(asprintf(&text, "%s%s", settings[i], member), 0);
	dut_write_file(d, "profiles/default.conf", text);
	wire_request(fd, (uint64_t)i, COMM_METHOD_RELOAD, NULL);
}

static void await_reload(int fd, int i)
{
	struct comm_reload_result result;
	struct wire_reply reply;

	wire_read_id(fd, (uint64_t)i, &reply);
	wire_result(&reply, COMM_METHOD_RELOAD, &result);
	ck_assert_uint_eq(result.changes.n, 1);
	wire_reply_fini(&reply);
}

/* ---- readers, each in a process of its own ---- */

/* Read until every number has come; exactly once and in order if @is_exact. */
static void read_all(const struct daemon_under_test *d, const char *group, const char *topic,
		     bool is_exact)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST };
	int64_t next[N_PARTITIONS] = { 0 };
	struct comm *c = e2e_connect(d);
	struct comm_subscription *s;
	static char seen[N_RECORDS];
	int n_seen = 0;

	assert_ok(c, comm_subscribe(c, group, &topic, 1, &options, &s));
	while (n_seen < N_RECORDS) {
		const struct comm_record *records;
		size_t n;

		assert_ok(c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n));
		e2e_check(n > 0, "%d of %d records have come", n_seen, N_RECORDS);
		for (size_t i = 0; i < n; i++) {
			int number = e2e_number(&records[i]);
			int64_t *expected = &next[records[i].partition];

			e2e_check(is_exact ? records[i].offset == *expected
					   : records[i].offset <= *expected,
				  "offset %lld has come, not %lld", (long long)records[i].offset,
				  (long long)*expected);
			*expected = records[i].offset + 1;
			n_seen += !seen[number];
			seen[number] = 1;
		}
	}
	e2e_close(c);
}

static pid_t start_reader(const struct daemon_under_test *d, const char *group, const char *topic)
{
	pid_t pid = e2e_fork();

	if (pid)
		return pid;
	read_all(d, group, topic, !group);
	_exit(0);
}

static void await_reader(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "a reader has failed");
}

/* ---- the tests ---- */

/* In the topic each record is there once, and those of a partition in the order in which they were sent. */
static void check_topic(struct comm *c, const char *topic)
{
	struct comm_subscription *s = e2e_read(c, topic);
	int last[N_PARTITIONS], n_read = 0;

	for (int i = 0; i < N_PARTITIONS; i++)
		last[i] = -1;
	while (n_read < N_RECORDS) {
		const struct comm_record *records;
		size_t n;

		assert_ok(c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n));
		e2e_check(n > 0, "%d of %d records are there", n_read, N_RECORDS);
		for (size_t i = 0; i < n; i++, n_read++) {
			int number = e2e_number(&records[i]);

			e2e_check(number > last[records[i].partition],
				  "%d is twice there or out of order", number);
			e2e_check(sent.offsets[number] == records[i].offset,
				  "%d is at offset %lld, not %lld", number,
				  (long long)records[i].offset, (long long)sent.offsets[number]);
			last[records[i].partition] = number;
		}
	}
	assert_ok(c, comm_unsubscribe(s));
}

/* The second instance of a static member would fence the first off. */
static void change_under_load(bool is_static)
{
	_cleanup_free_ char *topic = e2e_topic("reload"), *other = e2e_topic("other");
	_cleanup_free_ char *first = NULL, *member = NULL;
	struct daemon_under_test *d;
	pid_t tail, readers[2];
	int fd, n_reloads = 0;
	struct comm *c;

	ck_assert_int_gt(
		asprintf(&member, "%s%s\n", is_static ? "group.instance.id=%h-" : "# ", topic), 0);
	ck_assert_int_gt(asprintf(&first, "%s%s", settings[0], member), 0);
	d = dut_start_files(NULL, first, NULL);
	c = e2e_connect(d);
	fd = wire_connect(d);
	e2e_create(c, topic, N_PARTITIONS);
	tail = start_reader(d, NULL, topic);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		readers[i] = start_reader(d, i ? other : topic, topic);
	for (int i = 0; i < N_RECORDS; i++) {
		send_number(c, topic, i);
		if (n_reloads == N_RELOADS ||
		    sent.n_told < (n_reloads + 1) * N_RECORDS / (N_RELOADS + 2))
			continue;
		if (n_reloads)
			await_reload(fd, n_reloads);
		begin_reload(d, fd, member, ++n_reloads);
	}
	assert_ok(c, comm_flush(c, -1, NULL));
	ck_assert_int_eq(sent.n_told, N_RECORDS);
	await_reload(fd, n_reloads);
	ck_assert_int_ge(n_reloads, 3);
	check_topic(c, topic);
	await_reader(tail);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		await_reader(readers[i]);
	ck_assert_uint_ge(dut_n_logged(d, "a new producer"), 1);
	ck_assert_uint_ge(dut_n_logged(d, "a new consumer"), 1);
	close(fd);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}

START_TEST(no_record_is_lost_or_twice_or_out_of_order)
{
	change_under_load(false);
}
END_TEST

START_TEST(a_static_member_is_not_fenced_off_by_the_next)
{
	change_under_load(true);
}
END_TEST

/* Those who wait for brokers that cannot be reached go on with the right ones. */
START_TEST(brokers_that_were_wrong_are_right_at_once)
{
	struct daemon_under_test *right = dut_start_kafka(NULL);
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=127.0.0.1:1\n", NULL);
	_cleanup_free_ char *topic = e2e_topic("mended"), *text = NULL;
	struct comm *c = e2e_connect(right), *waiting = e2e_connect(d);
	int fd = wire_connect(d);

	e2e_create(c, topic, N_PARTITIONS);
	send_number(waiting, topic, 0);
	outside_await_event(d, "down");
	ck_assert_int_gt(asprintf(&text, "bootstrap.servers=%s\n", dut_kafka(right)), 0);
	dut_write_file(d, "profiles/default.conf", text);
	wire_request(fd, 1, COMM_METHOD_RELOAD, NULL);
	await_reload(fd, 1);
	assert_ok(waiting, comm_flush(waiting, -1, NULL));
	ck_assert_int_eq(sent.n_told, 1);
	e2e_delete(c, topic);
	e2e_close(c);
	e2e_close(waiting);
	close(fd);
	dut_stop(right);
	dut_stop(d);
}
END_TEST

TEST_MAIN("a profile that changes", no_record_is_lost_or_twice_or_out_of_order,
	  a_static_member_is_not_fenced_off_by_the_next, brokers_that_were_wrong_are_right_at_once)

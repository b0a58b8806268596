#include "tests/e2e/e2e.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/daemon.h"
#include "tests/lib/keeper.h"

int64_t e2e_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned int e2e_seed(void)
{
	const char *set = getenv("COMMD_TEST_SEED");
	unsigned int seed = set ? (unsigned int)strtoul(set, NULL, 10) : (unsigned int)time(NULL);

	fprintf(stderr, "COMMD_TEST_SEED=%u\n", seed);
	srandom(seed);
	return seed;
}

struct comm *e2e_connect_path(const char *path, const struct comm_options *options)
{
	struct comm *c;

	assert_ok(c, comm_connect(path, NULL, options, &c));
	return c;
}

struct comm *e2e_connect(const struct daemon_under_test *d)
{
	const struct comm_options options = { .timeout_ms = E2E_LIMIT_MS };

	return e2e_connect_path(dut_socket(d), &options);
}

void e2e_close(struct comm *c)
{
	ck_assert_int_eq(comm_close(c, -1, NULL), 0);
}

char *e2e_topic(const char *name)
{
	struct timespec now;
	char *topic;

	clock_gettime(CLOCK_REALTIME, &now);
	ck_assert_int_gt(asprintf(&topic, "e2e-%d-%jd-%09ld-%s", (int)getpid(),
				  (intmax_t)now.tv_sec, now.tv_nsec, name),
			 0);
	return topic;
}

void e2e_create(struct comm *c, const char *topic, int n_partitions)
{
	assert_ok(c, comm_create_topic(c, topic, n_partitions, 1, NULL, 0));
}

void e2e_delete(struct comm *c, const char *topic)
{
	assert_ok(c, comm_delete_topic(c, topic));
}

bool e2e_has_topic(struct comm *c, const char *topic)
{
	struct comm_topics *all;
	bool has = false;

	assert_ok(c, comm_list_topics(c, NULL, &all));
	for (size_t i = 0; i < all->n_topics; i++)
		has = has || strcmp(all->topics[i].name, topic) == 0;
	comm_topics_free(all);
	return has;
}

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	int *n_sent = arg;

	(void)c;
	e2e_check(outcome->error == 0, "record %d: %s: %s", *n_sent,
		  comm_error_name(outcome->error), outcome->message);
	(*n_sent)++;
}

/* Returns how many outcomes are to be counted in @n_sent. */
static int send_to(struct comm *c, const char *topic, int partition, int first, int n, int *n_sent)
{
	struct comm_record record = COMM_RECORD_INIT;

	record.partition = partition;
	for (int i = first; i < first + n; i++) {
		char value[16];
		int error;

		snprintf(value, sizeof value, "%d", i);
		record.value = value;
		record.value_len = strlen(value);
		while ((error = comm_send_async(c, topic, &record, on_sent, n_sent)) == COMM_EAGAIN)
			assert_ok(c, comm_wait(c, -1));
		assert_ok(c, error);
	}
	return n;
}

void e2e_send_numbers(struct comm *c, const char *topic, int first, int n)
{
	int n_sent = 0;

	send_to(c, topic, 0, first, n, &n_sent);
	assert_ok(c, comm_flush(c, -1, NULL));
	ck_assert_int_eq(n_sent, n);
}

void e2e_send_everywhere(struct comm *c, const char *topic, int n_partitions, int first, int n)
{
	int n_wanted = 0, n_sent = 0;

	for (int i = 0; i < n_partitions; i++)
		n_wanted += send_to(c, topic, i, first, n, &n_sent);
	assert_ok(c, comm_flush(c, -1, NULL));
	ck_assert_int_eq(n_sent, n_wanted);
}

struct comm_subscription *e2e_read(struct comm *c, const char *topic)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST };
	struct comm_subscription *s;

	assert_ok(c, comm_subscribe(c, NULL, &topic, 1, &options, &s));
	return s;
}

struct comm_subscription *e2e_join(struct comm *c, const char *group, const char *topic)
{
	const struct comm_subscribe_options options = { .ack = COMM_ACK_MANUAL };
	struct comm_subscription *s;

	assert_ok(c, comm_subscribe(c, group, &topic, 1, &options, &s));
	return s;
}

const struct comm_record *e2e_receive(struct comm *c, struct comm_subscription *s)
{
	const struct comm_record *records;
	size_t n;

	assert_ok(c, comm_receive(s, 1, E2E_LIMIT_MS, &records, &n));
	ck_assert_msg(n == 1, "no record has come");
	return records;
}

int e2e_number(const struct comm_record *record)
{
	char text[16];

	e2e_check(record->value && record->value_len < sizeof text, "a value is no number");
	memcpy(text, record->value, record->value_len);
	text[record->value_len] = '\0';
	return atoi(text);
}

void e2e_expect_numbers(struct comm *c, struct comm_subscription *s, int first, int n)
{
	while (n > 0) {
		const struct comm_record *records;
		size_t n_records;

		assert_ok(c, comm_receive(s, (size_t)n, E2E_LIMIT_MS, &records, &n_records));
		ck_assert_msg(n_records > 0, "%d records from %d on have not come", n, first);
		ck_assert_uint_le(n_records, (size_t)n);
		for (size_t i = 0; i < n_records; i++, first++)
			e2e_check(e2e_number(&records[i]) == first, "%d has come, not %d",
				  e2e_number(&records[i]), first);
		n -= (int)n_records;
	}
}

pid_t e2e_fork(void)
{
	pid_t parent = getpid();
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return child;
}

void e2e_place_init(struct e2e_place *p)
{
	p->keeper = keeper_new(p->dir, sizeof p->dir);
	snprintf(p->socket, sizeof p->socket, "%s/sock", p->dir);
}

void e2e_place_set(struct e2e_place *p, const struct daemon_under_test *d)
{
	_cleanup_free_ char *link = NULL;

	ck_assert_int_gt(asprintf(&link, "%s.new", p->socket), 0);
	ck_assert_int_eq(symlink(dut_socket(d), link), 0);
	ck_assert_int_eq(rename(link, p->socket), 0);
}

void e2e_place_fini(struct e2e_place *p)
{
	p->keeper = keeper_free(p->keeper);
}

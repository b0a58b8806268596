/*
 * Several commd in one group of a real Kafka: partitions go from one to the other, and come back.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/e2e/outside.h"
#include "tests/lib/daemon.h"

#define N_PARTITIONS 2
#define N_RECORDS    100

#define PROFILE "bootstrap.servers=@KAFKA@\n"

/* A daemon, and a client of it. */
struct host {
	struct daemon_under_test *d;
	struct comm *c;
	struct comm_subscription *s;
};

static void host_start(struct host *h, const char *profile)
{
	h->d = dut_start_files(NULL, profile, NULL);
	h->c = e2e_connect(h->d);
}

static void host_stop(struct host *h)
{
	e2e_close(h->c);
	dut_stop(h->d);
}

/* Send the numbers from @first on to each partition. */
static void send_to_all(struct comm *c, const char *topic, int first, int n)
{
	struct comm_record record = COMM_RECORD_INIT;
	char value[16];

	for (int i = first; i < first + n; i++) {
		record.value = value;
		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		for (int p = 0; p < N_PARTITIONS; p++) {
			record.partition = p;
			assert_ok(c, comm_send_async(c, topic, &record, NULL, NULL));
		}
	}
	assert_ok(c, comm_flush(c, -1, NULL));
}

/* What one client has received of each partition. */
struct tally {
	int n[N_PARTITIONS];
	int n_failed;
	int64_t last[N_PARTITIONS]; /* offsets */
};

/* One receive; a failure that says that records come again is counted. */
static size_t receive(struct host *h, struct tally *t, int timeout_ms)
{
	const struct comm_record *records;
	size_t n = 0;
	int error = comm_receive(h->s, 0, timeout_ms, &records, &n);

	if (error == COMM_ERECEIVE) {
		t->n_failed++;
		return 0;
	}
	assert_ok(h->c, error);
	for (size_t i = 0; i < n; i++) {
		t->n[records[i].partition]++;
		t->last[records[i].partition] = records[i].offset;
	}
	return n;
}

static int total(const struct tally *t)
{
	return t->n[0] + t->n[1];
}

static void acknowledge_all(struct host *h, const char *topic, const struct tally *t)
{
	struct comm_record record = COMM_RECORD_INIT;

	record.topic = topic;
	for (int p = 0; p < N_PARTITIONS; p++) {
		record.partition = p;
		record.offset = t->last[p];
		if (t->n[p])
			assert_ok(h->c, comm_ack(h->s, &record));
	}
}

/* A member comes while records are handed out: once they are acknowledged, nobody gets them again. */
START_TEST(what_is_acknowledged_is_not_given_to_the_new_member)
{
	struct tally first_had = { .n_failed = 0 }, second_had = { .n_failed = 0 };
	_cleanup_free_ char *topic = e2e_topic("shared");
	struct host first, second;

	host_start(&first, PROFILE);
	host_start(&second, PROFILE);
	e2e_create(first.c, topic, N_PARTITIONS);
	send_to_all(first.c, topic, 0, N_RECORDS);
	first.s = e2e_join(first.c, topic, topic);
	while (total(&first_had) < N_PARTITIONS * N_RECORDS)
		receive(&first, &first_had, E2E_LIMIT_MS);
	second.s = e2e_join(second.c, topic, topic);
	outside_await_group(dut_kafka(first.d), topic, "PreparingRebalance", 2);
	acknowledge_all(&first, topic, &first_had);
	outside_await_group(dut_kafka(first.d), topic, "Stable", 2);

	send_to_all(first.c, topic, N_RECORDS, N_RECORDS);
	first_had = (struct tally){ .n_failed = 0 };
	while (total(&first_had) < N_RECORDS)
		receive(&first, &first_had, E2E_LIMIT_MS);
	while (total(&second_had) < N_RECORDS)
		receive(&second, &second_had, E2E_LIMIT_MS);
	ck_assert_int_eq(receive(&first, &first_had, 0), 0);
	ck_assert_int_eq(receive(&second, &second_had, 0), 0);
	ck_assert_int_eq(first_had.n_failed + second_had.n_failed, 0);
	for (int p = 0; p < N_PARTITIONS; p++)
		ck_assert_int_eq(first_had.n[p] + second_had.n[p], N_RECORDS);
	ck_assert_int_eq(outside_times(first.d, "revoked"), 1);
	ck_assert_int_eq(outside_times(first.d, "unacknowledged"), 0);
	host_stop(&second);
	e2e_delete(first.c, topic);
	host_stop(&first);
}
END_TEST

/* Who does not acknowledge in time is told, and the group goes on. */
START_TEST(what_is_not_acknowledged_is_given_to_the_new_member)
{
	struct tally first_had = { .n_failed = 0 }, second_had = { .n_failed = 0 };
	_cleanup_free_ char *topic = e2e_topic("taken");
	struct host first, second;

	host_start(&first, PROFILE);
	host_start(&second, PROFILE);
	e2e_create(first.c, topic, N_PARTITIONS);
	send_to_all(first.c, topic, 0, N_RECORDS);
	first.s = e2e_join(first.c, topic, topic);
	while (total(&first_had) < N_PARTITIONS * N_RECORDS)
		receive(&first, &first_had, E2E_LIMIT_MS);
	second.s = e2e_join(second.c, topic, topic);
	outside_await_event(first.d, "unacknowledged");
	first_had = (struct tally){ .n_failed = 0 };
	while (total(&first_had) < N_RECORDS)
		receive(&first, &first_had, E2E_LIMIT_MS);
	while (total(&second_had) < N_RECORDS)
		receive(&second, &second_had, E2E_LIMIT_MS);
	ck_assert_int_eq(first_had.n_failed, 1);
	ck_assert_int_eq(second_had.n_failed, 0);
	for (int p = 0; p < N_PARTITIONS; p++)
		ck_assert_int_eq(first_had.n[p] + second_had.n[p], N_RECORDS);
	host_stop(&second);
	e2e_delete(first.c, topic);
	host_stop(&first);
}
END_TEST

/* A session as long as the test, so that nothing here happens since it has timed out. */
#define STATIC_PROFILE(id) PROFILE "group.instance.id=" id "\nsession.timeout.ms=120000\n"

/* The client goes on with another daemon, which gets the partition of the one before. */
static void go_on(struct host *h, struct e2e_place *place, int n)
{
	struct tally had = { .n_failed = 0 };

	h->d = dut_start_files(NULL, STATIC_PROFILE("one-%p"), NULL);
	e2e_place_set(place, h->d);
	while (total(&had) < n)
		receive(h, &had, E2E_LIMIT_MS);
}

/* After a crash or a restart the same client goes on at once, and the other member does not notice. */
START_TEST(a_static_member_comes_back_unnoticed)
{
	const struct comm_options options = { .timeout_ms = E2E_LIMIT_MS };
	struct tally had = { .n_failed = 0 }, other_had = { .n_failed = 0 };
	_cleanup_free_ char *topic = e2e_topic("static");
	struct host host, other;
	struct e2e_place place;

	host_start(&other, STATIC_PROFILE("other"));
	host.d = dut_start_files(NULL, STATIC_PROFILE("one-%p"), NULL);
	e2e_place_init(&place);
	e2e_place_set(&place, host.d);
	host.c = e2e_connect_path(place.socket, &options);
	e2e_create(host.c, topic, N_PARTITIONS);
	other.s = e2e_join(other.c, topic, topic);
	host.s = e2e_join(host.c, topic, topic);
	outside_await_group(dut_kafka(host.d), topic, "Stable", 2);
	send_to_all(other.c, topic, 0, N_RECORDS);
	while (total(&had) < N_RECORDS)
		receive(&host, &had, E2E_LIMIT_MS);
	while (total(&other_had) < N_RECORDS)
		receive(&other, &other_had, E2E_LIMIT_MS);
	acknowledge_all(&other, topic, &other_had);

	send_to_all(other.c, topic, N_RECORDS, 1);
	dut_kill(host.d);
	go_on(&host, &place, N_RECORDS + 1);
	dut_stop(host.d);
	outside_await_group(dut_kafka(other.d), topic, "Stable", 2);
	go_on(&host, &place, N_RECORDS + 1);
	while (total(&other_had) < N_RECORDS + 1)
		receive(&other, &other_had, E2E_LIMIT_MS);
	ck_assert_int_le(outside_times(other.d, "revoked"), 1);
	ck_assert_int_eq(outside_times(other.d, "lost"), 0);

	/* The last reader goes for good: the other gets the partition long before the session ends. */
	assert_ok(host.c, comm_unsubscribe(host.s));
	outside_await_group(dut_kafka(host.d), topic, "Stable", 1);
	e2e_close(host.c);
	dut_stop(host.d);
	e2e_place_fini(&place);
	e2e_delete(other.c, topic);
	host_stop(&other);
}
END_TEST

/* Two with one id: one goes on, the other is told and tries again later and later. */
START_TEST(members_with_one_id_fence_each_other_off)
{
	struct tally had = { .n_failed = 0 };
	_cleanup_free_ char *topic = e2e_topic("fenced");
	struct host host, other;

	host_start(&host, STATIC_PROFILE("same"));
	host_start(&other, STATIC_PROFILE("same"));
	e2e_create(host.c, topic, N_PARTITIONS);
	host.s = e2e_join(host.c, topic, topic);
	send_to_all(host.c, topic, 0, 1);
	while (total(&had) < N_PARTITIONS)
		receive(&host, &had, E2E_LIMIT_MS);
	other.s = e2e_join(other.c, topic, topic);
	outside_await_event(host.d, "fenced");
	receive(&host, &had, E2E_LIMIT_MS);
	ck_assert_int_eq(had.n_failed, 1);
	ck_assert_ptr_nonnull(strstr(comm_error_message(host.c), "give each commd its own"));
	/* It takes the place of the other, which then has gone. */
	outside_await_event(host.d, "rebuilt");
	outside_await_event(other.d, "fenced");
	host_stop(&other);
	had = (struct tally){ .n_failed = 0 };
	while (total(&had) < N_PARTITIONS)
		receive(&host, &had, E2E_LIMIT_MS);
	e2e_delete(host.c, topic);
	host_stop(&host);
}
END_TEST

TEST_MAIN("members of a group", what_is_acknowledged_is_not_given_to_the_new_member,
	  what_is_not_acknowledged_is_given_to_the_new_member, a_static_member_comes_back_unnoticed,
	  members_with_one_id_fence_each_other_off)

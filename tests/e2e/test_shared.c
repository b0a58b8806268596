/*
 * A reader that shares memory with commd gets what every reader gets, also when commd was started
 * again meanwhile.
 */
#include "tests/lib/main.h"

#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define N_RECORDS 1000

/* Of a record's value: some are small, some large, and they have different bytes. */
static size_t length_of(int i)
{
	return i % 7 ? 3000 + (size_t)i : (size_t)i % 50;
}

static void send_all(struct comm *c)
{
	static char value[3000 + N_RECORDS];

	e2e_create(c, "t", 1);
	for (int i = 0; i < N_RECORDS; i++) {
		memset(value, i % 255, length_of(i));
		assert_ok(c, comm_send(c, "t", value, length_of(i), NULL, 0));
	}
}

static void check_record(const struct comm_record *r)
{
	static char wanted[3000 + N_RECORDS];
	int i = (int)r->offset;

	memset(wanted, i % 255, length_of(i));
	e2e_check(r->value_len == length_of(i), "record %d has %zu bytes", i, r->value_len);
	e2e_check(!memcmp(r->value, wanted, r->value_len), "record %d has other bytes", i);
}

/* Receive until the topic's end; all of it comes once, and in order. */
static void read_all(struct comm *c, struct comm_subscription *s)
{
	for (int64_t next = 0; next < N_RECORDS;) {
		const struct comm_record *records;
		size_t n;

		assert_ok(c, comm_receive(s, 100, E2E_LIMIT_MS, &records, &n));
		e2e_check(n > 0, "no records came after %lld", (long long)next);
		for (size_t i = 0; i < n; i++, next++) {
			e2e_check(records[i].offset == next, "%lld has come, not %lld",
				  (long long)records[i].offset, (long long)next);
			check_record(&records[i]);
		}
	}
}

static struct comm_subscription *subscribe(struct comm *c)
{
	static const char *const topics[] = { "t" };
	static const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST,
							       .shared = 1 };
	struct comm_subscription *s;

	assert_ok(c, comm_subscribe(c, NULL, topics, 1, &options, &s));
	return s;
}

START_TEST(all_values_are_as_they_were_sent)
{
	struct daemon_under_test *d = dut_start(NULL);
	struct comm *c = e2e_connect(d);

	send_all(c);
	read_all(c, subscribe(c));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* Receive so many at once that their values are shared; how many come is up to the daemon. */
static size_t receive_many(struct comm *c, const struct comm_record **ret_records)
{
	struct comm_subscription *s = subscribe(c);
	int64_t next = 0;
	size_t n;

	for (;;) {
		assert_ok(c, comm_receive(s, 100, E2E_LIMIT_MS, ret_records, &n));
		if (n >= 20)
			return n;
		next += (int64_t)n;
		if (next < N_RECORDS)
			continue;
		assert_ok(c, comm_unsubscribe(s));
		s = subscribe(c);
		next = 0;
	}
}

START_TEST(another_commd_has_other_memory)
{
	struct daemon_under_test *d = dut_start(NULL);
	const struct comm_record *records;
	struct e2e_place place;
	struct comm *c;
	size_t n;

	e2e_place_init(&place);
	e2e_place_set(&place, d);
	c = e2e_connect_path(place.socket, NULL);
	send_all(c);
	n = receive_many(c, &records);
	dut_kill(d);
	/* They are valid until the next receive. */
	for (size_t i = 0; i < n; i++)
		check_record(&records[i]);
	d = dut_start(NULL);
	e2e_place_set(&place, d);
	send_all(c);
	read_all(c, subscribe(c));
	e2e_close(c);
	dut_stop(d);
	e2e_place_fini(&place);
}
END_TEST

TEST_MAIN("shared memory", all_values_are_as_they_were_sent, another_commd_has_other_memory)

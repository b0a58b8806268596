/*
 * The judge finds each kind of damage in ledgers that were doctored, that one alone, and nothing in those
 * that were not.
 */
#include "tests/lib/main.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/faults/judge.h"
#include "tests/faults/latency.h"
#include "tests/faults/ledger.h"

enum { N_CLIENTS = 3, N_EACH = 100, N_RECORDS = N_CLIENTS * N_EACH, N_PARTITIONS = 2 };

/* What a run without faults writes: each record is sent, read at the next offset, and acknowledged. */
struct books {
	struct ledger_entry senders[2 * N_RECORDS + N_CLIENTS + 8];
	size_t n_senders;
	struct ledger_entry readers[N_RECORDS + 8];
	size_t n_readers;
};

static struct books books;
static struct verdict verdict;

static struct ledger_entry *sender_entry(const struct ledger_entry *e)
{
	books.senders[books.n_senders] = *e;
	return &books.senders[books.n_senders++];
}

static struct ledger_entry *reader_entry(const struct ledger_entry *e)
{
	books.readers[books.n_readers] = *e;
	return &books.readers[books.n_readers++];
}

static void keep_books(void)
{
	int64_t offsets[N_PARTITIONS] = { 0 };

	memset(&books, 0, sizeof books);
	for (uint32_t i = 0; i < N_RECORDS; i++) {
		struct ledger_entry e = { .time_us = 1000 * (i + 1),
					  .offset = -1,
					  .client = i % N_CLIENTS,
					  .number = i / N_CLIENTS,
					  .crc = i * 7919,
					  .partition = -1,
					  .what = LEDGER_SENT };

		sender_entry(&e);
		e.partition = (int16_t)(e.number % N_PARTITIONS);
		e.offset = offsets[e.partition]++;
		e.what = LEDGER_READ;
		reader_entry(&e);
		e.what = LEDGER_ACKED;
		e.crc = 0;
		e.time_us += 500;
		sender_entry(&e);
	}
	for (uint32_t i = 0; i < N_CLIENTS; i++)
		sender_entry(&(struct ledger_entry){ .client = i, .what = LEDGER_LEFT });
}

/* The entry of the record @number of client 1 among those of the senders. */
static struct ledger_entry *find_sent(uint32_t number, enum ledger_what what)
{
	for (size_t i = 0; i < books.n_senders; i++) {
		struct ledger_entry *e = &books.senders[i];

		if (e->client == 1 && e->number == number && e->what == what)
			return e;
	}
	ck_abort_msg("no such entry");
	return NULL;
}

static struct ledger_entry *find_read(uint32_t number)
{
	for (size_t i = 0; i < books.n_readers; i++)
		if (books.readers[i].client == 1 && books.readers[i].number == number)
			return &books.readers[i];
	ck_abort_msg("no such entry");
	return NULL;
}

/* It comes again at the end of its partition. */
static void read_again(uint32_t number)
{
	struct ledger_entry e = *find_read(number);

	e.offset = N_RECORDS;
	reader_entry(&e);
}

/* A daemon's life ends while the records from @from to @to of client 1 are open. */
static void cut(uint32_t from, uint32_t to)
{
	sender_entry(&(struct ledger_entry){
		.what = LEDGER_CUT,
		.time_us = find_sent(from, LEDGER_SENT)->time_us,
		.offset = find_sent(to, LEDGER_SENT)->time_us,
	});
}

static void judge(void)
{
	struct judge *j = judge_new();

	judge_hear_senders(j, books.senders, books.n_senders);
	judge_hear_readers(j, books.readers, books.n_readers);
	judge_decide(j, &verdict);
	judge_free(j);
}

/* There is @n damage, of one kind. */
static void expect_damage(const uint64_t *kind, uint64_t n)
{
	const uint64_t *const kinds[] = { &verdict.lost,       &verdict.outside, &verdict.reordered,
					  &verdict.phantom,    &verdict.corrupt, &verdict.misplaced,
					  &verdict.unanswered, &verdict.twice };

	judge();
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		ck_assert_msg(*kinds[i] == (kinds[i] == kind ? n : 0), "kind %zu is %ju", i,
			      (uintmax_t)*kinds[i]);
	ck_assert(verdict_is_damage(&verdict) == (kind != NULL));
}

START_TEST(books_that_agree_are_without_damage)
{
	keep_books();
	expect_damage(NULL, 0);
	ck_assert_uint_eq(verdict.sent, N_RECORDS);
	ck_assert_uint_eq(verdict.acked, N_RECORDS);
	ck_assert_uint_eq(verdict.read, N_RECORDS);
	ck_assert_int_ge(verdict.p50_us, 500);
	ck_assert_int_le(verdict.p99_us, 520);
	ck_assert_int_eq(verdict.longest_us, 500);
	ck_assert_int_eq(verdict.silence_us, 1000);
}
END_TEST

START_TEST(what_is_acknowledged_and_not_there_is_lost)
{
	keep_books();
	find_read(10)->what = LEDGER_NOTHING;
	find_read(11)->what = LEDGER_NOTHING;
	expect_damage(&verdict.lost, 2);
}
END_TEST

START_TEST(what_comes_again_without_a_reason_is_outside)
{
	keep_books();
	read_again(10);
	expect_damage(&verdict.outside, 1);
	ck_assert_uint_eq(verdict.duplicated, 1);
}
END_TEST

START_TEST(what_was_open_when_a_daemon_ended_may_come_again_once)
{
	keep_books();
	find_sent(10, LEDGER_ACKED)->time_us += 1000000;
	cut(12, 14);
	read_again(10);
	expect_damage(NULL, 0);
	ck_assert_uint_eq(verdict.duplicated, 1);
	reader_entry(&(struct ledger_entry){ .client = 1,
					     .number = 10,
					     .crc = find_read(10)->crc,
					     .offset = N_RECORDS + 1,
					     .what = LEDGER_READ });
	expect_damage(&verdict.outside, 1);
}
END_TEST

START_TEST(what_was_told_before_a_daemon_ended_may_not_come_again)
{
	keep_books();
	cut(12, 14);
	read_again(10);
	expect_damage(&verdict.outside, 1);
}
END_TEST

START_TEST(what_changes_places_is_reordered)
{
	struct ledger_entry *a, *b, e;

	keep_books();
	a = find_read(10);
	b = find_read(12);
	e = *a;
	a->number = b->number;
	a->crc = b->crc;
	b->number = e.number;
	b->crc = e.crc;
	/* Both are not where the sender was told either, but for what it was not told. */
	find_sent(10, LEDGER_ACKED)->offset = -1;
	find_sent(12, LEDGER_ACKED)->offset = -1;
	expect_damage(&verdict.reordered, 1);
}
END_TEST

START_TEST(what_nobody_has_sent_is_a_phantom)
{
	keep_books();
	reader_entry(&(struct ledger_entry){
		.client = 1, .number = N_EACH, .offset = N_RECORDS, .what = LEDGER_READ });
	reader_entry(&(struct ledger_entry){ .client = UINT32_MAX,
					     .number = UINT32_MAX,
					     .offset = N_RECORDS + 1,
					     .what = LEDGER_READ });
	expect_damage(&verdict.phantom, 2);
}
END_TEST

START_TEST(what_was_refused_and_is_there_is_a_phantom)
{
	keep_books();
	find_sent(10, LEDGER_ACKED)->what = LEDGER_FAILED;
	expect_damage(&verdict.phantom, 1);
}
END_TEST

START_TEST(what_has_other_bytes_is_corrupt)
{
	keep_books();
	find_read(10)->crc++;
	expect_damage(&verdict.corrupt, 1);
}
END_TEST

START_TEST(what_is_elsewhere_is_misplaced)
{
	keep_books();
	find_sent(10, LEDGER_ACKED)->offset++;
	expect_damage(&verdict.misplaced, 1);
}
END_TEST

START_TEST(what_nobody_is_told_of_is_unanswered)
{
	keep_books();
	find_sent(10, LEDGER_ACKED)->what = LEDGER_NOTHING;
	expect_damage(&verdict.unanswered, 1);
}
END_TEST

START_TEST(what_is_told_twice_is_found)
{
	keep_books();
	sender_entry(find_sent(10, LEDGER_ACKED));
	expect_damage(&verdict.twice, 1);
}
END_TEST

START_TEST(what_is_unknown_may_be_there_or_not)
{
	keep_books();
	find_sent(10, LEDGER_ACKED)->what = LEDGER_UNKNOWN;
	find_sent(11, LEDGER_ACKED)->what = LEDGER_UNKNOWN;
	find_read(11)->what = LEDGER_NOTHING;
	expect_damage(NULL, 0);
	ck_assert_uint_eq(verdict.unknown, 2);
}
END_TEST

START_TEST(of_a_client_that_was_killed_records_stay_open)
{
	keep_books();
	find_sent(10, LEDGER_ACKED)->what = LEDGER_NOTHING;
	for (size_t i = 0; i < books.n_senders; i++)
		if (books.senders[i].what == LEDGER_LEFT && books.senders[i].client == 1)
			books.senders[i].what = LEDGER_NOTHING;
	expect_damage(NULL, 0);
	ck_assert_uint_eq(verdict.open, 1);
}
END_TEST

START_TEST(a_reader_that_goes_back_reads_nothing_twice)
{
	keep_books();
	reader_entry(find_read(10));
	expect_damage(NULL, 0);
	ck_assert_uint_eq(verdict.duplicated, 0);
}
END_TEST

START_TEST(a_ledger_is_what_was_written)
{
	enum { N = 100000 };
	char dir[] = "/tmp/test-ledger.XXXXXX", path[PATH_MAX];
	const struct ledger_entry *entries;
	struct ledger *l;
	size_t n;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/ledger", dir);
	l = ledger_create(path);
	for (uint32_t i = 0; i < N; i++)
		ledger_add(l, &(struct ledger_entry){ .number = i, .what = LEDGER_SENT });
	/* As one finds it whose writer was killed, and as it is in the end. */
	for (int i = 0; i < 2; i++) {
		entries = ledger_read(path, &n);
		ck_assert_uint_eq(n, N);
		ck_assert_uint_eq(entries[N - 1].number, N - 1);
		if (i == 0)
			ledger_close(l);
	}
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(percentiles_are_right_within_a_few_per_cent)
{
	static struct latency l;

	ck_assert_int_eq(latency_percentile(&l, 50), 0);
	for (int64_t us = 1; us <= 100000; us++)
		latency_add(&l, us);
	ck_assert_int_ge(latency_percentile(&l, 50), 50000);
	ck_assert_int_le(latency_percentile(&l, 50), 52000);
	ck_assert_int_ge(latency_percentile(&l, 99), 99000);
	ck_assert_int_le(latency_percentile(&l, 99), 103000);
}
END_TEST

TEST_MAIN("judge", books_that_agree_are_without_damage, what_is_acknowledged_and_not_there_is_lost,
	  what_comes_again_without_a_reason_is_outside,
	  what_was_open_when_a_daemon_ended_may_come_again_once,
	  what_was_told_before_a_daemon_ended_may_not_come_again, what_changes_places_is_reordered,
	  what_nobody_has_sent_is_a_phantom, what_was_refused_and_is_there_is_a_phantom,
	  what_has_other_bytes_is_corrupt, what_is_elsewhere_is_misplaced,
	  what_nobody_is_told_of_is_unanswered, what_is_told_twice_is_found,
	  what_is_unknown_may_be_there_or_not, of_a_client_that_was_killed_records_stay_open,
	  a_reader_that_goes_back_reads_nothing_twice, a_ledger_is_what_was_written,
	  percentiles_are_right_within_a_few_per_cent)

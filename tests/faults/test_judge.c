/*
 * The judge finds each kind of damage in ledgers that were doctored, that one alone, and nothing in those
 * that were not.
 */
#include "tests/lib/main.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/faults/books.h"
#include "tests/faults/latency.h"
#include "tests/faults/ledger.h"
#include "tests/lib/keeper.h"

START_TEST(books_that_agree_are_without_damage)
{
	books_keep();
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.sent, N_RECORDS);
	ck_assert_uint_eq(verdict.acked, N_RECORDS);
	ck_assert_uint_eq(verdict.read, N_RECORDS);
	ck_assert_int_ge(verdict.p50_us, 500);
	ck_assert_int_le(verdict.p99_us, 520);
	ck_assert_int_eq(verdict.longest_us, 500);
	ck_assert_int_eq(verdict.silence_us, 1000);
}
END_TEST

START_TEST(what_waits_for_room_has_its_time_from_then)
{
	static const struct ledger_entry entries[] = {
		{ .time_us = 1000, .what = LEDGER_SENT, .offset = -1 },
		{ .time_us = 4000, .what = LEDGER_BEGUN },
		{ .time_us = 4500, .what = LEDGER_FAILED, .offset = -1 },
		{ .what = LEDGER_LEFT },
	};
	struct judge *j = judge_new();

	judge_hear_senders(j, entries, ARRAY_SIZE(entries));
	judge_decide(j, &verdict);
	judge_free(j);
	ck_assert(!verdict_is_damage(&verdict));
	ck_assert_int_eq(verdict.longest_us, 500);
}
END_TEST

START_TEST(what_is_acknowledged_and_not_there_is_lost)
{
	books_keep();
	books_find_read(10)->what = LEDGER_NOTHING;
	books_find_read(11)->what = LEDGER_NOTHING;
	books_expect(&verdict.lost, 2);
}
END_TEST

START_TEST(what_comes_again_without_a_reason_is_outside)
{
	books_keep();
	books_read_again(10);
	books_expect(&verdict.outside, 1);
	ck_assert_uint_eq(verdict.duplicated, 1);
}
END_TEST

START_TEST(what_was_open_when_a_daemon_ended_may_come_again_once)
{
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->time_us += 1000000;
	books_cut(12, 14);
	books_read_again(10);
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.duplicated, 1);
	books_add_reader(&(struct ledger_entry){ .client = 1,
						 .number = 10,
						 .crc = books_find_read(10)->crc,
						 .offset = N_RECORDS + 1,
						 .what = LEDGER_READ });
	books_expect(&verdict.outside, 1);
}
END_TEST

START_TEST(what_was_told_before_a_daemon_ended_may_not_come_again)
{
	books_keep();
	books_cut(12, 14);
	books_read_again(10);
	books_expect(&verdict.outside, 1);
}
END_TEST

/* Records 10 and 12 have changed places in the topic. Their senders are not told where they are: both are
 * elsewhere as well. */
static void change_places(void)
{
	struct ledger_entry *a, *b, e;

	books_keep();
	a = books_find_read(10);
	b = books_find_read(12);
	e = *a;
	a->number = b->number;
	a->crc = b->crc;
	b->number = e.number;
	b->crc = e.crc;
	books_find_sent(10, LEDGER_ACKED)->offset = -1;
	books_find_sent(12, LEDGER_ACKED)->offset = -1;
}

START_TEST(what_changes_places_is_reordered)
{
	change_places();
	books_expect(&verdict.reordered, 1);
	books_find_sent(10, LEDGER_ACKED)->what = LEDGER_UNKNOWN;
	books_expect(&verdict.reordered, 1);
}
END_TEST

START_TEST(what_had_no_outcome_when_a_daemon_ended_may_come_behind_the_next_one_s)
{
	change_places();
	books_find_sent(10, LEDGER_ACKED)->time_us += 4000;
	books_cut(11, 11);
	books_expect(&verdict.reordered, 1);
	books_find_sent(10, LEDGER_ACKED)->what = LEDGER_UNKNOWN;
	books_expect(NULL, 0);
}
END_TEST

START_TEST(but_not_behind_one_of_the_same_life)
{
	change_places();
	books_find_sent(10, LEDGER_ACKED)->time_us += 10000;
	books_find_sent(10, LEDGER_ACKED)->what = LEDGER_UNKNOWN;
	books_cut(13, 13);
	books_expect(&verdict.reordered, 1);
}
END_TEST

START_TEST(what_nobody_has_sent_is_a_phantom)
{
	books_keep();
	books_add_reader(&(struct ledger_entry){
		.client = 1, .number = N_EACH, .offset = N_RECORDS, .what = LEDGER_READ });
	books_add_reader(&(struct ledger_entry){ .client = UINT32_MAX,
						 .number = UINT32_MAX,
						 .offset = N_RECORDS + 1,
						 .what = LEDGER_READ });
	books_expect(&verdict.phantom, 2);
}
END_TEST

START_TEST(what_was_refused_and_is_there_is_a_phantom)
{
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->what = LEDGER_FAILED;
	books_expect(&verdict.phantom, 1);
}
END_TEST

START_TEST(what_has_other_bytes_is_corrupt)
{
	books_keep();
	books_find_read(10)->crc++;
	books_expect(&verdict.corrupt, 1);
}
END_TEST

START_TEST(what_is_elsewhere_is_misplaced)
{
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->offset++;
	books_expect(&verdict.misplaced, 1);
}
END_TEST

START_TEST(what_is_not_where_it_was_sent_is_misplaced)
{
	books_keep();
	books_find_sent(10, LEDGER_SENT)->partition++;
	books_expect(&verdict.misplaced, 1);
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->partition++;
	books_expect(&verdict.misplaced, 1);
}
END_TEST

START_TEST(what_is_acknowledged_without_a_place_is_counted)
{
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->offset = -1;
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.unplaced, 1);
}
END_TEST

START_TEST(what_nobody_is_told_of_is_unanswered)
{
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->what = LEDGER_NOTHING;
	books_expect(&verdict.unanswered, 1);
}
END_TEST

START_TEST(what_is_told_twice_is_found)
{
	books_keep();
	books_add_sender(books_find_sent(10, LEDGER_ACKED));
	books_expect(&verdict.twice, 1);
}
END_TEST

START_TEST(what_is_unknown_may_be_there_or_not)
{
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->what = LEDGER_UNKNOWN;
	books_find_sent(11, LEDGER_ACKED)->what = LEDGER_UNKNOWN;
	books_find_read(11)->what = LEDGER_NOTHING;
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.unknown, 2);
}
END_TEST

START_TEST(of_a_client_that_was_killed_records_stay_open)
{
	books_keep();
	books_find_sent(10, LEDGER_ACKED)->what = LEDGER_NOTHING;
	for (size_t i = 0; i < books.n_senders; i++)
		if (books.senders[i].what == LEDGER_LEFT && books.senders[i].client == 1)
			books.senders[i].what = LEDGER_NOTHING;
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.open, 1);
}
END_TEST

START_TEST(a_reader_that_goes_back_reads_nothing_twice)
{
	books_keep();
	books_add_reader(books_find_read(10));
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.duplicated, 0);
}
END_TEST

START_TEST(a_ledger_is_what_was_written)
{
	enum { N = 100000 };
	char dir[64], path[PATH_MAX];
	struct keeper *keeper = keeper_new(dir, sizeof dir);
	const struct ledger_entry *entries;
	struct ledger *l;
	size_t n;

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
	keeper_free(keeper);
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

TEST_MAIN("judge", books_that_agree_are_without_damage, what_waits_for_room_has_its_time_from_then,
	  what_is_acknowledged_and_not_there_is_lost, what_comes_again_without_a_reason_is_outside,
	  what_was_open_when_a_daemon_ended_may_come_again_once,
	  what_was_told_before_a_daemon_ended_may_not_come_again, what_changes_places_is_reordered,
	  what_had_no_outcome_when_a_daemon_ended_may_come_behind_the_next_one_s,
	  but_not_behind_one_of_the_same_life, what_nobody_has_sent_is_a_phantom,
	  what_was_refused_and_is_there_is_a_phantom, what_has_other_bytes_is_corrupt,
	  what_is_elsewhere_is_misplaced, what_is_not_where_it_was_sent_is_misplaced,
	  what_is_acknowledged_without_a_place_is_counted, what_nobody_is_told_of_is_unanswered,
	  what_is_told_twice_is_found, what_is_unknown_may_be_there_or_not,
	  of_a_client_that_was_killed_records_stay_open,
	  a_reader_that_goes_back_reads_nothing_twice, a_ledger_is_what_was_written,
	  percentiles_are_right_within_a_few_per_cent)

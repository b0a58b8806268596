/*
 * The judge finds each kind of damage to the readers of a group in ledgers that were doctored, that one alone,
 * and nothing in those that were not.
 */
#include "tests/lib/main.h"

#include "tests/faults/books.h"

enum { GROUP_STEP_US = 1000000, GROUP_BATCH = 10 };

/* The group's clock when @i of its partition are behind it. */
static int64_t group_us(int64_t i)
{
	return 10000000 + i * GROUP_STEP_US;
}

/* Reader @reader is given what the topic has at @offset, or acknowledges all before it. */
static struct ledger_entry *take_entry(enum ledger_what what, uint32_t reader, int partition,
				       int64_t offset, int64_t time_us)
{
	struct ledger_entry *e = &books.takers[books.n_takers++];

	*e = (struct ledger_entry){ .what = (uint8_t)what,
				    .client = reader,
				    .partition = (int16_t)partition,
				    .offset = offset,
				    .time_us = time_us };
	for (size_t i = 0; i < books.n_readers && what == LEDGER_TAKEN; i++)
		if (books.readers[i].partition == partition && books.readers[i].offset == offset)
			e->crc = books.readers[i].crc;
	return e;
}

static void take_batch(uint32_t reader, int partition, int64_t first, int64_t n, int64_t time_us)
{
	for (int64_t i = first; i < first + n; i++)
		take_entry(LEDGER_TAKEN, reader, partition, i, time_us);
}

static void acknowledge(uint32_t reader, int partition, int64_t next, int64_t time_us)
{
	take_entry(LEDGER_ASKED, reader, partition, next, time_us);
	take_entry(LEDGER_DONE, reader, partition, next, time_us + 10)->number = 10;
}

/* Each partition has a reader, which acknowledges ten at a time, each time a second later. */
static void keep_group_books(void)
{
	books_keep();
	for (int64_t i = 0; i < N_RECORDS / N_PARTITIONS; i += GROUP_BATCH)
		for (int p = 0; p < N_PARTITIONS; p++) {
			take_batch((uint32_t)p, p, i, GROUP_BATCH, group_us(i / GROUP_BATCH));
			acknowledge((uint32_t)p, p, i + GROUP_BATCH,
				    group_us(i / GROUP_BATCH) + 100);
		}
}

static struct ledger_entry *find_taken(enum ledger_what what, int partition, int64_t offset)
{
	for (size_t i = 0; i < books.n_takers; i++) {
		struct ledger_entry *e = &books.takers[i];

		if (e->what == what && e->partition == partition && e->offset == offset)
			return e;
	}
	ck_abort_msg("no such entry");
	return NULL;
}

START_TEST(a_group_that_agrees_is_without_damage)
{
	keep_group_books();
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.taken, N_RECORDS);
	ck_assert_uint_eq(verdict.repeated, 0);
}
END_TEST

START_TEST(what_is_acknowledged_and_comes_again_is_found)
{
	keep_group_books();
	take_batch(1, 0, 18, 2, group_us(2) + 50);
	acknowledge(1, 0, 20, group_us(2) + 60);
	books_expect(&verdict.again, 2);
}
END_TEST

START_TEST(what_is_not_acknowledged_may_come_again)
{
	keep_group_books();
	/* Before the answer, to another reader: the first one's is too late. */
	take_batch(1, 0, 20, GROUP_BATCH, group_us(2) + 50);
	acknowledge(1, 0, 30, group_us(2) + 60);
	find_taken(LEDGER_DONE, 0, 30)->what = LEDGER_REFUSED;
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.repeated, GROUP_BATCH);
}
END_TEST

START_TEST(a_daemon_that_is_killed_forgets_what_it_was_told_just_before)
{
	keep_group_books();
	/* Its members are others from now on, who begin where it had committed. */
	take_entry(LEDGER_CUT, 0, 0, group_us(5), group_us(4) + 500);
	take_batch(7, 0, 20, 30, group_us(5) - 100);
	acknowledge(7, 0, 50, group_us(5) - 90);
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.repeated, 30);
	take_batch(7, 0, 5, 1, group_us(5) - 50);
	acknowledge(7, 0, 6, group_us(5) - 40);
	books_expect(&verdict.again, 1);
}
END_TEST

START_TEST(a_refusal_is_about_what_was_asked_for_alone)
{
	struct ledger_entry *refused;

	keep_group_books();
	take_entry(LEDGER_CUT, 0, 0, group_us(5), group_us(4) + 500);
	refused = find_taken(LEDGER_DONE, 0, 50);
	refused->what = LEDGER_REFUSED;
	refused->time_us = group_us(4) + 600;
	/* What was acknowledged before had been committed. */
	take_batch(7, 0, 40, GROUP_BATCH, group_us(5) - 100);
	acknowledge(7, 0, 50, group_us(5) - 90);
	books_expect(NULL, 0);
	ck_assert_uint_eq(verdict.repeated, GROUP_BATCH);
}
END_TEST

START_TEST(what_nobody_of_a_group_gets_is_skipped)
{
	keep_group_books();
	find_taken(LEDGER_TAKEN, 1, 33)->what = LEDGER_NOTHING;
	find_taken(LEDGER_TAKEN, 1, 34)->what = LEDGER_NOTHING;
	books_judge();
	/* Who says that all before are done may have missed those before, too. */
	ck_assert_uint_eq(verdict.skipped, 5);
	ck_assert(verdict_is_damage(&verdict));
}
END_TEST

START_TEST(what_was_refused_and_does_not_come_again_is_skipped)
{
	keep_group_books();
	find_taken(LEDGER_DONE, 1, 30)->what = LEDGER_REFUSED;
	books_expect(&verdict.skipped, GROUP_BATCH);
}
END_TEST

START_TEST(what_comes_behind_a_later_one_is_disordered)
{
	struct ledger_entry *a, *b, e;

	keep_group_books();
	a = find_taken(LEDGER_TAKEN, 0, 33);
	b = find_taken(LEDGER_TAKEN, 0, 34);
	e = *a;
	*a = *b;
	*b = e;
	books_expect(&verdict.disordered, 1);
}
END_TEST

START_TEST(what_comes_to_a_group_with_other_bytes_is_garbled)
{
	keep_group_books();
	find_taken(LEDGER_TAKEN, 0, 33)->crc++;
	books_expect(&verdict.garbled, 1);
}
END_TEST

TEST_MAIN("group judge", a_group_that_agrees_is_without_damage,
	  what_is_acknowledged_and_comes_again_is_found, what_is_not_acknowledged_may_come_again,
	  a_daemon_that_is_killed_forgets_what_it_was_told_just_before,
	  a_refusal_is_about_what_was_asked_for_alone, what_nobody_of_a_group_gets_is_skipped,
	  what_was_refused_and_does_not_come_again_is_skipped,
	  what_comes_behind_a_later_one_is_disordered,
	  what_comes_to_a_group_with_other_bytes_is_garbled)

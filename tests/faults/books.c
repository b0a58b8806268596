#include "tests/faults/books.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "proto/util.h"

struct books books;
struct verdict verdict;

struct ledger_entry *books_add_sender(const struct ledger_entry *e)
{
	books.senders[books.n_senders] = *e;
	return &books.senders[books.n_senders++];
}

struct ledger_entry *books_add_reader(const struct ledger_entry *e)
{
	books.readers[books.n_readers] = *e;
	return &books.readers[books.n_readers++];
}

void books_keep(void)
{
	int64_t offsets[N_PARTITIONS] = { 0 };

	memset(&books, 0, sizeof books);
	for (uint32_t i = 0; i < N_RECORDS; i++) {
		struct ledger_entry e = { .time_us = 1000 * (i + 1),
					  .offset = -1,
					  .client = i % N_CLIENTS,
					  .number = i / N_CLIENTS,
					  .crc = i * 7919,
					  .partition = (int16_t)(i / N_CLIENTS % N_PARTITIONS),
					  .what = LEDGER_SENT };

		books_add_sender(&e);
		e.offset = offsets[e.partition]++;
		e.what = LEDGER_READ;
		books_add_reader(&e);
		e.what = LEDGER_ACKED;
		e.crc = 0;
		e.time_us += 500;
		books_add_sender(&e);
	}
	for (uint32_t i = 0; i < N_CLIENTS; i++)
		books_add_sender(&(struct ledger_entry){ .client = i, .what = LEDGER_LEFT });
}

struct ledger_entry *books_find_sent(uint32_t number, enum ledger_what what)
{
	for (size_t i = 0; i < books.n_senders; i++) {
		struct ledger_entry *e = &books.senders[i];

		if (e->client == 1 && e->number == number && e->what == what)
			return e;
	}
	ck_abort_msg("no such entry");
	return NULL;
}

struct ledger_entry *books_find_read(uint32_t number)
{
	for (size_t i = 0; i < books.n_readers; i++)
		if (books.readers[i].client == 1 && books.readers[i].number == number)
			return &books.readers[i];
	ck_abort_msg("no such entry");
	return NULL;
}

void books_read_again(uint32_t number)
{
	struct ledger_entry e = *books_find_read(number);

	e.offset = N_RECORDS;
	books_add_reader(&e);
}

void books_cut(uint32_t from, uint32_t to)
{
	books_add_sender(&(struct ledger_entry){
		.what = LEDGER_CUT,
		.time_us = books_find_sent(from, LEDGER_SENT)->time_us,
		.offset = books_find_sent(to, LEDGER_SENT)->time_us,
	});
}

void books_judge(void)
{
	struct judge *j = judge_new();

	judge_hear_senders(j, books.senders, books.n_senders);
	judge_hear_senders(j, books.takers, books.n_takers);
	judge_hear_readers(j, books.readers, books.n_readers);
	judge_decide(j, &verdict);
	judge_free(j);
}

void books_expect(const uint64_t *kind, uint64_t n)
{
	const uint64_t *const kinds[] = {
		&verdict.lost,    &verdict.outside,   &verdict.reordered,  &verdict.phantom,
		&verdict.corrupt, &verdict.misplaced, &verdict.unanswered, &verdict.twice,
		&verdict.again,   &verdict.skipped,   &verdict.disordered, &verdict.garbled
	};

	books_judge();
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		ck_assert_msg(*kinds[i] == (kinds[i] == kind ? n : 0), "kind %zu is %ju", i,
			      (uintmax_t)*kinds[i]);
	ck_assert(verdict_is_damage(&verdict) == (kind != NULL));
}

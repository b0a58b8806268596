#pragma once

/*
 * Books: ledgers as a run without faults writes them, to be doctored, and what the judge finds in them.
 */

#include <stddef.h>
#include <stdint.h>

#include "tests/faults/judge.h"
#include "tests/faults/ledger.h"

enum { N_CLIENTS = 3, N_EACH = 100, N_RECORDS = N_CLIENTS * N_EACH, N_PARTITIONS = 2 };

/* What a run without faults writes: each record is sent, read at the next offset, and acknowledged. */
struct books {
	struct ledger_entry senders[2 * N_RECORDS + N_CLIENTS + 8];
	size_t n_senders;
	struct ledger_entry readers[N_RECORDS + 8];
	size_t n_readers;
	struct ledger_entry takers[2 * N_RECORDS + 64]; /* the readers of a group */
	size_t n_takers;
};

extern struct books books;

/* Of the last judgement. */
extern struct verdict verdict;

/* Without readers of a group. */
void books_keep(void);

struct ledger_entry *books_add_sender(const struct ledger_entry *e);
struct ledger_entry *books_add_reader(const struct ledger_entry *e);

/* The entry of the record @number of client 1 among those of the senders, or of the reader. */
struct ledger_entry *books_find_sent(uint32_t number, enum ledger_what what);
struct ledger_entry *books_find_read(uint32_t number);

/* It comes again at the end of its partition. */
void books_read_again(uint32_t number);

/* A daemon's life ends while the records from @from to @to of client 1 are open. */
void books_cut(uint32_t from, uint32_t to);

void books_judge(void);

/* Judge: there is @n damage, of one @kind, a member of verdict; NULL: none at all. */
void books_expect(const uint64_t *kind, uint64_t n);

#pragma once

/*
 * Ledger: what has become of records that were accepted.
 *
 * One is kept for each profile, each topic and each client. In all of them, always,
 * accepted = persisted + failed + in flight: what is in flight is not counted but follows from it.
 */

#include <stdbool.h>
#include <stdint.h>

struct ledger {
	int64_t accepted;
	int64_t persisted;
	int64_t failed;
};

/* @n records are accepted, and in flight from here on. */
void ledger_accept(struct ledger *l, int64_t n);

/* What is in @other is in @l, too. */
void ledger_add(struct ledger *l, const struct ledger *other);

/* One of them has its outcome. */
void ledger_end(struct ledger *l, bool has_failed);

int64_t ledger_in_flight(const struct ledger *l);

/* Those that have an outcome. */
int64_t ledger_ended(const struct ledger *l);

/* Whether all that was accepted is persisted. */
bool ledger_is_clean(const struct ledger *l);

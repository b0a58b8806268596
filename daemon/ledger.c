#include "daemon/ledger.h"

void ledger_accept(struct ledger *l, int64_t n)
{
	l->accepted += n;
}

void ledger_add(struct ledger *l, const struct ledger *other)
{
	l->accepted += other->accepted;
	l->persisted += other->persisted;
	l->failed += other->failed;
}

void ledger_end(struct ledger *l, bool has_failed)
{
	if (has_failed)
		l->failed++;
	else
		l->persisted++;
}

int64_t ledger_ended(const struct ledger *l)
{
	return l->persisted + l->failed;
}

int64_t ledger_in_flight(const struct ledger *l)
{
	return l->accepted - ledger_ended(l);
}

bool ledger_is_clean(const struct ledger *l)
{
	return l->persisted == l->accepted;
}

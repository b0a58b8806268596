#include "daemon/ledger.h"
#include "tests/lib/main.h"

static void expect(const struct ledger *l, int64_t persisted, int64_t failed, int64_t in_flight)
{
	ck_assert_int_eq(l->persisted, persisted);
	ck_assert_int_eq(l->failed, failed);
	ck_assert_int_eq(ledger_ended(l), persisted + failed);
	ck_assert_int_eq(ledger_in_flight(l), in_flight);
	ck_assert_int_eq(l->accepted, persisted + failed + in_flight);
}

START_TEST(a_ledger_balances_after_every_step)
{
	struct ledger l = { 0 };

	expect(&l, 0, 0, 0);
	ck_assert(ledger_is_clean(&l));
	ledger_accept(&l, 3);
	ck_assert(!ledger_is_clean(&l));
	expect(&l, 0, 0, 3);
	ledger_end(&l, false);
	expect(&l, 1, 0, 2);
	ledger_end(&l, true);
	expect(&l, 1, 1, 1);
	ledger_accept(&l, 10);
	expect(&l, 1, 1, 11);
	ledger_end(&l, true);
	expect(&l, 1, 2, 10);
}
END_TEST

TEST_MAIN("ledger", a_ledger_balances_after_every_step)

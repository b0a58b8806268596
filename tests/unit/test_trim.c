#include "daemon/trim.h"

#include "tests/lib/main.h"

#define MIB (1024 * 1024)

START_TEST(test_after_a_burst_once)
{
	struct trim t = { .seen_bytes = 0 };

	ck_assert(!trim_is_due(&t, 0));
	/* As long as it lasts, and then once. */
	ck_assert(!trim_is_due(&t, 50 * MIB));
	ck_assert(!trim_is_due(&t, 100 * MIB));
	ck_assert(trim_is_due(&t, 100 * MIB + 1000));
	ck_assert(!trim_is_due(&t, 100 * MIB + 2000));
	ck_assert(!trim_is_due(&t, 120 * MIB));
	ck_assert(trim_is_due(&t, 120 * MIB));
}
END_TEST

/* Little by little adds up as well. */
START_TEST(test_not_for_little)
{
	struct trim t = { .seen_bytes = 0 };

	for (int i = 1; i < 80; i++)
		ck_assert(!trim_is_due(&t, i * MIB / 10));
	ck_assert(trim_is_due(&t, 8 * MIB));
	ck_assert(!trim_is_due(&t, 8 * MIB + 1));
}
END_TEST

TEST_MAIN("trim", test_after_a_burst_once, test_not_for_little)

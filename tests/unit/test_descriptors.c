#include "tests/lib/main.h"

#include <limits.h>

#include "daemon/descriptors.h"

START_TEST(kafka_has_its_part_but_no_more_than_half)
{
	static const struct {
		unsigned int n_allowed, n_consumers, n_clients;
	} cases[] = {
		{ 64, 64, 32 },
		{ 1024, 64, 512 },
		{ 4096, 64, 4096 - 32 - 64 * 16 },
		{ 524288, 64, 524288 - 32 - 64 * 16 },
		{ 1024, 1, 1024 - 32 - 16 },
		{ INT_MAX, 10000, INT_MAX - 32 - 160000 },
		{ 0, 64, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_uint_eq(descriptors_for_clients(cases[i].n_allowed, cases[i].n_consumers),
				  cases[i].n_clients);
}
END_TEST

START_TEST(the_last_ones_are_not_for_clients)
{
	ck_assert(!descriptors_are_used_up(64, 55));
	ck_assert(descriptors_are_used_up(64, 56));
	ck_assert(descriptors_are_used_up(64, 63));
	ck_assert(descriptors_are_used_up(4, 3));
	ck_assert(!descriptors_are_used_up(INT_MAX, 1000000));
}
END_TEST

START_TEST(as_many_as_the_system_allows_are_taken)
{
	unsigned int n = descriptors_raise();

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(descriptors_raise(), n);
}
END_TEST

TEST_MAIN("descriptors", kafka_has_its_part_but_no_more_than_half,
	  the_last_ones_are_not_for_clients, as_many_as_the_system_allows_are_taken)

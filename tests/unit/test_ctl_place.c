/* Topics, partitions and offsets as people write them. */

#include "client/commctl/place.h"

#include <errno.h>
#include <stdio.h>

#include "proto/util.h"
#include "tests/lib/main.h"

static void is(const char *text, const char *topic, int32_t partition, int64_t offset)
{
	struct comm_position p;
	char copy[64];

	(void)snprintf(copy, sizeof copy, "%s", text);
	ck_assert_msg(place_parse(copy, &p) == 0, "%s is refused", text);
	ck_assert_str_eq(p.topic, topic);
	ck_assert_int_eq(p.partition, partition);
	ck_assert_int_eq(p.offset, offset);
}

START_TEST(places)
{
	is("orders", "orders", -1, -1);
	is("orders:0", "orders", 0, -1);
	is("or.ders-2_x:12:9223372036854775807", "or.ders-2_x", 12, INT64_MAX);
	is("orders:2147483647", "orders", INT32_MAX, -1);
}
END_TEST

START_TEST(what_is_none)
{
	static const char *const none[] = {
		"",
		":1",
		"orders:",
		"orders:x",
		"orders:-1",
		"orders:1:",
		"orders::1",
		"orders:1:x",
		"a:1:2:3",
		"orders: 1",
		"orders:2147483648",
		"orders:1:9223372036854775808",
		"orders:2147483648:1",
	};
	struct comm_position p;
	char copy[64];

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		(void)snprintf(copy, sizeof copy, "%s", none[i]);
		ck_assert_msg(place_parse(copy, &p) == -EINVAL, "%s is taken", none[i]);
	}
}
END_TEST

TEST_MAIN("ctl_place", places, what_is_none)

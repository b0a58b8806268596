/* Where to begin and where to stop, as people write it. */

#include "client/commctl/offset.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "tests/lib/main.h"

static void begins(const char *text, enum comm_start start, int64_t at)
{
	struct offset o = { 0 };

	ck_assert_msg(offset_parse(text, &o) == 0, "%s is refused", text);
	ck_assert_int_eq(o.start, start);
	ck_assert_msg(o.at == at, "%s is %lld", text, (long long)o.at);
	ck_assert(!o.has_stop);
}

START_TEST(words)
{
	struct offset o = { 0 };

	begins("beginning", COMM_START_EARLIEST, 0);
	begins("earliest", COMM_START_EARLIEST, 0);
	begins("end", COMM_START_LATEST, 0);
	begins("latest", COMM_START_LATEST, 0);
	begins("stored", COMM_START_DEFAULT, 0);
	ck_assert_int_eq(offset_parse("stored", &o), 0);
	ck_assert(o.is_stored);
	ck_assert_int_eq(offset_parse("end", &o), 0);
	ck_assert(!o.is_stored);
}
END_TEST

START_TEST(numbers)
{
	begins("0", COMM_START_OFFSET, 0);
	begins("9223372036854775807", COMM_START_OFFSET, INT64_MAX);
	begins("-10", COMM_START_TAIL, 10);
	begins("s@1700000000123", COMM_START_TIME, 1700000000123);
}
END_TEST

START_TEST(dates)
{
	begins("@1970-01-01T00:00Z", COMM_START_TIME, 0);
	begins("@2026-01-31T08:00:00Z", COMM_START_TIME, 1769846400000);
	begins("@2026-01-31T08:00:00.5Z", COMM_START_TIME, 1769846400500);
	begins("@2026-01-31T08:00:00.1239Z", COMM_START_TIME, 1769846400123);
	begins("@2026-01-31T10:00+02:00", COMM_START_TIME, 1769846400000);
	begins("@2026-01-31T05:30-0230", COMM_START_TIME, 1769846400000);
	begins("@2024-02-29T00:00Z", COMM_START_TIME, 1709164800000);
}
END_TEST

START_TEST(a_date_without_zone_is_local)
{
	ck_assert_int_eq(setenv("TZ", "CET-1", 1), 0);
	tzset();
	begins("@2026-01-31T09:00", COMM_START_TIME, 1769846400000);
	begins("@2026-01-31 09:00:00", COMM_START_TIME, 1769846400000);
	begins("@2026-01-31", COMM_START_TIME, 1769814000000);
}
END_TEST

START_TEST(a_stop_goes_with_a_begin)
{
	struct offset o = { 0 };

	ck_assert_int_eq(offset_parse("s@1000", &o), 0);
	ck_assert_int_eq(offset_parse("e@2000", &o), 0);
	ck_assert_int_eq(o.start, COMM_START_TIME);
	ck_assert_int_eq(o.at, 1000);
	ck_assert(o.has_stop);
	ck_assert_int_eq(o.stop_ms, 2000);
}
END_TEST

START_TEST(anything_else_is_refused)
{
	static const char *const wrong[] = {
		"",
		"begin",
		"-",
		"--1",
		"+1",
		" 1",
		"1x",
		"s@",
		"s@x",
		"s@-1",
		"e@",
		"@",
		"@now",
		"@2026",
		"@2026-1-31",
		"@2026-13-01",
		"@2026-00-01",
		"@2026-01-00",
		"@2026-02-30T00:00Z",
		"@2023-02-29T00:00Z",
		"@2026-01-31T24:00Z",
		"@2026-01-31T08:60Z",
		"@2026-01-31T08",
		"@2026-01-31T08:00:",
		"@2026-01-31T08:00:00.Z",
		"@2026-01-31T08:00Zx",
		"@2026-01-31T08:00+2",
		"@1969-12-31T23:59Z",
		"9223372036854775808",
	};
	const struct offset zero = { 0 };
	struct offset o = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		ck_assert_msg(offset_parse(wrong[i], &o) == -EINVAL, "'%s' is taken", wrong[i]);
		ck_assert_msg(o.start == zero.start && o.at == zero.at && !o.has_stop,
			      "'%s' is half taken", wrong[i]);
	}
}
END_TEST

TEST_MAIN("commctl offsets", words, numbers, dates, a_date_without_zone_is_local,
	  a_stop_goes_with_a_begin, anything_else_is_refused)

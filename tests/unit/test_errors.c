#include "proto/error_table.h"
#include "proto/errors.h"

#include <ctype.h>
#include <string.h>

#include "proto/utf8.h"
#include "tests/lib/main.h"

/* Programs keep these numbers in their sources and logs: append only. */
static const struct {
	const char *name;
	bool retriable;
} published[] = {
	{ NULL, false },
	{ "COMM_EPROTOCOL", false },
	{ "COMM_ENO_METHOD", false },
	{ "COMM_EBAD_PARAMS", false },
	{ "COMM_EBAD_VALUE", false },
	{ "COMM_ENO_PROFILE", false },
	{ "COMM_EBAD_PROFILE", false },
	{ "COMM_ETOPIC_QUERY", true },
	{ "COMM_ETOPIC_CREATE", false },
	{ "COMM_ETOPIC_DELETE", false },
	{ "COMM_ETOPIC_UNAVAILABLE", false },
	{ "COMM_ETOO_BIG", false },
	{ "COMM_EBROKER", true },
	{ "COMM_ESEND", false },
	{ "COMM_ERECEIVE", true },
	{ "COMM_ENO_SUBSCRIPTION", false },
	{ "COMM_ESTALE", false },
	{ "COMM_EBUSY", true },
	{ "COMM_EDENIED", false },
	{ "COMM_ESHUTDOWN", true },
	{ "COMM_EINTERNAL", false },
	{ "COMM_ENOT_RUNNING", true },
	{ "COMM_ETIMEOUT", true },
	{ "COMM_EAGAIN", true },
	{ "COMM_EUNKNOWN_OUTCOME", false },
	{ "COMM_ENO_MEMORY", true },
	{ "COMM_EINVALID", false },
};

START_TEST(published_errors_keep_number_and_name)
{
	for (int code = 1; code < (int)ARRAY_SIZE(published); code++) {
		const struct comm_error_info *e = comm_error_find(code);

		ck_assert_msg(e, "%d", code);
		ck_assert_int_eq(e->code, code);
		ck_assert_str_eq(e->name, published[code].name);
		ck_assert_msg(e->retriable == published[code].retriable, "%s", e->name);
	}
	ck_assert_int_eq(COMM_EPROTOCOL, 1);
	ck_assert_int_eq(COMM_EINVALID, 26);
}
END_TEST

START_TEST(numbers_follow_each_other)
{
	for (int code = 1; code < COMM_ERROR_LAST; code++)
		ck_assert_msg(comm_error_find(code), "%d", code);
}
END_TEST

START_TEST(unknown_numbers_are_not_found)
{
	ck_assert_ptr_null(comm_error_find(COMM_OK));
	ck_assert_ptr_null(comm_error_find(-1));
	ck_assert_ptr_null(comm_error_find(COMM_ERROR_LAST));
}
END_TEST

START_TEST(each_error_says_what_it_is)
{
	for (int code = 1; code < COMM_ERROR_LAST; code++) {
		const struct comm_error_info *e = comm_error_find(code);
		size_t len = strlen(e->sentence);

		ck_assert_msg(!strncmp(e->name, "COMM_E", 6), "%s", e->name);
		ck_assert_msg(len > 10 && len < 100, "%s", e->name);
		ck_assert_msg(islower((unsigned char)*e->sentence), "%s", e->sentence);
		ck_assert_msg(e->sentence[len - 1] != '.', "%s", e->sentence);
		ck_assert(comm_utf8_is_valid(comm_bytes_of(e->sentence)));
		for (int other = 1; other < code; other++) {
			ck_assert_str_ne(comm_error_find(other)->name, e->name);
			ck_assert_str_ne(comm_error_find(other)->sentence, e->sentence);
		}
	}
}
END_TEST

TEST_MAIN("errors", published_errors_keep_number_and_name, numbers_follow_each_other,
	  unknown_numbers_are_not_found, each_error_says_what_it_is)

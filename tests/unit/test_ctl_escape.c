/* Delimiters and the text of formats are written with escapes on the command line. */

#include "client/commctl/escape.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/main.h"

static void parses_to(const char *text, const char *wanted, size_t wanted_len)
{
	char bytes[64];
	size_t len = 0;

	ck_assert_int_eq(escape_parse(text, strlen(text), bytes, &len), 0);
	ck_assert_uint_eq(len, wanted_len);
	ck_assert_mem_eq(bytes, wanted, len);
}

START_TEST(text_without_escapes_stays_as_it_is)
{
	parses_to("", "", 0);
	parses_to(", ", ", ", 2);
	parses_to("\xc3\xbc", "\xc3\xbc", 2);
}
END_TEST

START_TEST(escapes_become_bytes)
{
	parses_to("\\n\\r\\t", "\n\r\t", 3);
	parses_to("a\\\\b", "a\\b", 3);
	parses_to("\\0", "\0", 1);
	parses_to("\\x00\\x1f\\xFf\\xa", "\0\x1f\xff\n", 4);
	parses_to("\\x41B", "AB", 2);
	parses_to("\\101\\0012",
		  "A\001"
		  "2",
		  3);
}
END_TEST

START_TEST(other_characters_stand_for_themselves)
{
	parses_to("\\:\\|", ":|", 2);
	parses_to("end\\", "end\\", 4);
}
END_TEST

START_TEST(only_as_much_as_allowed_is_read)
{
	char bytes[8];
	size_t len;

	ck_assert_int_eq(escape_parse("\\x412", 3, bytes, &len), 0);
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(bytes[0], 4);
}
END_TEST

START_TEST(numbers_that_are_no_byte_are_refused)
{
	char bytes[8];
	size_t len;

	ck_assert_int_eq(escape_parse("\\x", 2, bytes, &len), -EINVAL);
	ck_assert_int_eq(escape_parse("\\xg1", 4, bytes, &len), -EINVAL);
	ck_assert_int_eq(escape_parse("\\777", 4, bytes, &len), -EINVAL);
}
END_TEST

static void shows(const char *text, size_t len, const char *kept, const char *wanted)
{
	char *shown = escape_controls(text, len, kept);

	ck_assert_str_eq(shown, wanted);
	free(shown);
}

START_TEST(what_commands_a_terminal_is_shown_as_bytes)
{
	shows("a\33[2J\0\x7f", 7, "", "a\\x1b[2J\\x00\\x7f");
	shows("\xc2\x9b"
	      "2J\xc3\xa9",
	      6, "", "\\xc2\\x9b2J\xc3\xa9");
	shows("a\tb\r\n\0", 6, "\t\n", "a\tb\\x0d\n\\x00");
	shows(NULL, 0, "", "");
}
END_TEST

TEST_MAIN("commctl escapes", text_without_escapes_stays_as_it_is, escapes_become_bytes,
	  other_characters_stand_for_themselves, only_as_much_as_allowed_is_read,
	  numbers_that_are_no_byte_are_refused, what_commands_a_terminal_is_shown_as_bytes)

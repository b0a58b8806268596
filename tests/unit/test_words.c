#include "tests/lib/main.h"

#include "daemon/words.h"
#include "proto/errors.h"

static const struct word colours[] = { { "red", 1 }, { "green", 2 } };

START_TEST(a_word_has_its_value_and_nil_the_default)
{
	struct kafka_failure why;
	int value = 0;

	ck_assert_int_eq(words_find(colours, 2, comm_bytes_of("green"), 9, "colour", &value, &why),
			 0);
	ck_assert_int_eq(value, 2);
	ck_assert_int_eq(words_find(colours, 2, comm_bytes_of(NULL), 9, "colour", &value, &why), 0);
	ck_assert_int_eq(value, 9);
}
END_TEST

START_TEST(another_word_is_refused_with_those_that_are_allowed)
{
	struct kafka_failure why;
	int value = 7;

	ck_assert_int_eq(words_find(colours, 2, comm_bytes_of("blue"), 9, "colour", &value, &why),
			 COMM_EBAD_VALUE);
	ck_assert_int_eq(value, 7);
	ck_assert_int_eq(why.code, COMM_EBAD_VALUE);
	ck_assert_str_eq(why.detail, "colour");
	ck_assert_str_eq(why.message, "colour: \"blue\" is none of red, green");
}
END_TEST

TEST_MAIN("words", a_word_has_its_value_and_nil_the_default,
	  another_word_is_refused_with_those_that_are_allowed)

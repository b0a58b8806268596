#include "proto/utf8.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/main.h"

#define BYTES(literal) ((struct comm_bytes){ literal, sizeof(literal) - 1 })

START_TEST(text_is_valid)
{
	static const struct comm_bytes good[] = {
		{ "", 0 },
		{ NULL, 0 },
		{ "orders", 6 },
		{ "\x01\x7f", 2 },
		{ "\xc2\x80", 2 },         /* U+0080, the first of two bytes */
		{ "\xdf\xbf", 2 },         /* U+07FF */
		{ "\xe0\xa0\x80", 3 },     /* U+0800 */
		{ "\xed\x9f\xbf", 3 },     /* the last before the surrogates */
		{ "\xee\x80\x80", 3 },     /* the first after them */
		{ "\xef\xbf\xbf", 3 },     /* U+FFFF */
		{ "\xf0\x90\x80\x80", 4 }, /* U+10000 */
		{ "\xf4\x8f\xbf\xbf", 4 }, /* U+10FFFF, the last */
		{ "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", 11 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(comm_utf8_is_valid(good[i]), "good[%zu]", i);
}
END_TEST

START_TEST(other_bytes_are_not)
{
	static const struct comm_bytes bad[] = {
		{ "\x80", 1 },             /* a second byte alone */
		{ "\xbf", 1 },             /* likewise */
		{ "\xff", 1 },             /* never used */
		{ "\xfe", 1 },             /* never used */
		{ "\xc0\x80", 2 },         /* overlong NUL */
		{ "\xc1\xbf", 2 },         /* overlong U+007F */
		{ "\xe0\x9f\xbf", 3 },     /* overlong U+07FF */
		{ "\xf0\x8f\xbf\xbf", 4 }, /* overlong U+FFFF */
		{ "\xed\xa0\x80", 3 },     /* the first surrogate */
		{ "\xed\xbf\xbf", 3 },     /* the last surrogate */
		{ "\xf4\x90\x80\x80", 4 }, /* U+110000 */
		{ "\xf5\x80\x80\x80", 4 }, /* beyond it */
		{ "\xc3\x28", 2 },         /* no second byte */
		{ "\xe2\x28\xa1", 3 },     /* no second byte */
		{ "\xe2\x82\x28", 3 },     /* no third byte */
		{ "\xf0\x9f\x98\x28", 4 }, /* no fourth byte */
		{ "ok\xff", 3 },           /* at the end */
		{ "\0", 1 },               /* NUL */
		{ "a\0b", 3 },             /* NUL inside */
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!comm_utf8_is_valid(bad[i]), "bad[%zu]", i);
}
END_TEST

START_TEST(a_character_cut_short_is_not)
{
	struct comm_bytes euro = BYTES("\xe2\x82\xac"), smile = BYTES("\xf0\x9f\x98\x80");

	for (euro.len = 1; euro.len < 3; euro.len++)
		ck_assert(!comm_utf8_is_valid(euro));
	for (smile.len = 1; smile.len < 4; smile.len++)
		ck_assert(!comm_utf8_is_valid(smile));
}
END_TEST

START_TEST(text_is_cut_between_characters)
{
	struct comm_bytes text = BYTES("a\xe2\x82\xac\xf0\x9f\x98\x80z");
	static const size_t expected[] = { 0, 1, 1, 1, 4, 4, 4, 4, 8, 9, 9 };

	for (size_t max = 0; max < ARRAY_SIZE(expected); max++)
		ck_assert_uint_eq(comm_utf8_cut(text, max), expected[max]);
	ck_assert_uint_eq(comm_utf8_cut((struct comm_bytes){ NULL, 0 }, 5), 0);
}
END_TEST

START_TEST(what_is_no_text_is_cut_little)
{
	struct comm_bytes bytes = BYTES("\x80\x80\x80\x80\x80\x80");
	static const size_t expected[] = { 0, 0, 0, 0, 1, 2, 6 };

	for (size_t max = 0; max < ARRAY_SIZE(expected); max++)
		ck_assert_uint_eq(comm_utf8_cut(bytes, max), expected[max]);
}
END_TEST

/* Most text is looked at eight bytes at a time. */
START_TEST(every_place_of_long_text_is_looked_at)
{
	char text[24];
	const struct comm_bytes b = { text, sizeof text };

	for (size_t i = 0; i < sizeof text; i++) {
		memset(text, 'x', sizeof text);
		text[i] = '\x01';
		ck_assert(comm_utf8_is_valid(b));
		text[i] = '\x7f';
		ck_assert(comm_utf8_is_valid(b));
		text[i] = '\0';
		ck_assert(!comm_utf8_is_valid(b));
		text[i] = '\x80';
		ck_assert(!comm_utf8_is_valid(b));
		text[i] = '\xff';
		ck_assert(!comm_utf8_is_valid(b));
		if (i + 1 < sizeof text) {
			memcpy(text + i, "\xc3\xa9", 2);
			ck_assert(comm_utf8_is_valid(b));
		}
	}
}
END_TEST

START_TEST(text_that_is_not_is_mended)
{
	static const char *const texts[][2] = {
		{ "", "" },
		{ "a\xe2\x82\xac\xf0\x9f\x98\x80z", "a\xe2\x82\xac\xf0\x9f\x98\x80z" },
		{ "cut \xe2\x82", "cut ??" },
		{ "\xe2\x82 inside \xff", "?? inside ?" },
		{ "latin \xe9t\xe9", "latin ?t?" },
		{ "surrogate \xed\xa0\x80", "surrogate ???" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char text[32];

		(void)snprintf(text, sizeof text, "%s", texts[i][0]);
		comm_utf8_mend(text);
		ck_assert_str_eq(text, texts[i][1]);
	}
}
END_TEST

TEST_MAIN("utf8", text_is_valid, other_bytes_are_not, a_character_cut_short_is_not,
	  text_is_cut_between_characters, what_is_no_text_is_cut_little,
	  every_place_of_long_text_is_looked_at, text_that_is_not_is_mended)

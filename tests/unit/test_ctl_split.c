/* A stream cut into records comes out the same however its bytes arrive. */

#include "client/commctl/split.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/main.h"

#define MAX_FOR_TESTS 8

/* What came out, as text: [record], null, big, torn. */
static void append(char *text, enum split_result r, const struct piece *p)
{
	char *at = text + strlen(text);

	if (r == SPLIT_TOO_BIG)
		strcpy(at, "big ");
	else if (r == SPLIT_TORN)
		strcpy(at, "torn ");
	else if (!p->bytes)
		strcpy(at, "null ");
	else
		sprintf(at, "[%.*s] ", (int)p->len, p->bytes);
}

static void take_all(struct split *s, char *text)
{
	enum split_result r;
	struct piece p;

	while ((r = split_next(s, &p)) != SPLIT_MORE && r != SPLIT_END)
		append(text, r, &p);
	ck_assert_int_eq(r, s->is_ended ? SPLIT_END : SPLIT_MORE);
}

static void push(struct split *s, const char *bytes, size_t len)
{
	char *room = split_room(s, len);

	ck_assert_ptr_nonnull(room);
	memcpy(room, bytes, len);
	split_grew(s, len);
}

/* Cut @input, given in steps of every length, and compare. */
static void cuts(const char *delim, const char *input, size_t len, const char *wanted)
{
	for (size_t step = 1; step <= len + 1; step++) {
		char text[512] = "";
		struct split s;

		split_init(&s, delim, delim ? strlen(delim) : 0);
		s.max = MAX_FOR_TESTS;
		for (size_t i = 0; i < len; i += step) {
			push(&s, input + i, MIN(step, len - i));
			take_all(&s, text);
		}
		split_end(&s);
		take_all(&s, text);
		ck_assert_msg(!strcmp(text, wanted), "in steps of %zu: %s", step, text);
		split_fini(&s);
	}
}

#define CUTS(delim, input, wanted) cuts(delim, input, sizeof(input) - 1, wanted)

START_TEST(lines)
{
	CUTS("\n", "", "");
	CUTS("\n", "a\nbc\n", "[a] [bc] ");
	CUTS("\n", "a\nbc", "[a] [bc] ");
	CUTS("\n", "\n\na", "[] [] [a] ");
	CUTS("\n", "12345678\n12345678", "[12345678] [12345678] ");
}
END_TEST

START_TEST(a_delimiter_of_several_bytes)
{
	CUTS("--", "a-b--c---d", "[a-b] [c] [-d] ");
	CUTS("aab", "xaaabyaab", "[xa] [y] ");
	CUTS("--", "a-", "[a-] ");
}
END_TEST

START_TEST(a_line_too_long_is_told_once_and_passed_over)
{
	CUTS("\n", "a\n123456789\nb\n", "[a] big [b] ");
	CUTS("\n", "1234567890123456789012345678901234567890", "big ");
	CUTS("\n", "123456789\n123456789\n", "big big ");
	CUTS("--", "123456789-0--x--", "big [x] ");
}
END_TEST

START_TEST(frames)
{
	CUTS(NULL, "", "");
	CUTS(NULL, "\0\0\0\3a\nb\0\0\0\0\0\0\0\1c", "[a\nb] [] [c] ");
	CUTS(NULL, "\xff\xff\xff\xff\0\0\0\1c", "null [c] ");
	CUTS(NULL,
	     "\0\0\0\11"
	     "123456789\0\0\0\1c",
	     "big [c] ");
}
END_TEST

START_TEST(a_frame_cut_off_is_told)
{
	CUTS(NULL, "\0\0\0\1a\0\0", "[a] torn ");
	CUTS(NULL, "\0\0\0\3ab", "torn ");
	CUTS(NULL, "\0\1\0\0abc", "big ");
}
END_TEST

START_TEST(a_long_line_in_blocks)
{
	static char block[64 * 1024];
	struct split s;
	struct piece p;

	memset(block, 'x', sizeof block);
	split_init(&s, "\n", 1);
	for (int i = 0; i < 15; i++) {
		push(&s, block, sizeof block);
		ck_assert_int_eq(split_next(&s, &p), SPLIT_MORE);
	}
	push(&s, "\nrest", 5);
	ck_assert_int_eq(split_next(&s, &p), SPLIT_RECORD);
	ck_assert_uint_eq(p.len, 15 * sizeof block);
	split_end(&s);
	ck_assert_int_eq(split_next(&s, &p), SPLIT_RECORD);
	ck_assert_uint_eq(p.len, 4);
	split_fini(&s);
}
END_TEST

TEST_MAIN("commctl input", lines, a_delimiter_of_several_bytes,
	  a_line_too_long_is_told_once_and_passed_over, frames, a_frame_cut_off_is_told,
	  a_long_line_in_blocks)

/* Received records, printed by a format with kcat's tokens. */

#include "client/commctl/format.h"

#include <errno.h>
#include <string.h>

#include "client/commctl/out.h"
#include "tests/lib/main.h"

static const struct comm_header headers[] = { { "a", "1", 1 }, { "b", NULL, 0 }, { "c", "", 0 } };

static const struct comm_record full = {
	.value = "va\0ue",
	.value_len = 5,
	.key = "key",
	.key_len = 3,
	.headers = headers,
	.n_headers = 3,
	.partition = 7,
	.timestamp_ms = 1700000000123,
	.topic = "orders",
	.offset = 1234567890123,
};

static const struct comm_record bare = { .timestamp_ms = -1, .topic = "t" };

static void print(struct format *f, const struct comm_record *record, const char *wanted,
		  size_t wanted_len)
{
	struct out out;

	out_init(&out, -1);
	format_write(f, record, &out);
	ck_assert_uint_eq(out.len, wanted_len);
	if (wanted_len)
		ck_assert_mem_eq(out.data, wanted, wanted_len);
	out_fini(&out);
	format_fini(f);
}

static void prints(const char *text, const struct comm_record *record, const char *wanted,
		   size_t wanted_len)
{
	const char *wrong = NULL;
	struct format f;

	ck_assert_msg(format_parse(text, &f, &wrong) == 0, "%s: not understood: %s", text, wrong);
	print(&f, record, wanted, wanted_len);
}

#define PRINTS(text, record, wanted) prints(text, record, wanted, sizeof(wanted) - 1)

START_TEST(every_token)
{
	PRINTS("%s", &full, "va\0ue");
	PRINTS("%S", &full, "5");
	PRINTS("%R%s", &full, "\0\0\0\5va\0ue");
	PRINTS("%k", &full, "key");
	PRINTS("%K", &full, "3");
	PRINTS("%t", &full, "orders");
	PRINTS("%p", &full, "7");
	PRINTS("%o", &full, "1234567890123");
	PRINTS("%T", &full, "1700000000123");
	PRINTS("%h", &full, "a=1,b=NULL,c=");
	PRINTS("%%", &full, "%");
}
END_TEST

START_TEST(what_a_record_does_not_have)
{
	PRINTS("[%s][%k][%h]", &bare, "[][][]");
	PRINTS("%S %K %T", &bare, "-1 -1 -1");
	PRINTS("%R%s", &bare, "\xff\xff\xff\xff");
}
END_TEST

START_TEST(text_between_tokens)
{
	PRINTS("Topic %t [%p] at %o: %k\\n", &full, "Topic orders [7] at 1234567890123: key\n");
	PRINTS("100%%%K\\x00\\t", &full, "100%3\0\t");
	PRINTS("%k\\x25s", &full, "key%s");
	PRINTS("", &full, "");
}
END_TEST

START_TEST(value_and_delimiter)
{
	struct format f;

	ck_assert_int_eq(format_delimited("\0;", 2, &f), 0);
	print(&f, &full, "va\0ue\0;", 7);
}
END_TEST

START_TEST(a_value_does_nothing_to_a_terminal)
{
	static const char value[] = "a\tb\n\33[2Jc\r";
	const struct comm_record record = { .value = value, .value_len = sizeof value - 1 };
	struct format f;

	ck_assert_int_eq(format_for_terminal(&f), 0);
	print(&f, &record, "a\tb\n\\x1b[2Jc\\x0d\n", 17);
	ck_assert_int_eq(format_for_terminal(&f), 0);
	print(&f, &bare, "\n", 1);
}
END_TEST

START_TEST(what_is_wrong_is_pointed_at)
{
	static const char *const wrong[][2] = {
		{ "%s %q!", "%q!" }, { "%", "%" }, { "a%", "%" }, { "%s\\xzz%k", "\\xzz%k" }
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *at = NULL;
		struct format f;

		ck_assert_int_eq(format_parse(wrong[i][0], &f, &at), -EINVAL);
		ck_assert_str_eq(at, wrong[i][1]);
	}
}
END_TEST

TEST_MAIN("commctl formats", every_token, what_a_record_does_not_have, text_between_tokens,
	  value_and_delimiter, a_value_does_nothing_to_a_terminal, what_is_wrong_is_pointed_at)

/* Records as JSON: whatever their bytes are, they can be had back. */

#include "client/commctl/json.h"

#include <string.h>

#include "client/commclient.h"
#include "client/commctl/out.h"
#include "tests/lib/main.h"

static void prints(const struct comm_record *record, const char *wanted)
{
	struct out out;

	out_init(&out, -1);
	json_print_record(record, &out);
	out_push(&out, "", 1);
	ck_assert_str_eq(out.data, wanted);
	out_fini(&out);
}

START_TEST(text_is_text)
{
	const struct comm_header headers[] = { { "n", "v", 1 }, { "none", NULL, 0 } };
	const struct comm_record r = {
		.value = "\"h\xc3\xbcllo\\\n",
		.value_len = 9,
		.key = "k",
		.key_len = 1,
		.headers = headers,
		.n_headers = 2,
		.partition = 3,
		.timestamp_ms = 1700000000123,
		.topic = "t",
		.offset = 42,
	};

	prints(&r, "{\"topic\":\"t\",\"partition\":3,\"offset\":42,\"tstype\":\"unknown\","
		   "\"ts\":1700000000123,\"headers\":[\"n\",\"v\",\"none\",null],"
		   "\"key\":\"k\",\"payload\":\"\\\"h\xc3\xbcllo\\\\\\n\"}\n");
}
END_TEST

START_TEST(null_is_null_and_empty_is_empty)
{
	const struct comm_record r = { .key = "", .timestamp_ms = -1, .topic = "t" };

	prints(&r, "{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"tstype\":\"unknown\",\"ts\":-1,"
		   "\"headers\":[],\"key\":\"\",\"payload\":null}\n");
}
END_TEST

START_TEST(other_bytes_are_base64)
{
	const struct comm_header headers[] = { { "h", "\xff", 1 } };
	const struct comm_record r = {
		.value = "\xff\xfe\xfd\xfc",
		.value_len = 4,
		.key = "\x80\x81",
		.key_len = 2,
		.headers = headers,
		.n_headers = 1,
		.timestamp_ms = -1,
		.topic = "t",
	};

	prints(&r, "{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"tstype\":\"unknown\",\"ts\":-1,"
		   "\"headers\":[\"h\",{\"base64\":\"/w==\"}],\"key\":\"gIE=\","
		   "\"key_enc\":\"base64\",\"payload\":\"//79/A==\",\"enc\":\"base64\"}\n");
}
END_TEST

START_TEST(a_nul_is_text_as_well)
{
	const struct comm_record r = {
		.value = "a\0b", .value_len = 3, .timestamp_ms = -1, .topic = "t"
	};

	prints(&r, "{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"tstype\":\"unknown\",\"ts\":-1,"
		   "\"headers\":[],\"key\":null,\"payload\":\"a\\u0000b\"}\n");
}
END_TEST

TEST_MAIN("commctl json", text_is_text, null_is_null_and_empty_is_empty, other_bytes_are_base64,
	  a_nul_is_text_as_well)

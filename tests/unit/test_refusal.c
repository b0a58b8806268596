#include "proto/codec.h"

#include <stdio.h>
#include <string.h>

#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/lib/opened.h"

struct refusal {
	const char *method, *params_hex;
	int code;
	const char *detail, *message;
};

static void check_refusals(const struct refusal *refusals, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct refusal *e = &refusals[i];
		_cleanup_opened_ struct opened m = { 0 };

		ck_assert_msg(opened_params(&m, e->method, e->params_hex) == e->code, "%s",
			      e->message);
		ck_assert_str_eq(m.why.detail, e->detail);
		ck_assert_str_eq(m.why.message, e->message);
	}
}

START_TEST(bad_parameters_are_named)
{
	static const struct refusal refusals[] = {
		{ "ping", "91 01", COMM_EBAD_PARAMS, "", "1 fields where at most 0 are known" },
		{ "ping", "c0", COMM_EBAD_PARAMS, "", "an array of 0 fields expected, not nil" },
		{ "ping", "81 c0 c0", COMM_EBAD_PARAMS, "",
		  "an array of 0 fields expected, not a map" },
		{ "send", "90", COMM_EBAD_PARAMS, "topic", "topic: is missing" },
		{ "send", "91 a174", COMM_EBAD_PARAMS, "records", "records: is missing" },
		{ "send", "92 c0 90", COMM_EBAD_PARAMS, "topic", "topic: must not be nil" },
		{ "send", "92 a174 c0", COMM_EBAD_PARAMS, "records", "records: must not be nil" },
		{ "subscribe", "90", COMM_EBAD_PARAMS, "group",
		  "group: is missing; it may be nil" },
		{ "send", "92 01 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not an integer" },
		{ "send", "92 ff 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not an integer" },
		{ "send", "92 c3 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not a boolean" },
		{ "send", "92 ca00000000 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not a float" },
		{ "send", "92 cb0000000000000000 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not a float" },
		{ "send", "92 90 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not an array" },
		{ "send", "92 80 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not a map" },
		{ "send", "92 c40174 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not bytes" },
		{ "send", "92 d40074 90", COMM_EBAD_PARAMS, "topic",
		  "topic: a string expected, not an extension type" },
		{ "send", "92 a174 a176", COMM_EBAD_PARAMS, "records",
		  "records: an array expected, not a string" },
		{ "receive", "91 a131", COMM_EBAD_PARAMS, "subscription",
		  "subscription: an integer expected, not a string" },
		{ "receive", "92 01 cb3ff0000000000000", COMM_EBAD_PARAMS, "max_records",
		  "max_records: an integer expected, not a float" },
		{ "receive", "95 01 c0 c0 c0 01", COMM_EBAD_PARAMS, "until_end",
		  "until_end: true or false expected, not an integer" },
	};

	check_refusals(refusals, ARRAY_SIZE(refusals));
}
END_TEST

START_TEST(bad_values_are_named)
{
	static const struct refusal refusals[] = {
		{ "send", "92 a1ff 90", COMM_EBAD_VALUE, "topic", "topic: not valid UTF-8" },
		{ "send", "92 c401ff 90", COMM_EBAD_VALUE, "topic", "topic: not valid UTF-8" },
		{ "send", "92 a3610062 90", COMM_EBAD_VALUE, "topic", "topic: not valid UTF-8" },
		{ "receive", "91 cf8000000000000000", COMM_EBAD_VALUE, "subscription",
		  "subscription: an integer beyond +-9223372036854775807" },
		{ "receive", "91 cfffffffffffffffff", COMM_EBAD_VALUE, "subscription",
		  "subscription: an integer beyond +-9223372036854775807" },
		{ "receive", "91 d38000000000000000", COMM_EBAD_VALUE, "subscription",
		  "subscription: an integer beyond +-9223372036854775807" },
		{ "send", "92 a174 91 01", COMM_EBAD_VALUE, "records[0].value",
		  "records[0].value: bytes (bin or str) expected, not an integer" },
		{ "send", "92 a174 92 a0 80", COMM_EBAD_VALUE, "records[1].value",
		  "records[1].value: bytes (bin or str) expected, not a map" },
		{ "send", "92 a174 91 90", COMM_EBAD_VALUE, "records[0].value",
		  "records[0].value: is missing; it may be nil" },
		{ "send", "92 a174 94 a0 a0 a0 92a0c3", COMM_EBAD_VALUE, "records[3].key",
		  "records[3].key: bytes (bin or str) expected, not a boolean" },
		{ "send", "92 a174 91 93a0a001", COMM_EBAD_VALUE, "records[0].headers",
		  "records[0].headers: an array expected, not an integer" },
		{ "send", "92 a174 91 93a0a0 92 92a0a0 92a001", COMM_EBAD_VALUE,
		  "records[0].headers[1].value",
		  "records[0].headers[1].value: bytes (bin or str) expected, not an integer" },
		{ "send", "92 a174 91 93a0a0 91 91a0", COMM_EBAD_VALUE,
		  "records[0].headers[0].value",
		  "records[0].headers[0].value: is missing; it may be nil" },
		{ "send", "92 a174 91 93a0a0 91 92a1fea0", COMM_EBAD_VALUE,
		  "records[0].headers[0].name", "records[0].headers[0].name: not valid UTF-8" },
		{ "send", "92 a174 91 94a0a090a133", COMM_EBAD_VALUE, "records[0].partition",
		  "records[0].partition: an integer expected, not a string" },
		{ "subscribe", "92 c0 92 a161 c0", COMM_EBAD_VALUE, "topics[1].topic",
		  "topics[1].topic: must not be nil" },
		{ "ack", "92 01 91 93a17400c0", COMM_EBAD_VALUE, "positions[0].offset",
		  "positions[0].offset: must not be nil" },
	};

	check_refusals(refusals, ARRAY_SIZE(refusals));
}
END_TEST

/* The number of fields in these sentences grows with the schema. */
START_TEST(items_of_the_wrong_size_are_named)
{
	size_t n_position = comm_messages[COMM_MESSAGE_wire_position].n_fields;
	size_t n_record = comm_messages[COMM_MESSAGE_wire_record].n_fields;
	_cleanup_opened_ struct opened item = { 0 }, record = { 0 };
	char expected[128], hex[256];

	ck_assert_int_eq(opened_params(&item, "ack", "92 01 91 a1 78"), COMM_EBAD_VALUE);
	ck_assert_str_eq(item.why.detail, "positions[0]");
	snprintf(expected, sizeof expected,
		 "positions[0]: an array of %zu fields expected, not a string", n_position);
	ck_assert_str_eq(item.why.message, expected);

	snprintf(hex, sizeof hex, "92 a174 92 a0 %02zx %.*s", 0x91 + n_record,
		 (int)(2 * (n_record + 1)), "c0c0c0c0c0c0c0c0c0c0c0c0c0c0");
	ck_assert_int_eq(opened_params(&record, "send", hex), COMM_EBAD_VALUE);
	ck_assert_str_eq(record.why.detail, "records[1]");
	snprintf(expected, sizeof expected, "records[1]: %zu fields where at most %zu are known",
		 n_record + 1, n_record);
	ck_assert_str_eq(record.why.message, expected);
}
END_TEST

static int open_settings(struct opened *m, size_t n)
{
	char hex[4096] = "94 a174 c0 c0 dc ";
	size_t len = strlen(hex);

	len += (size_t)snprintf(hex + len, sizeof hex - len, "%04zx", n);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(hex + len, sizeof hex - len, "92 a173 a176");
	return opened_params(m, "create_topic", hex);
}

START_TEST(lists_have_a_limit)
{
	_cleanup_opened_ struct opened most = { 0 }, more = { 0 };

	ck_assert_int_eq(open_settings(&most, COMM_SETTINGS_MAX), 0);
	ck_assert_uint_eq(most.as.create_topic_params.settings.n, COMM_SETTINGS_MAX);
	ck_assert_int_eq(open_settings(&more, COMM_SETTINGS_MAX + 1), COMM_EBAD_VALUE);
	ck_assert_str_eq(more.why.detail, "settings");
	ck_assert_str_eq(more.why.message, "settings: 129 items; at most 128 are allowed");
}
END_TEST

static int open_method(struct opened *m, const char *method_hex)
{
	char hex[512] = "94 00 07 ";

	strcat(hex, method_hex);
	strcat(hex, "90");
	return opened_init(m, hex_read(hex));
}

START_TEST(a_method_has_a_name)
{
	static const char *const wrong[] = { "01", "c0", "90", "a2c328", "a26100" };
	_cleanup_opened_ struct opened longest = { 0 }, longer = { 0 };
	char hex[256] = "d940";

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_opened_ struct opened m = { 0 };

		ck_assert_msg(open_method(&m, wrong[i]) == COMM_EPROTOCOL, "%s", wrong[i]);
		ck_assert_str_eq(m.why.detail, "");
		ck_assert_str_eq(m.why.message,
				 "the method's name must be a string of at most 64 bytes");
	}
	memset(hex + 4, '6', 2 * COMM_METHOD_NAME_MAX);
	ck_assert_int_eq(open_method(&longest, hex), 0);
	ck_assert_uint_eq(longest.envelope.method.len, COMM_METHOD_NAME_MAX);
	memset(hex + 4, '6', 2 * (COMM_METHOD_NAME_MAX + 1));
	hex[3] = '1';
	ck_assert_int_eq(open_method(&longer, hex), COMM_EPROTOCOL);
}
END_TEST

TEST_MAIN("refusal", bad_parameters_are_named, bad_values_are_named,
	  items_of_the_wrong_size_are_named, lists_have_a_limit, a_method_has_a_name)

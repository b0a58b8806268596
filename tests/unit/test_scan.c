#include "proto/scan.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/hex.h"
#include "tests/lib/main.h"
#include "tests/unit/golden.h"

/* As of bytes that lie in a buffer of exactly their length: reading beyond is a fault. */
static enum comm_scan_result scan_first(struct comm_scan *s, const struct hex_bytes *b, size_t len)
{
	_cleanup_hex_ struct hex_bytes part = hex_copy(b->data, len);

	return comm_scan(s, part.data, part.len);
}

static void expect_same(const struct comm_scan *a, const struct comm_scan *b)
{
	ck_assert_uint_eq(a->pos, b->pos);
	ck_assert_int_eq(a->has_type, b->has_type);
	ck_assert_int_eq(a->type, b->type);
	ck_assert_int_eq(a->has_id, b->has_id);
	ck_assert_uint_eq(a->id, b->id);
}

/* At once and byte by byte, the answer is the same; *@ret is how it ends. */
static enum comm_scan_result scan_both(const struct hex_bytes *b, size_t limit,
				       struct comm_scan *ret)
{
	enum comm_scan_result at_once, by_bytes = COMM_SCAN_MORE;
	struct comm_scan s;

	comm_scan_start(ret, limit);
	at_once = scan_first(ret, b, b->len);
	comm_scan_start(&s, limit);
	for (size_t len = 0; len <= b->len && by_bytes == COMM_SCAN_MORE; len++)
		by_bytes = scan_first(&s, b, len);
	ck_assert_int_eq(at_once, by_bytes);
	expect_same(ret, &s);
	return at_once;
}

static void expect(const char *hex, enum comm_scan_result expected)
{
	_cleanup_hex_ struct hex_bytes b = hex_read(hex);
	struct comm_scan s;

	ck_assert_msg(scan_both(&b, COMM_MESSAGE_MAX, &s) == expected, "%s", hex);
	if (expected == COMM_SCAN_MESSAGE)
		ck_assert_uint_eq(s.pos, b.len);
}

START_TEST(a_message_may_be_cut_anywhere)
{
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_hex_ struct hex_bytes b = hex_read(goldens[i].hex);

		for (size_t cut = 0; cut < b.len; cut++) {
			struct comm_scan s;

			comm_scan_start(&s, COMM_MESSAGE_MAX);
			ck_assert_int_eq(scan_first(&s, &b, cut), COMM_SCAN_MORE);
			ck_assert_int_eq(scan_first(&s, &b, b.len), COMM_SCAN_MESSAGE);
			ck_assert_uint_eq(s.pos, b.len);
		}
	}
}
END_TEST

START_TEST(messages_come_byte_by_byte)
{
	static const enum comm_type types[] = {
		[GOLDEN_REQUEST] = COMM_REQUEST,
		[GOLDEN_NOTIFICATION] = COMM_NOTIFICATION,
		[GOLDEN_RESULT] = COMM_RESPONSE,
		[GOLDEN_ERROR] = COMM_RESPONSE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_hex_ struct hex_bytes b = hex_read(goldens[i].hex);
		struct comm_scan s;

		ck_assert_int_eq(scan_both(&b, COMM_MESSAGE_MAX, &s), COMM_SCAN_MESSAGE);
		ck_assert_uint_eq(s.pos, b.len);
		ck_assert(s.has_type);
		ck_assert_int_eq(s.type, types[goldens[i].kind]);
		ck_assert_int_eq(s.has_id, goldens[i].kind != GOLDEN_NOTIFICATION);
		ck_assert_uint_eq(s.id, goldens[i].id);
	}
}
END_TEST

START_TEST(it_stops_at_the_end_of_the_first_message)
{
	_cleanup_hex_ struct hex_bytes b = hex_read("94 00 01 a4 70696e67 90  94 00 02 a4 7069");
	struct comm_scan s;

	comm_scan_start(&s, COMM_MESSAGE_MAX);
	ck_assert_int_eq(scan_first(&s, &b, b.len), COMM_SCAN_MESSAGE);
	ck_assert_uint_eq(s.pos, 9);
	ck_assert_uint_eq(s.id, 1);
}
END_TEST

START_TEST(every_kind_of_value_is_passed_over)
{
	expect("94 00 01 a1 6d 94 c0 c2 c3 7f", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 92 e0 ff", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 94 cc ff cd ffff ce ffffffff cf ffffffffffffffff",
	       COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 94 d0 80 d1 8000 d2 80000000 d3 8000000000000000",
	       COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 92 ca 7fc00000 cb 7ff0000000000000", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 94 a0 d9 00 da 0000 db 00000000", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 d9 01 61 da 0001 61 db 00000001 61", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 c4 01 61 c5 0001 61 c6 00000001 61", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 c4 00 c5 0000 c6 00000000", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 c7 00 05 c8 0001 05 61 c9 00000002 05 6161", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 d4 05 61 d5 05 6161 d6 05 61616161", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 91 d7 05 6161616161616161", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 91 d8 05 61616161616161616161616161616161", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 90 dc 0000 dd 00000000", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 80 de 0000 df 00000000", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 dc 0001 c0 dd 00000001 c0 91 c0", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 93 81 c0 c0 de 0001 c0 c0 df 00000001 c0 c0", COMM_SCAN_MESSAGE);
	/* Containers that are both empty and the last value close all those around them. */
	expect("94 00 01 a1 6d 91 92 c0 91 91 90", COMM_SCAN_MESSAGE);
}
END_TEST

START_TEST(heads_may_be_wider_than_needed)
{
	expect("dc 0004 cc 00 cd 0001 d9 04 70696e67 dd 00000000", COMM_SCAN_MESSAGE);
	expect("dd 00000003 d0 02 db 00000004 70696e67 dc 0000", COMM_SCAN_MESSAGE);
}
END_TEST

static void expect_id(const char *hex, uint64_t id)
{
	_cleanup_hex_ struct hex_bytes b = hex_read(hex);
	struct comm_scan s;

	ck_assert_int_eq(scan_both(&b, COMM_MESSAGE_MAX, &s), COMM_SCAN_MESSAGE);
	ck_assert(s.has_id);
	ck_assert_uint_eq(s.id, id);
}

START_TEST(an_id_may_be_any_unsigned_number)
{
	expect_id("94 00 00 a1 6d 90", 0);
	expect_id("94 00 7f a1 6d 90", 127);
	expect_id("94 00 cc ff a1 6d 90", 255);
	expect_id("94 00 cd ffff a1 6d 90", 65535);
	expect_id("94 00 ce ffffffff a1 6d 90", UINT32_MAX);
	expect_id("94 00 cf ffffffffffffffff a1 6d 90", UINT64_MAX);
	/* Written as a signed one by clients that write every number so. */
	expect_id("94 00 d0 7f a1 6d 90", 127);
	expect_id("94 00 d1 7fff a1 6d 90", 32767);
	expect_id("94 00 d2 00000001 a1 6d 90", 1);
	expect_id("94 00 d3 7fffffffffffffff a1 6d 90", INT64_MAX);
	expect_id("94 d0 01 d0 05 c0 90", 5);
}
END_TEST

START_TEST(anything_else_is_not_rpc)
{
	static const char *const bytes[] = {
		"47455420",          /* GET */
		"16030100",          /* a TLS hello */
		"7b",                /* JSON */
		"c0",                /* nil */
		"a0",                /* a string */
		"90",                /* arrays of the wrong size */
		"92 00 01",          /* likewise */
		"95 00 01 a1 6d 90", /* likewise */
		"dc 0005",           /* likewise */
		"82 00 01 02 03",    /* a map of two pairs has four values too */
		"83",                /* a map */
		"de 0002",           /* likewise */
		"df 00000002",       /* likewise */
		"94 03",             /* unknown type */
		"94 cc 80",          /* likewise */
		"94 ff",             /* negative */
		"94 d0 ff",          /* likewise */
		"94 a1 30",          /* a string */
		"94 c0",             /* nil */
		"94 ca 00000000",    /* a float */
		"94 90",             /* an array */
		"93 00",             /* a request of three */
		"93 01",             /* a response of three */
		"94 02",             /* a notification of four */
		"94 00 ff",          /* a negative id */
		"94 00 d3 8000000000000000",
		"94 00 c0",    /* no id */
		"94 00 a1 31", /* a string for an id */
		"94 00 cb 3ff0000000000000",
		"94 00 91 01",
		"94 01 c0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
		expect(bytes[i], COMM_SCAN_NOT_RPC);
}
END_TEST

START_TEST(the_reserved_byte_is_refused)
{
	expect("c1", COMM_SCAN_RESERVED);
	expect("94 c1", COMM_SCAN_RESERVED);
	expect("94 00 c1", COMM_SCAN_RESERVED);
	expect("94 00 01 c1", COMM_SCAN_RESERVED);
	expect("94 00 01 a1 6d 92 c0 c1", COMM_SCAN_RESERVED);
	/* As part of a value it is a byte like others. */
	expect("94 00 01 a1 6d 92 a1 c1 cc c1", COMM_SCAN_MESSAGE);
}
END_TEST

START_TEST(eight_levels_are_the_deepest)
{
	expect("94 00 01 a1 6d 91 91 91 91 91 91 90", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 91 91 91 91 91 91 91", COMM_SCAN_MORE);
	expect("94 00 01 a1 6d 91 91 91 91 91 91 91 c0", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 91 91 91 91 91 91 91 a0", COMM_SCAN_MESSAGE);
	expect("94 00 01 a1 6d 91 91 91 91 91 91 91 90", COMM_SCAN_TOO_DEEP);
	expect("94 00 01 a1 6d 91 91 91 91 91 91 91 91", COMM_SCAN_TOO_DEEP);
	expect("94 00 01 a1 6d 81c0 81c0 81c0 81c0 81c0 81c0 81c0 80", COMM_SCAN_TOO_DEEP);
	expect("94 00 01 a1 6d 91 91 91 91 91 91 91 df 00000000", COMM_SCAN_TOO_DEEP);
}
END_TEST

START_TEST(counts_that_cannot_fit_are_refused_at_once)
{
	expect("94 00 01 a1 6d dd ffffffff", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d df ffffffff", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d df 80000000", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d df 7fffffff", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d dd 01000000", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d dd 00ffff00", COMM_SCAN_TOO_MANY);
	expect("94 00 01 a1 6d df 00040000", COMM_SCAN_TOO_MANY);
	expect("94 00 01 db ffffffff", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d 91 c6 ffffffff", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d 91 c9 ffffffff", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d 91 db 01000000", COMM_SCAN_TOO_BIG);
	expect("94 00 01 a1 6d 91 db 00fffff0", COMM_SCAN_MORE);
}
END_TEST

START_TEST(a_message_may_be_as_long_as_the_limit)
{
	static const char *const messages[] = {
		"94 00 01 a1 6d 91 a4 61616161",
		"94 00 01 a1 6d 91 c4 04 61616161",
		"94 00 01 a1 6d 93 c0 c0 c0",
		"94 00 01 a1 6d 91 81 c0 c0",
		"94 00 01 a1 6d 91 cf 0000000000000000",
		"94 00 01 a1 6d 91 d7 00 0000000000000000",
		"94 00 01 a1 6d 91 91 90",
		"94 00 01 a1 6d dd 00000000",
	};

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		_cleanup_hex_ struct hex_bytes b = hex_read(messages[i]);
		struct comm_scan s;

		ck_assert_int_eq(scan_both(&b, b.len, &s), COMM_SCAN_MESSAGE);
		for (size_t limit = 0; limit < b.len; limit++)
			ck_assert_int_eq(scan_both(&b, limit, &s), COMM_SCAN_TOO_BIG);
	}
}
END_TEST

static size_t write_nils(char *out, size_t n)
{
	static const char start[] = "\x94\x00\x01\xa1m\xdd";

	memcpy(out, start, sizeof start - 1);
	for (int i = 0; i < 4; i++)
		out[sizeof start - 1 + i] = (char)(n >> (24 - 8 * i));
	memset(out + sizeof start + 3, '\xc0', n);
	return sizeof start + 3 + n;
}

START_TEST(values_are_counted)
{
	/* The envelope, the type, the id, the method and the parameters' array are five. */
	size_t n = COMM_OBJECTS_MAX - 5;
	char *bytes = malloc(n + 64);
	struct comm_scan s;

	ck_assert_ptr_nonnull(bytes);
	comm_scan_start(&s, COMM_MESSAGE_MAX);
	ck_assert_int_eq(comm_scan(&s, bytes, write_nils(bytes, n)), COMM_SCAN_MESSAGE);
	comm_scan_start(&s, COMM_MESSAGE_MAX);
	ck_assert_int_eq(comm_scan(&s, bytes, write_nils(bytes, n + 1)), COMM_SCAN_TOO_MANY);
	ck_assert_uint_lt(s.pos, 16);
	free(bytes);
}
END_TEST

START_TEST(one_value_more_is_too_many)
{
	static const char start[] = "\x94\x00\x01\xa1m\x92\xdd\x00\x07\xff\xfa";
	/* As above and one array more, which these fill; a last value follows it. */
	size_t n = COMM_OBJECTS_MAX - 6, len = sizeof start - 1;
	char *bytes = malloc(len + n + 1);
	struct comm_scan s;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, start, len);
	memset(bytes + len, '\xc0', n + 1);
	comm_scan_start(&s, COMM_MESSAGE_MAX);
	ck_assert_int_eq(comm_scan(&s, bytes, len + n), COMM_SCAN_MORE);
	ck_assert_int_eq(comm_scan(&s, bytes, len + n + 1), COMM_SCAN_TOO_MANY);
	free(bytes);
}
END_TEST

START_TEST(values_are_counted_across_containers)
{
	/* Each array alone is harmless. */
	size_t n_arrays = 4096, n_inside = 1024, len = 0;
	char *bytes = malloc(16 + n_arrays * (3 + n_inside));
	struct comm_scan s;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, "\x94\x00\x01\xa1m\xdc\x10\x00", 8);
	len = 8;
	for (size_t i = 0; i < n_arrays; i++) {
		memcpy(bytes + len, "\xdc\x04\x00", 3);
		memset(bytes + len + 3, '\xc0', n_inside);
		len += 3 + n_inside;
	}
	comm_scan_start(&s, COMM_MESSAGE_MAX);
	ck_assert_int_eq(comm_scan(&s, bytes, len), COMM_SCAN_TOO_MANY);
	ck_assert(s.has_id);
	free(bytes);
}
END_TEST

START_TEST(what_cannot_fit_is_refused_by_its_first_byte)
{
	_cleanup_hex_ struct hex_bytes b = hex_read("94 00 01 a1 6d 91 cf");
	struct comm_scan s;

	ck_assert_int_eq(scan_both(&b, b.len + 8, &s), COMM_SCAN_MORE);
	ck_assert_int_eq(scan_both(&b, b.len + 7, &s), COMM_SCAN_TOO_BIG);
}
END_TEST

START_TEST(the_id_is_known_when_the_rest_is_refused)
{
	static const char *const with_id[] = {
		"94 00 2a c1",
		"94 00 2a a1 6d 91 91 91 91 91 91 91 91",
		"94 00 2a a1 6d dd ffffffff",
		"94 00 2a db ffffffff",
		"94 01 2a c1",
	};
	static const char *const without[] = {
		"94 00 a1 31", "94 03 2a", "94 c1", "94 00 c1", "93 02 c1", "82 00 2a",
	};
	struct comm_scan s;

	for (size_t i = 0; i < ARRAY_SIZE(with_id); i++) {
		_cleanup_hex_ struct hex_bytes b = hex_read(with_id[i]);

		ck_assert_int_gt(scan_both(&b, COMM_MESSAGE_MAX, &s), COMM_SCAN_MESSAGE);
		ck_assert_msg(s.has_id && s.id == 42, "%s", with_id[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
		_cleanup_hex_ struct hex_bytes b = hex_read(without[i]);

		ck_assert_int_gt(scan_both(&b, COMM_MESSAGE_MAX, &s), COMM_SCAN_MESSAGE);
		ck_assert_msg(!s.has_id, "%s", without[i]);
	}
}
END_TEST

START_TEST(the_type_is_known_before_the_end)
{
	_cleanup_hex_ struct hex_bytes b = hex_read("94 01 07");
	struct comm_scan s;

	comm_scan_start(&s, COMM_MESSAGE_MAX);
	ck_assert_int_eq(scan_first(&s, &b, 2), COMM_SCAN_MORE);
	ck_assert(s.has_type && !s.has_id);
	ck_assert_int_eq(s.type, COMM_RESPONSE);
	ck_assert_int_eq(scan_first(&s, &b, 3), COMM_SCAN_MORE);
	ck_assert(s.has_id && s.id == 7);
}
END_TEST

START_TEST(each_refusal_has_its_sentence)
{
	for (int r = COMM_SCAN_NOT_RPC; r <= COMM_SCAN_RESERVED; r++) {
		const char *sentence = comm_scan_sentence((enum comm_scan_result)r);

		ck_assert_uint_gt(strlen(sentence), 20);
		for (int other = COMM_SCAN_MORE; other < r; other++)
			ck_assert_str_ne(sentence,
					 comm_scan_sentence((enum comm_scan_result)other));
	}
}
END_TEST

TEST_MAIN("scan", a_message_may_be_cut_anywhere, messages_come_byte_by_byte,
	  it_stops_at_the_end_of_the_first_message, every_kind_of_value_is_passed_over,
	  heads_may_be_wider_than_needed, an_id_may_be_any_unsigned_number,
	  anything_else_is_not_rpc, the_reserved_byte_is_refused, eight_levels_are_the_deepest,
	  counts_that_cannot_fit_are_refused_at_once, a_message_may_be_as_long_as_the_limit,
	  values_are_counted, one_value_more_is_too_many, values_are_counted_across_containers,
	  what_cannot_fit_is_refused_by_its_first_byte, the_id_is_known_when_the_rest_is_refused,
	  the_type_is_known_before_the_end, each_refusal_has_its_sentence)

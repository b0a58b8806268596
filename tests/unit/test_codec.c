#include "proto/codec.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/doc.h"
#include "proto/errors.h"
#include "tests/lib/hex.h"
#include "tests/lib/main.h"
#include "tests/lib/opened.h"
#include "tests/lib/walk.h"
#include "tests/unit/golden.h"

static bool is(struct comm_bytes b, const char *s)
{
	return comm_bytes_is(b, s);
}

/* ---- the bytes on the wire ---- */

static const struct comm_message *type_of(const struct golden *g)
{
	const struct comm_method *m = comm_method_find(comm_bytes_of(g->method));

	if (g->kind == GOLDEN_ERROR)
		return &comm_messages[COMM_MESSAGE_wire_error];
	ck_assert_msg(m, "%s", g->method);
	return g->kind == GOLDEN_RESULT ? comm_method_result(m) : comm_method_params(m);
}

static int encode(struct comm_buf *out, enum golden_kind kind, const char *method, uint64_t id,
		  const void *msg)
{
	const struct comm_method *m = comm_method_find(comm_bytes_of(method));

	switch (kind) {
	case GOLDEN_REQUEST:
		return comm_encode_request(out, id, m, msg);
	case GOLDEN_NOTIFICATION:
		return comm_encode_notification(out, m, msg);
	case GOLDEN_RESULT:
		return comm_encode_result(out, id, comm_method_result(m), msg);
	case GOLDEN_ERROR:
		return comm_encode_error(out, id, msg);
	}
	return -EINVAL;
}

static void check_golden(const struct golden *g)
{
	_cleanup_opened_ struct opened m = { 0 };
	struct comm_buf text, bytes;

	comm_buf_init(&text);
	comm_buf_init(&bytes);
	ck_assert_int_eq(opened_init(&m, hex_read(g->hex)), 0);
	ck_assert_uint_eq(m.envelope.id, g->id);
	if (g->kind == GOLDEN_REQUEST || g->kind == GOLDEN_NOTIFICATION)
		ck_assert(is(m.envelope.method, g->method));
	ck_assert((g->kind == GOLDEN_ERROR) == (m.envelope.error != NULL));
	if (g->kind == GOLDEN_ERROR)
		m.envelope.body = m.envelope.error;
	ck_assert_msg(!opened_decode(&m, type_of(g), COMM_STRICT), "%s: %s", g->method,
		      m.why.message);

	walk_print(&text, type_of(g), &m.as);
	comm_buf_push(&text, "", 1);
	ck_assert_str_eq(comm_buf_bytes(&text), g->text);

	ck_assert_int_eq(encode(&bytes, g->kind, g->method, g->id, &m.as), 0);
	ck_assert_uint_eq(bytes.len, m.bytes.len);
	ck_assert_mem_eq(comm_buf_bytes(&bytes), m.bytes.data, bytes.len);
	comm_buf_fini(&text);
	comm_buf_fini(&bytes);
}

START_TEST(the_wire_is_as_published)
{
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++)
		check_golden(&goldens[i]);
}
END_TEST

START_TEST(each_method_is_published)
{
	for (size_t m = 0; m < COMM_N_METHODS; m++) {
		bool seen[2] = { false, false };

		for (size_t i = 0; i < ARRAY_SIZE(goldens); i++)
			if (goldens[i].kind <= GOLDEN_RESULT &&
			    !strcmp(goldens[i].method, comm_methods[m].name))
				seen[goldens[i].kind == GOLDEN_RESULT] = true;
		ck_assert_msg(seen[0] && seen[1], "%s", comm_methods[m].name);
	}
}
END_TEST

/* ---- there and back ---- */

static void check_round_trip(const struct comm_message *type, enum walk_style style)
{
	_cleanup_opened_ struct opened m = { 0 };
	struct walk_memory *memory = calloc(1, sizeof *memory);
	struct comm_buf bytes;
	char *msg = malloc(type->size);

	ck_assert(memory && msg);
	comm_buf_init(&bytes);
	walk_fill(memory, type, style, msg);
	ck_assert_int_eq(comm_encode_result(&bytes, 7, type, msg), 0);
	ck_assert_int_eq(opened_init(&m, hex_copy(comm_buf_bytes(&bytes), bytes.len)), 0);
	ck_assert_msg(!opened_decode(&m, type, COMM_STRICT), "%s: %s", comm_doc_name(type),
		      m.why.message);
	ck_assert_msg(walk_equal(type, msg, &m.as), "%s in style %d", comm_doc_name(type), style);
	free(memory);
	free(msg);
	comm_buf_fini(&bytes);
}

START_TEST(every_message_comes_back_as_it_was)
{
	for (size_t t = 0; t < COMM_N_MESSAGES; t++)
		for (int style = 0; style < WALK_N_STYLES; style++)
			if (!comm_messages[t].bare)
				check_round_trip(&comm_messages[t], (enum walk_style)style);
}
END_TEST

START_TEST(requests_and_notifications_carry_the_same)
{
	for (int i = 0; i < COMM_N_METHODS; i++) {
		struct walk_memory *memory = calloc(1, sizeof *memory);
		struct comm_buf request, notification;
		union {
			char bytes[256];
			int64_t aligned;
		} params;

		ck_assert_ptr_nonnull(memory);
		ck_assert_uint_le(comm_method_params(&comm_methods[i])->size, sizeof params);
		comm_buf_init(&request);
		comm_buf_init(&notification);
		walk_fill(memory, comm_method_params(&comm_methods[i]), WALK_FULL, &params);
		ck_assert_int_eq(comm_encode_request(&request, 5, &comm_methods[i], &params), 0);
		ck_assert_int_eq(comm_encode_notification(&notification, &comm_methods[i], &params),
				 0);
		ck_assert_uint_eq(request.len, notification.len + 1);
		ck_assert_mem_eq(comm_buf_bytes(&request), "\x94\x00\x05", 3);
		ck_assert_mem_eq(comm_buf_bytes(&notification), "\x93\x02", 2);
		ck_assert_mem_eq(comm_buf_bytes(&request) + 3, comm_buf_bytes(&notification) + 2,
				 request.len - 3);
		comm_buf_fini(&request);
		comm_buf_fini(&notification);
		free(memory);
	}
}
END_TEST

static void check_in_pieces(const struct comm_send_params *p)
{
	const struct comm_method *send = &comm_methods[COMM_METHOD_SEND];
	const struct comm_message *item = &comm_messages[COMM_MESSAGE_wire_record];
	const struct comm_wire_record *records = p->records.items;
	struct comm_send_params without = *p;
	_cleanup_opened_ struct opened m = { 0 };
	struct comm_buf pieces, whole;
	size_t items_at;

	without.records = (struct comm_list){ NULL, 0 };
	comm_buf_init(&pieces);
	comm_buf_init(&whole);
	ck_assert_int_eq(comm_encode_request(&whole, 7, send, p), 0);
	ck_assert_int_eq(comm_encode_begin(&pieces, 7, send, &without), 0);
	items_at = pieces.len;
	for (size_t i = 0; i < p->records.n; i++)
		ck_assert_int_eq(comm_encode_item(&pieces, item, &records[i]), 0);
	ck_assert_int_eq(comm_encode_end(&pieces, items_at, (uint32_t)p->records.n, send, &without),
			 0);
	ck_assert_int_eq(opened_init(&m, hex_copy(comm_buf_bytes(&pieces), pieces.len)), 0);
	ck_assert_int_eq(opened_decode(&m, comm_method_params(send), COMM_STRICT), 0);
	ck_assert(walk_equal(comm_method_params(send), p, &m.as));
	/* The list's count is wider, and nothing else differs: what is absent is left out as well. */
	ck_assert_uint_eq(pieces.len, whole.len + (p->records.n < 16 ? 4 : 2));
	comm_buf_fini(&pieces);
	comm_buf_fini(&whole);
}

START_TEST(a_send_may_be_written_in_pieces)
{
	struct comm_wire_record records[300] = { { .value = { "", 0 } } };
	struct comm_send_params p = { .topic = comm_bytes_of("t"),
				      .timeout_ms = COMM_NONE,
				      .written_ms = COMM_NONE };

	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		records[i] = (struct comm_wire_record){
			.value = { "value", i % 6 },
			.key = { i % 2 ? "k" : NULL, i % 2 },
			.partition = i % 5 ? COMM_NONE : 3,
			.timestamp_ms = COMM_NONE,
		};
	for (size_t n = 0; n <= ARRAY_SIZE(records); n += 60) {
		p.records = (struct comm_list){ records, n };
		p.ack = comm_bytes_of(NULL);
		p.timeout_ms = COMM_NONE;
		check_in_pieces(&p);
		p.timeout_ms = 5000;
		check_in_pieces(&p);
		p.ack = comm_bytes_of("queued");
		check_in_pieces(&p);
	}
}
END_TEST

START_TEST(integers_keep_their_limits)
{
	static const struct {
		const char *hex;
		int64_t value;
	} numbers[] = {
		{ "00", 0 },
		{ "7f", 127 },
		{ "e0", -32 },
		{ "ff", -1 },
		{ "cc ff", 255 },
		{ "cd ffff", 65535 },
		{ "ce ffffffff", UINT32_MAX },
		{ "cf 7fffffffffffffff", INT64_MAX },
		{ "d0 80", INT8_MIN },
		{ "d1 8000", INT16_MIN },
		{ "d2 80000000", INT32_MIN },
		{ "d3 8000000000000001", INT64_MIN + 1 },
		{ "d3 7fffffffffffffff", INT64_MAX },
		{ "d3 0000000000000005", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		_cleanup_opened_ struct opened m = { 0 };
		char hex[64] = "91";

		strcat(hex, numbers[i].hex);
		ck_assert_int_eq(opened_params(&m, "unsubscribe", hex), 0);
		ck_assert_int_eq(m.as.unsubscribe_params.subscription, numbers[i].value);
	}
}
END_TEST

/* ---- bare records, nil and empty, what is left out ---- */

START_TEST(a_record_may_be_its_value_alone)
{
	_cleanup_opened_ struct opened m = { 0 };
	const struct comm_wire_record *r;

	ck_assert_int_eq(opened_params(&m, "send", "92 a174 96 c40161 a162 91c40163 c0 91c0 c400"),
			 0);
	ck_assert_uint_eq(m.as.send_params.records.n, 6);
	r = m.as.send_params.records.items;
	ck_assert(is(r[0].value, "a") && is(r[1].value, "b") && is(r[2].value, "c"));
	ck_assert(!r[3].value.data && !r[4].value.data);
	ck_assert(is(r[5].value, ""));
	for (int i = 0; i < 6; i++) {
		ck_assert_ptr_null(r[i].key.data);
		ck_assert_uint_eq(r[i].headers.n, 0);
		ck_assert_int_eq(r[i].partition, COMM_NONE);
		ck_assert_int_eq(r[i].timestamp_ms, COMM_NONE);
	}
}
END_TEST

START_TEST(nil_is_not_empty)
{
	_cleanup_opened_ struct opened m = { 0 };
	const struct comm_wire_record *r;
	const struct comm_wire_header *h;

	ck_assert_int_eq(opened_params(&m, "send",
				       "92 a174 94 92c0c0 92c400c400 92a0a0 "
				       "93c0c09392a0c092a0c40092a161a0"),
			 0);
	r = m.as.send_params.records.items;
	ck_assert(!r[0].value.data && !r[0].key.data);
	ck_assert(is(r[1].value, "") && is(r[1].key, ""));
	ck_assert(is(r[2].value, "") && is(r[2].key, ""));
	ck_assert_uint_eq(r[3].headers.n, 3);
	h = r[3].headers.items;
	ck_assert(is(h[0].name, "") && !h[0].value.data);
	ck_assert(is(h[1].name, "") && is(h[1].value, ""));
	ck_assert(is(h[2].name, "a") && is(h[2].value, ""));
}
END_TEST

static void check_defaults(const char *params_hex)
{
	_cleanup_opened_ struct opened m = { 0 };

	ck_assert_int_eq(opened_params(&m, "receive", params_hex), 0);
	ck_assert_int_eq(m.as.receive_params.subscription, 3);
	ck_assert_int_eq(m.as.receive_params.max_records, COMM_NONE);
	ck_assert_int_eq(m.as.receive_params.max_bytes, COMM_NONE);
	ck_assert_int_eq(m.as.receive_params.timeout_ms, COMM_NONE);
	ck_assert(!m.as.receive_params.until_end);
}

START_TEST(optional_fields_may_be_nil_or_left_out)
{
	check_defaults("91 03");
	check_defaults("92 03 c0");
	check_defaults("95 03 c0 c0 c0 c0");
	check_defaults("95 03 c0 c0 c0 c2");
}
END_TEST

START_TEST(optional_fields_at_the_end_are_not_written)
{
	struct comm_wire_record records[2] = {
		{ .value = { "v", 1 }, .partition = COMM_NONE, .timestamp_ms = COMM_NONE },
		{ .value = { "v", 1 }, .partition = 2, .timestamp_ms = COMM_NONE },
	};
	struct comm_send_params p = {
		.topic = comm_bytes_of("t"),
		.records = { records, 2 },
		.timeout_ms = COMM_NONE,
		.written_ms = COMM_NONE,
	};
	_cleanup_hex_ struct hex_bytes expected =
		hex_read("94 00 01 a4 73656e64 92 a174 92 c40176 94 c40176 c0 90 02");
	struct comm_buf out;

	comm_buf_init(&out);
	ck_assert_int_eq(comm_encode_request(&out, 1, &comm_methods[COMM_METHOD_SEND], &p), 0);
	ck_assert_uint_eq(out.len, expected.len);
	ck_assert_mem_eq(comm_buf_bytes(&out), expected.data, out.len);
	comm_buf_fini(&out);
}
END_TEST

START_TEST(bytes_may_come_as_str_and_go_as_bin)
{
	_cleanup_opened_ struct opened m = { 0 };
	_cleanup_hex_ struct hex_bytes expected =
		hex_read("94 00 07 a4 73656e64 92 a174 91 92 c40176 c402ff00");
	struct comm_buf out;

	/* Not UTF-8, and in a str all the same: clients that know no bin do that. */
	ck_assert_int_eq(opened_params(&m, "send", "92 a174 91 92 a176 a2ff00"), 0);
	comm_buf_init(&out);
	ck_assert_int_eq(comm_encode_request(&out, 7, &comm_methods[COMM_METHOD_SEND], &m.as), 0);
	ck_assert_uint_eq(out.len, expected.len);
	ck_assert_mem_eq(comm_buf_bytes(&out), expected.data, out.len);
	comm_buf_fini(&out);
}
END_TEST

/* ---- answers ---- */

START_TEST(an_answer_may_know_more_than_its_reader)
{
	_cleanup_opened_ struct opened strict = { 0 }, lenient = { 0 };

	ck_assert_int_eq(
		opened_result(&strict, COMM_METHOD_PING, "93 05 a46d6f7265 9101", COMM_STRICT),
		COMM_EBAD_PARAMS);
	ck_assert_int_eq(
		opened_result(&lenient, COMM_METHOD_PING, "93 05 a46d6f7265 9101", COMM_LENIENT),
		0);
	ck_assert_int_eq(lenient.as.ping_result.time_ms, 5);
}
END_TEST

START_TEST(an_answer_is_checked_all_the_same)
{
	_cleanup_opened_ struct opened a = { 0 }, b = { 0 }, c = { 0 };

	ck_assert_int_eq(opened_result(&a, COMM_METHOD_HELLO, "93 a163 a131 01", COMM_LENIENT),
			 COMM_EBAD_PARAMS);
	ck_assert_str_eq(a.why.message, "limits: is missing");
	ck_assert_int_eq(opened_result(&b, COMM_METHOD_HELLO, "94 a163 a131 01 05", COMM_LENIENT),
			 COMM_EBAD_PARAMS);
	ck_assert_str_eq(b.why.message, "limits: an array expected, not an integer");
	ck_assert_int_eq(
		opened_result(&c, COMM_METHOD_HELLO, "94 a163 a131 01 92 05 c0", COMM_LENIENT),
		COMM_EBAD_PARAMS);
	ck_assert_str_eq(c.why.message, "limits.records: must not be nil");
}
END_TEST

START_TEST(odd_names_from_kafka_are_readable)
{
	const struct comm_wire_header header = { { "\xff\0", 2 }, { "x", 1 } };
	const struct comm_wire_received record = {
		.timestamp_ms = COMM_NONE,
		.headers = { &header, 1 },
	};
	const struct comm_wire_batch batch = { comm_bytes_of("t"), { &record, 1 } };
	const struct comm_receive_result sent = { .topics = { &batch, 1 } };
	const struct comm_method *receive = &comm_methods[COMM_METHOD_RECEIVE];
	_cleanup_opened_ struct opened m = { 0 };
	_cleanup_hex_ struct hex_bytes expected =
		hex_read("94 01 07 c0 91 91 92 a174 91 96 00 00 c0 c0 c0 91 92 c402ff00 c40178");
	struct comm_buf out;

	comm_buf_init(&out);
	ck_assert_int_eq(comm_encode_result(&out, 7, comm_method_result(receive), &sent), 0);
	ck_assert_uint_eq(out.len, expected.len);
	ck_assert_mem_eq(comm_buf_bytes(&out), expected.data, out.len);
	ck_assert_int_eq(opened_init(&m, hex_copy(comm_buf_bytes(&out), out.len)), 0);
	ck_assert_int_eq(opened_decode(&m, comm_method_result(receive), COMM_LENIENT), 0);
	ck_assert(walk_equal(comm_method_result(receive), &sent, &m.as));
	comm_buf_fini(&out);
}
END_TEST

START_TEST(an_error_is_told_from_a_result)
{
	_cleanup_opened_ struct opened m = { 0 };

	ck_assert_int_eq(opened_init(&m, hex_read("94 01 07 94 02 a161 a162 c3 c0")), 0);
	ck_assert_int_eq(m.envelope.type, COMM_RESPONSE);
	ck_assert_ptr_nonnull(m.envelope.error);
	m.envelope.body = m.envelope.error;
	ck_assert_int_eq(opened_decode(&m, &comm_messages[COMM_MESSAGE_wire_error], COMM_LENIENT),
			 0);
	ck_assert_int_eq(m.as.wire_error.code, 2);
	ck_assert(is(m.as.wire_error.name, "a") && is(m.as.wire_error.message, "b"));
	ck_assert(m.as.wire_error.retriable);
	ck_assert_ptr_null(m.as.wire_error.detail.data);
}
END_TEST

/* ---- memory ---- */

START_TEST(a_decoder_is_used_again)
{
	struct comm_decoder *d = comm_decoder_new();
	struct comm_refusal why;

	ck_assert_ptr_nonnull(d);
	for (int round = 0; round < 100; round++) {
		const struct golden *g = &goldens[(size_t)round * 7 % ARRAY_SIZE(goldens)];
		_cleanup_hex_ struct hex_bytes b = hex_read(g->hex);
		struct comm_envelope e;
		struct comm_scan s;

		comm_scan_start(&s, COMM_MESSAGE_MAX);
		ck_assert_int_eq(comm_scan(&s, b.data, b.len), COMM_SCAN_MESSAGE);
		ck_assert_int_eq(comm_decode_envelope(d, &s, b.data, &e, &why), 0);
		ck_assert_uint_eq(e.id, g->id);
	}
	ck_assert_ptr_null(comm_decoder_free(d));
	ck_assert_ptr_null(comm_decoder_free(NULL));
}
END_TEST

START_TEST(without_memory_nothing_is_written)
{
	/* So long that no buffer takes it, which is known before a byte of it is looked at. */
	const struct comm_wire_record record = { .value = { "v", SIZE_MAX / 2 } };
	const struct comm_send_params p = {
		.topic = comm_bytes_of("t"),
		.records = { &record, 1 },
		.timeout_ms = COMM_NONE,
		.written_ms = COMM_NONE,
	};
	const struct comm_method *send = &comm_methods[COMM_METHOD_SEND];
	struct comm_buf out;

	comm_buf_init(&out);
	comm_buf_push(&out, "before", 6);
	ck_assert_int_eq(comm_encode_request(&out, 1, send, &p), -ENOMEM);
	ck_assert_int_eq(comm_encode_notification(&out, send, &p), -ENOMEM);
	ck_assert_int_eq(comm_encode_result(&out, 1, comm_method_params(send), &p), -ENOMEM);
	ck_assert_int_eq(comm_encode_item(&out, &comm_messages[COMM_MESSAGE_wire_record], &record),
			 -ENOMEM);
	ck_assert(!comm_buf_failed(&out));
	ck_assert_uint_eq(out.len, 6);
	ck_assert_mem_eq(comm_buf_bytes(&out), "before", 6);
	comm_buf_fini(&out);
}
END_TEST

TEST_MAIN("codec", the_wire_is_as_published, each_method_is_published,
	  every_message_comes_back_as_it_was, requests_and_notifications_carry_the_same,
	  a_send_may_be_written_in_pieces, integers_keep_their_limits,
	  a_record_may_be_its_value_alone, nil_is_not_empty, optional_fields_may_be_nil_or_left_out,
	  optional_fields_at_the_end_are_not_written, bytes_may_come_as_str_and_go_as_bin,

	  an_answer_may_know_more_than_its_reader, an_answer_is_checked_all_the_same,
	  odd_names_from_kafka_are_readable, an_error_is_told_from_a_result,
	  a_decoder_is_used_again, without_memory_nothing_is_written)

#include "proto/codec.h"

#include <string.h>

#include "tests/lib/main.h"
#include "tests/lib/walk.h"

static const struct comm_method *const send_method = &comm_methods[COMM_METHOD_SEND];

/* The request that is made record by record says what @params say. */
static void check(const struct comm_send_params *params)
{
	const struct comm_wire_record *records = params->records.items;
	struct comm_decoder *decoder = comm_decoder_new();
	struct comm_send_params decoded;
	struct comm_envelope envelope;
	struct comm_refusal why;
	struct comm_scan scan;
	struct comm_buf out;
	size_t at;

	comm_buf_init(&out);
	ck_assert_int_eq(comm_encode_begin(&out, 77, send_method, params), 0);
	at = out.len;
	for (size_t i = 0; i < params->records.n; i++)
		ck_assert_int_eq(comm_encode_item(&out, &comm_messages[COMM_MESSAGE_wire_record],
						  &records[i]),
				 0);
	ck_assert_int_eq(
		comm_encode_end(&out, at, (uint32_t)params->records.n, send_method, params), 0);

	comm_scan_start(&scan, COMM_MESSAGE_MAX);
	ck_assert_int_eq(comm_scan(&scan, comm_buf_bytes(&out), out.len), COMM_SCAN_MESSAGE);
	ck_assert_uint_eq(scan.pos, out.len);
	ck_assert_int_eq(
		comm_decode_envelope(decoder, &scan, comm_buf_bytes(&out), &envelope, &why), 0);
	ck_assert_uint_eq(envelope.id, 77);
	ck_assert(comm_bytes_is(envelope.method, "send"));
	ck_assert_msg(!comm_decode(decoder, comm_method_params(send_method), envelope.body,
				   COMM_STRICT, &decoded, &why),
		      "%s", why.message);
	ck_assert(walk_equal(comm_method_params(send_method), params, &decoded));
	comm_buf_fini(&out);
	comm_decoder_free(decoder);
}

START_TEST(a_request_that_grew_is_the_same_request)
{
	static struct walk_memory memory;
	struct comm_send_params params;

	for (int style = 0; style < WALK_N_STYLES; style++) {
		memory = (struct walk_memory){ .used = 0 };
		walk_fill(&memory, comm_method_params(send_method), (enum walk_style)style,
			  &params);
		check(&params);
	}
}
END_TEST

START_TEST(any_number_of_records_may_come)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 255, 256, COMM_RECORDS_MAX };
	static struct comm_wire_record records[COMM_RECORDS_MAX];
	struct comm_send_params params = { .topic = comm_bytes_of("t"),
					   .timeout_ms = COMM_NONE,
					   .written_ms = COMM_NONE };

	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		records[i] = (struct comm_wire_record){ .value = { "0123456789", i % 11 },
							.partition = i % 3 ? COMM_NONE : 5,
							.timestamp_ms = COMM_NONE };
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		params.records = (struct comm_list){ records, sizes[i] };
		check(&params);
	}
}
END_TEST

TEST_MAIN("growing", a_request_that_grew_is_the_same_request, any_number_of_records_may_come)

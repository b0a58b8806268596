#include "tests/lib/opened.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

int opened_init(struct opened *m, struct hex_bytes b)
{
	struct comm_scan s;

	m->bytes = b;
	m->decoder = comm_decoder_new();
	ck_assert_ptr_nonnull(m->decoder);
	comm_scan_start(&s, COMM_MESSAGE_MAX);
	ck_assert_int_eq(comm_scan(&s, b.data, b.len), COMM_SCAN_MESSAGE);
	ck_assert_uint_eq(s.pos, b.len);
	memset(&m->why, 'x', sizeof m->why);
	return comm_decode_envelope(m->decoder, &s, b.data, &m->envelope, &m->why);
}

void opened_fini(struct opened *m)
{
	hex_free(&m->bytes);
	comm_decoder_free(m->decoder);
}

int opened_decode(struct opened *m, const struct comm_message *type,
		  enum comm_strictness strictness)
{
	ck_assert_uint_le(type->size, sizeof m->as);
	return comm_decode(m->decoder, type, m->envelope.body, strictness, &m->as, &m->why);
}

int opened_params(struct opened *m, const char *method, const char *params_hex)
{
	const struct comm_method *found = comm_method_find(comm_bytes_of(method));
	char hex[8192] = "94 00 07 ";
	size_t n = strlen(hex);

	ck_assert_ptr_nonnull(found);
	n += (size_t)snprintf(hex + n, sizeof hex - n, "%02zx", 0xa0 + strlen(method));
	for (const char *c = method; *c; c++)
		n += (size_t)snprintf(hex + n, sizeof hex - n, "%02x", (unsigned char)*c);
	snprintf(hex + n, sizeof hex - n, "%s", params_hex);
	ck_assert_int_eq(opened_init(m, hex_read(hex)), 0);
	return opened_decode(m, comm_method_params(found), COMM_STRICT);
}

int opened_result(struct opened *m, enum comm_method_id method, const char *result_hex,
		  enum comm_strictness strictness)
{
	char hex[512] = "94 01 07 c0";

	strncat(hex, result_hex, sizeof hex - 32);
	ck_assert_int_eq(opened_init(m, hex_read(hex)), 0);
	ck_assert_ptr_null(m->envelope.error);
	return opened_decode(m, comm_method_result(&comm_methods[method]), strictness);
}

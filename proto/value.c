#include "proto/value.h"

const unsigned char comm_value_header_lengths[32] = {
	0, 0, 0, 0,    /* nil, reserved, false, true */
	1, 2, 4,       /* bin */
	1, 2, 4,       /* ext */
	4, 8,          /* float */
	1, 2, 4, 8,    /* uint */
	1, 2, 4, 8,    /* int */
	0, 0, 0, 0, 0, /* fixext: the payload's length is fixed */
	1, 2, 4,       /* str */
	2, 4,          /* array */
	2, 4,          /* map */
};

/* What has its length, count or number in the first byte. */
static const unsigned char *read_fixed(const unsigned char *p, struct comm_value *ret)
{
	unsigned char c = *p++;

	if (c < 0x80) {
		*ret = (struct comm_value){ COMM_VALUE_UINT, c, NULL };
	} else if (c < 0x90) {
		*ret = (struct comm_value){ COMM_VALUE_MAP, 2 * (uint64_t)(c & 0x0f), NULL };
	} else if (c < 0xa0) {
		*ret = (struct comm_value){ COMM_VALUE_ARRAY, c & 0x0f, NULL };
	} else if (c < 0xc0) {
		*ret = (struct comm_value){ COMM_VALUE_STR, c & 0x1f, (const char *)p };
		p += c & 0x1f;
	} else {
		*ret = (struct comm_value){ COMM_VALUE_INT, (uint64_t)(int64_t)(signed char)c,
					    NULL };
	}
	return p;
}

/* As many bits as the number was written with, the first of them its sign. */
static struct comm_value signed_number(uint64_t v, size_t n_bytes)
{
	unsigned int n_unused = 64 - 8 * (unsigned int)n_bytes;
	int64_t number = (int64_t)(v << n_unused) >> n_unused;

	return (struct comm_value){ number < 0 ? COMM_VALUE_INT : COMM_VALUE_UINT, (uint64_t)number,
				    NULL };
}

const unsigned char *comm_value_read(const unsigned char *p, struct comm_value *ret)
{
	unsigned char c = *p;
	size_t n = comm_value_header_length(c);
	uint64_t v;

	if (c < 0xc0 || c >= 0xe0)
		return read_fixed(p, ret);
	v = comm_big_endian(p + 1, n);
	p += 1 + n;
	if (c == 0xc0) {
		*ret = (struct comm_value){ COMM_VALUE_NIL, 0, NULL };
	} else if (c <= 0xc3) {
		*ret = (struct comm_value){ COMM_VALUE_BOOL, c == 0xc3, NULL };
	} else if (c <= 0xc6 || (c >= 0xd9 && c <= 0xdb)) {
		*ret = (struct comm_value){ c <= 0xc6 ? COMM_VALUE_BIN : COMM_VALUE_STR, v,
					    (const char *)p };
		p += v;
	} else if (c <= 0xc9 || (c >= 0xd4 && c <= 0xd8)) {
		*ret = (struct comm_value){ COMM_VALUE_EXT, 0, NULL };
		p += 1 + (c <= 0xc9 ? v : (uint64_t)1 << (c - 0xd4));
	} else if (c <= 0xcb) {
		*ret = (struct comm_value){ COMM_VALUE_FLOAT, v, NULL };
	} else if (c <= 0xcf) {
		*ret = (struct comm_value){ COMM_VALUE_UINT, v, NULL };
	} else if (c <= 0xd3) {
		*ret = signed_number(v, n);
	} else {
		*ret = (struct comm_value){ c <= 0xdd ? COMM_VALUE_ARRAY : COMM_VALUE_MAP,
					    c <= 0xdd ? v : 2 * v, NULL };
	}
	return p;
}

const unsigned char *comm_value_skip(const unsigned char *p)
{
	uint64_t left = 1;
	struct comm_value v;

	while (left) {
		p = comm_value_read(p, &v);
		left--;
		if (v.kind == COMM_VALUE_ARRAY || v.kind == COMM_VALUE_MAP)
			left += v.number;
	}
	return p;
}

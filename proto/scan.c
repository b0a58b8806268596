#include "proto/scan.h"

#include "proto/util.h"
#include "proto/value.h"

/* The envelope is an array; its elements are at this depth. */
#define ENVELOPE 1

/* What a first byte announces: how many bytes of header, of payload, and of values inside. */
struct head {
	size_t header;    /* bytes, the first one included; 0: reserved */
	uint64_t payload; /* bytes after the header */
	uint64_t values;  /* of a container */
	bool container;
	bool is_array;
	bool is_uint;
	uint64_t number; /* if is_uint */
};

static struct head read_fixed(unsigned char c)
{
	struct head h = { .header = 1 };

	if (c < 0x80) {
		h.is_uint = true;
		h.number = c;
	} else if (c < 0xa0) {
		h.container = true;
		h.is_array = c >= 0x90;
		h.values = h.is_array ? c & 0x0f : 2 * (c & 0x0f);
	} else if (c < 0xc0) {
		h.payload = c & 0x1f;
	}
	return h;
}

/* @p holds the whole header. */
static struct head read_head(const unsigned char *p)
{
	size_t n = comm_value_header_length(*p);
	uint64_t v = comm_big_endian(p + 1, n);
	struct head h = { .header = 1 + n };

	if (*p < 0xc0 || *p >= 0xe0)
		return read_fixed(*p);
	if (*p == 0xc1)
		h.header = 0;
	else if ((*p >= 0xc4 && *p <= 0xc6) || (*p >= 0xd9 && *p <= 0xdb))
		h.payload = v;
	else if (*p >= 0xc7 && *p <= 0xc9)
		h.payload = v + 1; /* the ext's type */
	else if (*p >= 0xcc && *p <= 0xd3) {
		/* Some clients write every number as a signed one; the sign is the first bit. */
		h.is_uint = *p <= 0xcf || !(p[1] & 0x80);
		h.number = v;
	} else if (*p >= 0xd4 && *p <= 0xd8)
		h.payload = 1 + ((uint64_t)1 << (*p - 0xd4));
	else if (*p >= 0xdc) {
		h.container = true;
		h.is_array = *p < 0xde;
		h.values = h.is_array ? v : 2 * v;
	}
	return h;
}

void comm_scan_start(struct comm_scan *s, size_t limit)
{
	*s = (struct comm_scan){ .limit = limit };
}

/* The envelope's own values: its size, its type, and the id if it has one. */
static enum comm_scan_result look_at_envelope(struct comm_scan *s, const struct head *h)
{
	if (s->depth == 0) {
		if (!h->is_array || (h->values != 3 && h->values != 4))
			return COMM_SCAN_NOT_RPC;
	} else if (!s->has_type) {
		uint64_t n_left = h->number == COMM_NOTIFICATION ? 3 : 4;

		if (!h->is_uint || h->number > COMM_NOTIFICATION || s->left[0] != n_left)
			return COMM_SCAN_NOT_RPC;
		s->has_type = true;
		s->type = (enum comm_type)h->number;
	} else if (!s->has_id && s->left[0] == 3 && s->type != COMM_NOTIFICATION) {
		if (!h->is_uint)
			return COMM_SCAN_NOT_RPC;
		s->has_id = true;
		s->id = h->number;
	}
	return COMM_SCAN_MORE;
}

/* One value less is missing in the innermost container; close those that are full. */
static void close_containers(struct comm_scan *s)
{
	while (s->depth && s->left[s->depth - 1] == 0)
		s->depth--;
}

static enum comm_scan_result enter(struct comm_scan *s, const struct head *h)
{
	enum comm_scan_result r;

	if (!h->header)
		return COMM_SCAN_RESERVED;
	if (s->depth <= ENVELOPE) {
		r = look_at_envelope(s, h);
		if (r != COMM_SCAN_MORE)
			return r;
	}
	/* pos and header are below the limit; payload and values are 33 bits at most. */
	if (s->pos + h->header + h->payload + h->values > s->limit)
		return COMM_SCAN_TOO_BIG;
	if (++s->n_objects > COMM_OBJECTS_MAX || h->values > COMM_OBJECTS_MAX - s->n_objects)
		return COMM_SCAN_TOO_MANY;
	s->pos += h->header;
	s->skip = (size_t)h->payload;
	if (s->depth)
		s->left[s->depth - 1]--;
	if (h->container) {
		if (s->depth == COMM_DEPTH_MAX)
			return COMM_SCAN_TOO_DEEP;
		s->left[s->depth++] = h->values;
	}
	return COMM_SCAN_MORE;
}

/* As much of a value must be there for size_of_leaf(). */
#define LEAF_HEAD 3

/* The bytes of the value at @p, if it has no others inside and is of a usual kind; else 0. */
static size_t size_of_leaf(const unsigned char *p)
{
	unsigned char c = *p;
	size_t n = comm_value_header_length(c);

	if (c >= 0xa0 && c < 0xc0)
		return 1 + (c & 0x1f);
	if (c == 0xc4 || c == 0xc5 || c == 0xd9 || c == 0xda) /* bin, str */
		return 1 + n + (size_t)comm_big_endian(p + 1, n);
	/* Numbers, nil, false, true. */
	if (c < 0x80 || c >= 0xe0 || (c >= 0xca && c <= 0xd3) ||
	    (c <= 0xc3 && c >= 0xc0 && c != 0xc1))
		return 1 + n;
	return 0;
}

/*
 * Pass over values below the envelope that are whole, allowed and of the usual kinds: nearly all of
 * a message. Whatever is not like that is left for enter(), which says what is wrong with it.
 */
static void pass_usual(struct comm_scan *s, const unsigned char *p, size_t len)
{
	size_t end = MIN(len, s->limit), pos = s->pos, depth = s->depth;

	while (depth > ENVELOPE && end - pos >= LEAF_HEAD && s->n_objects < COMM_OBJECTS_MAX / 2) {
		size_t size = size_of_leaf(p + pos), n_inside = p[pos] & 0x0f;
		bool is_array = (p[pos] & 0xf0) == 0x90;

		if (!s->left[depth - 1]) {
			depth--;
			continue;
		}
		if (is_array && depth < COMM_DEPTH_MAX && n_inside < end - pos)
			size = 1;
		else if (is_array || !size || size > end - pos)
			break;
		pos += size;
		s->n_objects++;
		s->left[depth - 1]--;
		if (is_array)
			s->left[depth++] = n_inside;
	}
	s->pos = pos;
	s->depth = (unsigned int)depth;
}

enum comm_scan_result comm_scan(struct comm_scan *s, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (;;) {
		enum comm_scan_result r;
		struct head h;
		size_t n = MIN(s->skip, len - s->pos);

		s->pos += n;
		s->skip -= n;
		if (s->skip)
			return COMM_SCAN_MORE;
		if (s->depth > ENVELOPE && s->pos < len)
			pass_usual(s, p, len);
		if (s->pos)
			close_containers(s);
		if (s->pos && !s->depth)
			return COMM_SCAN_MESSAGE;
		if (s->pos == len)
			return COMM_SCAN_MORE;
		if (s->pos + 1 + comm_value_header_length(p[s->pos]) > s->limit)
			return COMM_SCAN_TOO_BIG;
		if (s->pos + 1 + comm_value_header_length(p[s->pos]) > len)
			return COMM_SCAN_MORE;
		h = read_head(p + s->pos);
		r = enter(s, &h);
		if (r != COMM_SCAN_MORE)
			return r;
	}
}

const char *comm_scan_sentence(enum comm_scan_result r)
{
	switch (r) {
	case COMM_SCAN_NOT_RPC:
		return "not MessagePack-RPC: a message is [0, id, method, params], "
		       "[1, id, error, result] or [2, method, params]";
	case COMM_SCAN_TOO_DEEP:
		return "arrays are nested too deep";
	case COMM_SCAN_TOO_BIG:
		return "the message is longer than allowed, or a length or count in it says so";
	case COMM_SCAN_TOO_MANY:
		return "the message holds too many values";
	case COMM_SCAN_RESERVED:
		return "the byte 0xc1 is never used in MessagePack";
	case COMM_SCAN_MORE:
	case COMM_SCAN_MESSAGE:
		break;
	}
	return "no error";
}

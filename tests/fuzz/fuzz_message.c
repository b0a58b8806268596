/*
 * Fuzz target: bytes from the socket, through the scanner and the codec, as either side of it
 * reads them.
 *
 * The input is what one peer sends: messages in a row. It arrives in pieces whose sizes come
 * from the input itself, and must be found and refused exactly as if it had come at once. What
 * can be decoded is encoded and decoded again, and must be the same.
 */

#include <sanitizer/asan_interface.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/util.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/walk.h"

/* What is made once: a hundred million inputs need not each allocate it. */
static struct comm_decoder *decoder, *again;
static struct comm_buf encoded;

struct peer {
	uint32_t random;
	size_t limit;
};

static uint32_t next_random(struct peer *p)
{
	p->random = p->random * 1664525 + 1013904223;
	return p->random >> 8;
}

/* The same bytes always come in the same pieces. */
static uint32_t hash(const uint8_t *data, size_t size)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * 16777619;
	return h;
}

static enum comm_scan_result scan_in_pieces(struct peer *p, struct comm_scan *s,
					    const uint8_t *data, size_t size)
{
	size_t largest = next_random(p) % 4 ? 1 + size / 8 : 1 + size, len = 0;
	enum comm_scan_result r = COMM_SCAN_MORE;

	comm_scan_start(s, p->limit);
	while (r == COMM_SCAN_MORE && len < size) {
		len += 1 + next_random(p) % largest;
		len = MIN(len, size);
		ASAN_UNPOISON_MEMORY_REGION(data, len);
		ASAN_POISON_MEMORY_REGION(data + len, size - len);
		r = comm_scan(s, data, len);
		MUST(s->pos <= len && s->pos <= s->limit);
	}
	ASAN_UNPOISON_MEMORY_REGION(data, size);
	return r;
}

static void check_refusal(int r, const struct comm_refusal *why)
{
	MUST(r > 0 && r < COMM_ERROR_LAST);
	MUST(memchr(why->detail, '\0', sizeof why->detail));
	MUST(memchr(why->message, '\0', sizeof why->message));
	MUST(strlen(why->message) > strlen(why->detail));
	MUST(!strncmp(why->message, why->detail, strlen(why->detail)));
}

static void open_again(const struct comm_buf *bytes, struct comm_envelope *ret)
{
	struct comm_refusal why;
	struct comm_scan s;

	comm_scan_start(&s, COMM_MESSAGE_MAX);
	MUST(comm_scan(&s, comm_buf_bytes(bytes), bytes->len) == COMM_SCAN_MESSAGE);
	MUST(s.pos == bytes->len);
	MUST(!comm_decode_envelope(again, &s, comm_buf_bytes(bytes), ret, &why));
}

/* Encode @msg as @e came, open that, and see that nothing has changed. */
static void check_encoding(const struct comm_envelope *e, const struct comm_method *m,
			   const struct comm_message *type, const void *msg)
{
	bool answer = e->type == COMM_RESPONSE;
	bool error = answer && type == &comm_messages[COMM_MESSAGE_wire_error];
	struct comm_envelope opened;
	struct comm_refusal why;
	union walk_any copy;
	int r;

	comm_buf_truncate(&encoded, 0);
	r = e->type == COMM_REQUEST ? comm_encode_request(&encoded, e->id, m, msg)
	    : !answer               ? comm_encode_notification(&encoded, m, msg)
	    : error                 ? comm_encode_error(&encoded, e->id, msg)
				    : comm_encode_result(&encoded, e->id, type, msg);
	MUST(!r);
	open_again(&encoded, &opened);
	MUST(opened.type == e->type && opened.id == e->id);
	MUST(answer || comm_bytes_is(opened.method, m->name));
	MUST(!comm_decode(again, type, error ? opened.error : opened.body,
			  answer ? COMM_LENIENT : COMM_STRICT, &copy, &why));
	MUST(walk_equal(type, msg, &copy));
}

static void read_request(const struct comm_envelope *e)
{
	const struct comm_method *m = comm_method_find(e->method);
	struct comm_refusal why;
	union walk_any strict, lenient;
	int r;

	if (!m)
		return;
	r = comm_decode(decoder, comm_method_params(m), e->body, COMM_STRICT, &strict, &why);
	if (r) {
		check_refusal(r, &why);
		return;
	}
	MUST(!comm_decode(decoder, comm_method_params(m), e->body, COMM_LENIENT, &lenient, &why));
	MUST(walk_equal(comm_method_params(m), &strict, &lenient));
	check_encoding(e, m, comm_method_params(m), &strict);
}

/* Which request it answers is known to the client alone; here, the id says it. */
static void read_response(const struct comm_envelope *e)
{
	const struct comm_method *m = &comm_methods[e->id % COMM_N_METHODS];
	const struct comm_message *type =
		e->error ? &comm_messages[COMM_MESSAGE_wire_error] : comm_method_result(m);
	struct comm_refusal why;
	union walk_any answer;
	int r;

	r = comm_decode(decoder, type, e->error ? e->error : e->body, COMM_LENIENT, &answer, &why);
	if (r)
		check_refusal(r, &why);
	else
		check_encoding(e, m, type, &answer);
}

static void read_message(const struct comm_scan *s, const uint8_t *data)
{
	struct comm_envelope e;
	struct comm_refusal why;
	int r = comm_decode_envelope(decoder, s, data, &e, &why);

	if (r) {
		/* What the scanner has let through, the decoder knows how to read. */
		check_refusal(r, &why);
		MUST(r == COMM_EPROTOCOL && strcmp(why.message, "not MessagePack"));
		return;
	}
	MUST(e.type == s->type && (e.type == COMM_NOTIFICATION || s->has_id));
	if (e.type == COMM_RESPONSE)
		read_response(&e);
	else
		read_request(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer p = { hash(data, size), 0 };
	enum comm_scan_result r = COMM_SCAN_MESSAGE;

	if (!decoder)
		decoder = comm_decoder_new();
	if (!again)
		again = comm_decoder_new();
	MUST(decoder && again);
	p.limit = next_random(&p) % 4 ? COMM_MESSAGE_MAX : next_random(&p) % 512;
	while (r == COMM_SCAN_MESSAGE && size) {
		struct comm_scan s, whole;

		r = scan_in_pieces(&p, &s, data, size);
		comm_scan_start(&whole, p.limit);
		MUST(r == comm_scan(&whole, data, size));
		MUST(s.pos == whole.pos && s.has_id == whole.has_id && s.id == whole.id);
		if (r == COMM_SCAN_MESSAGE) {
			read_message(&s, data);
			data += s.pos;
			size -= s.pos;
		} else {
			MUST(*comm_scan_sentence(r));
		}
	}
	return 0;
}

/*
 * Fuzz target: lines of JSON, as a session takes them from its peer.
 *
 * What a line becomes is a message that the scanner and the decoder know how to read. Parameters that
 * can be decoded are written as JSON, read again and must be the same.
 */

#include <jansson.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/json.h"
#include "proto/json_message.h"
#include "proto/util.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/walk.h"

static void open_message(struct comm_decoder *d, const struct comm_buf *bytes,
			 struct comm_envelope *ret)
{
	struct comm_refusal why;
	struct comm_scan s;

	comm_scan_start(&s, COMM_MESSAGE_MAX);
	MUST(comm_scan(&s, comm_buf_bytes(bytes), bytes->len) == COMM_SCAN_MESSAGE);
	MUST(s.pos == bytes->len);
	MUST(!comm_decode_envelope(d, &s, comm_buf_bytes(bytes), ret, &why));
}

/* @value has become the message of @type that is @msg; so it must again. */
static void check_again(const struct comm_message *type, const void *msg, const json_t *value)
{
	struct comm_decoder *d = comm_decoder_new();
	struct comm_envelope e;
	struct comm_refusal why;
	struct comm_buf bytes;
	union walk_any copy;

	MUST(d);
	comm_buf_init(&bytes);
	comm_buf_push(&bytes, "\x94\x01\x07\xc0", 4);
	MUST(!comm_json_message(&bytes, type, value, &why));
	open_message(d, &bytes, &e);
	MUST(!comm_decode(d, type, e.body, COMM_STRICT, &copy, &why));
	MUST(walk_equal(type, msg, &copy));
	comm_buf_fini(&bytes);
	comm_decoder_free(d);
}

static void check_answer(const struct comm_message *type, const void *msg)
{
	json_error_t error;
	struct comm_buf line;
	json_t *answer;

	comm_buf_init(&line);
	MUST(!comm_json_result(&line, 7, type, msg));
	MUST(line.len && !memchr(comm_buf_bytes(&line), '\n', line.len - 1));
	answer = json_loadb(comm_buf_bytes(&line), line.len, JSON_REJECT_DUPLICATES, &error);
	MUST(answer);
	check_again(type, msg, json_object_get(answer, "result"));
	json_decref(answer);
	comm_buf_fini(&line);
}

static void check_refusal(int r, const struct comm_refusal *why)
{
	MUST(r > 0 && r < COMM_ERROR_LAST);
	MUST(memchr(why->detail, '\0', sizeof why->detail));
	MUST(memchr(why->message, '\0', sizeof why->message));
	MUST(*why->message);
}

static void check_message(const struct comm_json_request *request, const struct comm_buf *bytes)
{
	struct comm_decoder *d = comm_decoder_new();
	struct comm_refusal why;
	struct comm_envelope e;
	union walk_any params;
	struct comm_scan s;
	int r;

	MUST(d);
	comm_scan_start(&s, COMM_MESSAGE_MAX);
	MUST(comm_scan(&s, comm_buf_bytes(bytes), bytes->len) == COMM_SCAN_MESSAGE);
	MUST(s.pos == bytes->len && s.type == COMM_REQUEST && s.id == request->id);
	r = comm_decode_envelope(d, &s, comm_buf_bytes(bytes), &e, &why);
	MUST(!r || !request->method);
	if (!r && request->method) {
		const struct comm_message *type = comm_method_params(request->method);

		MUST(comm_method_find(e.method) == request->method);
		r = comm_decode(d, type, e.body, COMM_STRICT, &params, &why);
		if (!r)
			check_answer(type, &params);
	}
	if (r)
		check_refusal(r, &why);
	comm_decoder_free(d);
}

static void read_line(const char *line, size_t len)
{
	struct comm_json_request request;
	struct comm_refusal why;
	struct comm_buf bytes;
	int r;

	comm_buf_init(&bytes);
	r = comm_json_request(&bytes, line, len, &request, &why);
	if (r) {
		check_refusal(r, &why);
		MUST(!bytes.len);
	} else {
		check_message(&request, &bytes);
	}
	comm_buf_fini(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		read_line((const char *)data, len);
		len += end != NULL;
		data += len;
		size -= len;
	}
	return 0;
}

#pragma once

/*
 * Opened: one message, written as hex, and what the codec makes of it.
 *
 * What cannot even be scanned as a message fails the running test.
 */

#include "proto/codec.h"
#include "tests/lib/hex.h"

struct opened {
	struct hex_bytes bytes;
	struct comm_decoder *decoder;
	struct comm_envelope envelope;
	struct comm_refusal why;
	union {
#define OPENED_MEMBER(NAME, name, bare) struct comm_##name name;
		COMM_MESSAGES(OPENED_MEMBER)
#undef OPENED_MEMBER
	} as; /* what opened_decode() decoded last */
};

/* Open the envelope of @b, which is taken over. Returns what comm_decode_envelope() does. */
int opened_init(struct opened *m, struct hex_bytes b);
void opened_fini(struct opened *m);

/* Finishes the variable when it goes out of scope; it starts as { 0 }. */
#define _cleanup_opened_ __attribute__((cleanup(opened_fini)))

/* Decode the body. Returns what comm_decode() does. */
int opened_decode(struct opened *m, const struct comm_message *type,
		  enum comm_strictness strictness);

/* Open request 7 of @method and decode its parameters, strictly. */
int opened_params(struct opened *m, const char *method, const char *params_hex);

/* Open the answer to request 7 of @method and decode its result. */
int opened_result(struct opened *m, enum comm_method_id method, const char *result_hex,
		  enum comm_strictness strictness);

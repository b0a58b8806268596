#pragma once

/*
 * Codec: messages as MessagePack, by the schema's tables.
 *
 * Decoding is for messages that comm_scan() has found whole; nothing is copied, so that what
 * was decoded lives as long as the bytes it came from and until the decoder's next envelope.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/message.h"
#include "proto/scan.h"

/* Memory for what is being decoded, used again for every message. */
struct comm_decoder;

/* Why a message was refused. */
struct comm_refusal {
	char detail[64]; /* the parameter, as a path: records[3].key */
	char message[256];
};

/* The outside of a message; what is inside waits for comm_decode(). */
struct comm_envelope {
	enum comm_type type;
	uint64_t id;              /* of a request or response */
	struct comm_bytes method; /* of a request or notification */
	const void *error;        /* of a response: NULL, or a wire_error */
	const void *body;         /* parameters or result */
};

enum comm_strictness {
	COMM_STRICT, /* a request: refuse unknown fields, and text that is not valid UTF-8 */
	COMM_LENIENT /* an answer: pass unknown fields over, and take text as it is */
};

/* Returns NULL when out of memory. */
struct comm_decoder *comm_decoder_new(void);

/* Returns NULL; @d may be NULL. */
struct comm_decoder *comm_decoder_free(struct comm_decoder *d);

/*
 * Open the message that @s has found whole in @bytes. Everything decoded before is gone.
 *
 * Returns 0, or COMM_EPROTOCOL with @ret_why filled.
 */
int comm_decode_envelope(struct comm_decoder *d, const struct comm_scan *s, const void *bytes,
			 struct comm_envelope *ret, struct comm_refusal *ret_why);

/*
 * Decode an envelope's body or error into @ret, a struct of type->size bytes.
 *
 * Returns 0; COMM_EBAD_PARAMS (missing, superfluous, wrong type) or COMM_EBAD_VALUE (a record's
 * own fields, text that is not UTF-8, a list that is too long) with @ret_why filled; -ENOMEM.
 */
int comm_decode(struct comm_decoder *d, const struct comm_message *type, const void *body,
		enum comm_strictness strictness, void *ret, struct comm_refusal *ret_why);

/*
 * Add one whole message to @out. Text that is not valid UTF-8 is written as bin. On failure @out is as it was.
 * Return 0 or -ENOMEM.
 */
int comm_encode_request(struct comm_buf *out, uint64_t id, const struct comm_method *m,
			const void *params);
int comm_encode_notification(struct comm_buf *out, const struct comm_method *m, const void *params);
int comm_encode_result(struct comm_buf *out, uint64_t id, const struct comm_message *type,
		       const void *result);
int comm_encode_error(struct comm_buf *out, uint64_t id, const struct comm_wire_error *error);

/*
 * A request whose first list grows item by item, so that who gathers many small ones neither keeps
 * nor encodes them twice: begin, note out->len as the place of the items, add items, end. The list
 * in @params is not looked at; the fields before it are written by begin, those after it by end,
 * and how many there are by begin, so that @params must be the same for both.
 *
 * Return 0 or -ENOMEM, as above.
 */
int comm_encode_begin(struct comm_buf *out, uint64_t id, const struct comm_method *m,
		      const void *params);
int comm_encode_item(struct comm_buf *out, const struct comm_message *type, const void *item);
int comm_encode_end(struct comm_buf *out, size_t items_at, uint32_t n_items,
		    const struct comm_method *m, const void *params);

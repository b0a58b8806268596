#pragma once

/*
 * Dispatch: from a whole message to the handler of its method.
 */

#include "daemon/session.h"
#include "proto/codec.h"

/* What a handler is: request @r with @params decoded; it answers or keeps @r in any case. */
typedef void (*dispatch_handler_fn)(struct request *r, const void *params);

/*
 * Deal with the message that session::scan has found whole in @bytes. Without memory the session ends.
 * Returns 0; COMM_EAGAIN: later, its user has used up a quota; or COMM_EPROTOCOL with @ret_why when the
 * stream cannot be trusted any more.
 */
int dispatch_message(struct session *s, const void *bytes, struct comm_refusal *ret_why);

/*
 * Answer a request that could not become a message, for @error: a code with @why filled, or -errno.
 * @m is NULL if the method is not known. Returns 0, or COMM_EAGAIN: later, its user has used up a quota.
 */
int dispatch_refuse(struct session *s, uint64_t id, const struct comm_method *m, int error,
		    const struct comm_refusal *why);

/* Answer @r with @code: no method has this @name, but perhaps one is near. */
void dispatch_refuse_method(struct request *r, int code, struct comm_bytes name);

/*
 * Decode a request's parameters a second time, from a copy of its bytes; for requests that had to
 * wait before they could begin. @ret is a struct of the method's parameters. Returns 0 or -ENOMEM.
 */
int dispatch_decode_again(struct request *r, const void *bytes, size_t n_bytes, void *ret);

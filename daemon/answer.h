#pragma once

/*
 * Answer: a response into a session's outbox, as the client talks itself: MessagePack or JSON.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/message.h"

struct session;

/* Return 0, or -ENOMEM with the outbox as it was. */
int answer_result(struct session *s, uint64_t id, const struct comm_message *type,
		  const void *result);
int answer_error(struct session *s, uint64_t id, const struct comm_wire_error *error);

/* Most bytes of one answer. */
size_t answer_max(const struct session *s);

/*
 * Whether the client takes what has been put into its outbox after the first @from bytes there.
 * @may_have_many: nobody has counted its values.
 */
bool answer_fits(const struct session *s, size_t from, bool may_have_many);

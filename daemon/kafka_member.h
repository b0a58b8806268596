#pragma once

/*
 * Member: of a group, under a name that outlives the daemon.
 */

#include <stdbool.h>
#include <stddef.h>

#include "daemon/kafka_consumer.h"

/*
 * @pattern as a group.instance.id of consumers of @p: "%h" in it is the host's name, "%p" the profile's.
 * Returns NULL, or a sentence that says why it is none.
 */
const char *kafka_member_expand(const struct profile *p, const char *pattern, char *ret,
				size_t size);

/* Whether the group keeps the member's place when it closes. */
bool kafka_member_is_static(const struct kafka_consumer *c);

/* Whether it is one, and a consumer that is opened now has the same id. */
bool kafka_member_stays(const struct kafka_consumer *c);

/* Whether a member that has unsubscribed is none any more, or is just telling the group so. */
bool kafka_member_has_left(const struct kafka_consumer *c);

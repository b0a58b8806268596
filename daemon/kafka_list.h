#pragma once

/*
 * Listing: what the brokers say about topics, as the protocol's message.
 */

#include <stddef.h>

#include "daemon/kafka_internal.h"

struct kafka_listing {
	const struct rd_kafka_metadata *md; /* owned; strings are in it */
	char *memory;                       /* owned; lists are in it */
	size_t used;
	struct comm_wire_topic *topics; /* in memory */
	struct comm_list_topics_result result;
};

/* Take @md over. Returns 0 or -ENOMEM; kafka_listing_fini() is due in any case. */
int kafka_listing_init(struct kafka_listing *l, const struct rd_kafka_metadata *md);

/* @l may be all zero. */
void kafka_listing_fini(struct kafka_listing *l);

/* Whether @err of a topic means that nothing else is known about it. */
bool kafka_listing_is_unusable(rd_kafka_resp_err_t err);

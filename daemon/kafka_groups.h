#pragma once

/*
 * Groups: all that the brokers have.
 */

#include "daemon/kafka_errand.h"

/* Ask all brokers, in the thread of @e. Returns the answer, or NULL when the errand has failed. */
rd_kafka_event_t *kafka_groups_ask(struct kafka_errand *e);

/* One of them as the protocol's message; its strings are in the answer. */
void kafka_groups_describe(const rd_kafka_ConsumerGroupListing_t *group,
			   struct comm_wire_group *ret);

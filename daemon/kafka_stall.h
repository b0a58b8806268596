#pragma once

/*
 * Looking for stalls: readers that wait for records, and get none although there are more and more.
 */

#include "daemon/kafka_consumer.h"

/* Now and then, ask where the partitions of waiting readers end. To be called once a second or so. */
void kafka_stall_step(struct kafka_consumer *c);

/* Ask now, unless an answer is due. */
void kafka_stall_ask(struct kafka_consumer *c);

/* @c is freed: nobody wants the answer any more. */
void kafka_stall_forget(struct kafka_consumer *c);

bool kafka_stall_is(const struct kafka_reader *r);

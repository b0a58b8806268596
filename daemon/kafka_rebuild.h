#pragma once

/*
 * Rebuild: readers whose consumer has failed, until there is another one for them.
 */

#include <sys/queue.h>

#include "daemon/kafka_consumer.h"

struct kafka_rebuild;

/* @c has failed for good, which @why tells: end it, and give its readers another one. */
void kafka_rebuild_begin(struct kafka_consumer *c, const struct kafka_failure *why);

/* Another way has led to @c, which is new: those who wait for a consumer of its group join it. */
void kafka_rebuild_join(struct kafka_consumer *c);

/* @r does not wait any more. */
void kafka_rebuild_leave(struct kafka_reader *r);

#pragma once

/*
 * Sleep: lanes that nobody takes from are kept empty, and nothing is fetched for them.
 */

#include "daemon/kafka_consumer.h"

/* How long nobody may take from a lane that has something. */
#define KAFKA_SLEEP_MS 10000

/* Bytes that the consumer's other readers may take in the meantime: so much it may hold on to. */
#define KAFKA_SLEEP_BYTES (32 * 1024 * 1024)

/* Put lanes to sleep, and wake partitions that have left one. To be called once a second or so. */
void kafka_sleep_step(struct kafka_consumer *c);

/* Somebody is about to take from @l: it is awake. */
void kafka_sleep_on_look(struct kafka_lane *l);

/* @p, which sleeps, has come to the lane of a reader: have it woken if the lane is awake. */
void kafka_sleep_on_move(struct kafka_partition *p);

/* Before the partitions of @list, NULL: all, are let go: librdkafka would remember that they are paused. */
void kafka_sleep_end(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list);

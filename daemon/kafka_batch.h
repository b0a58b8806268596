#pragma once

/*
 * Kafka batch: the life of a batch, which needs nothing of librdkafka.
 */

struct kafka_batch;
struct kafka_outcome;

struct kafka_batch *kafka_batch_of(const struct kafka_outcome *o);

/* The last of its outcomes is there: tell those who look on, and whoever waits for it; without one it frees itself. */
void kafka_batch_end(struct kafka_batch *b);

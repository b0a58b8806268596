#pragma once

/*
 * Receiver: the receiving side of the port in kafka_sender.h's world, for tests.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/kafka_sender.h"

/* A record that was received, with copies of what it borrowed. */
struct got {
	char topic[64];
	char value[64];
	int64_t partition;
	int64_t offset;
};

/* A reader, and all that it has received. */
struct receiver {
	struct world *world;
	struct kafka_reader *reader;
	struct kafka_failure why; /* code 0: none */
	bool is_done;             /* kafka_subscribe() has called back */
	size_t n_begins;          /* partitions that it then said it begins in */
	int64_t begins[4];        /* where it begins in the first of them */
	size_t n_ready;           /* how often ready() was called */
	bool is_at_end;           /* as the last fetch said */
	struct got *got;          /* owned */
	size_t n_got;
};

/* A world with room for @max_consumers. */
void receiver_world(struct world *world, size_t max_consumers);

/* Send @n records "<first>" to "<first + n - 1>" to the partition, and wait for the brokers. */
void receiver_fill(struct world *world, const char *topic, int partition, int first, int n);

/* Send @records, and wait for the brokers. */
void receiver_send(struct world *world, const char *topic, const struct comm_wire_record *records,
		   size_t n);

/* Options for one topic; change what is different. */
struct kafka_reader_options receiver_options(const char *group,
					     const struct comm_wire_topic_ref *ref, size_t n_refs);

/* Subscribe and wait; the result is in @w. */
void receiver_open(struct receiver *w, struct world *world, struct kafka_client *c,
		   struct kafka_reader_options o);

/* One fetch; what came is added. Returns how many. */
size_t receiver_fetch(struct receiver *w, size_t max_records, size_t max_bytes);

/* Fetch until there are at least @n records in all; exactly as many. */
void receiver_await(struct receiver *w, size_t n);
void receiver_await_just(struct receiver *w, size_t n);

/* Fetch until the reader is at its end. */
void receiver_await_end(struct receiver *w);

/* Wait for ready(), which must not have been called since the last fetch. */
void receiver_await_ready(struct receiver *w);

/* Forget what was received. */
void receiver_forget(struct receiver *w);
void receiver_close(struct receiver *w);

/* The @i-th record of the partition, or NULL. */
const struct got *receiver_find(const struct receiver *w, int64_t partition, size_t i);
size_t receiver_count(const struct receiver *w, int64_t partition);

/* The partition's records are those from @first on, @n of them, in order and once. */
void receiver_check_run(const struct receiver *w, int64_t partition, int64_t first, size_t n);

#pragma once

/*
 * Fixture: Kafka behind its port on the mock cluster, and a loop that runs until something is true.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "daemon/kafka.h"
#include "daemon/profile.h"

struct fixture {
	uv_loop_t loop;
	uv_timer_t alarm;
	bool is_late;
	struct kafka *kafka;
	struct profile *profile;
	struct kafka_client *client;
};

/* A record that was received, with copies of what it borrowed. */
struct got {
	char topic[64];
	char value[64];
	int64_t partition;
	int64_t offset;
};

/* A reader, and all that it has received. */
struct receiver {
	struct fixture *fixture;
	struct kafka_reader *reader;
	struct kafka_failure why; /* code 0: none */
	bool is_done;             /* kafka_subscribe() has called back */
	size_t n_ready;           /* how often ready() was called */
	bool is_at_end;           /* as the last fetch said */
	struct got *got;          /* owned */
	size_t n_got;
};

void fixture_init(struct fixture *f, size_t max_consumers);

/* Another profile, and so another client, on the same mock cluster. The caller frees the profile last. */
struct kafka_client *fixture_client(struct fixture *f, const char *name, struct profile **ret);

/* Close everything and see that nothing is left. */
void fixture_fini(struct fixture *f);

/* Run the loop until is_true(arg), or fail after a long time. */
void fixture_run(struct fixture *f, bool (*is_true)(void *arg), void *arg);

/* One turn of the loop for what is due now. */
void fixture_turn(struct fixture *f);

void fixture_create(struct fixture *f, const char *topic, int n_partitions);

/* Send @n records "<first>" to "<first + n - 1>" to the partition, and wait for the brokers. */
void fixture_fill(struct fixture *f, const char *topic, int partition, int first, int n);
void fixture_send(struct fixture *f, const char *topic, const struct comm_wire_record *records,
		  size_t n);

/* Options for one topic; change what is different. */
struct kafka_reader_options fixture_options(const char *group,
					    const struct comm_wire_topic_ref *ref, size_t n_refs);

/* Subscribe and wait; the result is in @w. */
void receiver_open(struct receiver *w, struct fixture *f, struct kafka_client *c,
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

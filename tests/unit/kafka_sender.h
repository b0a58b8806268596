#pragma once

/*
 * Sender: the sending side of the port on a loop of its own, for tests.
 */

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>
#include <uv.h>

#include "daemon/kafka_internal.h"
#include "daemon/profile.h"

struct world {
	uv_loop_t loop;
	uv_timer_t alarm;
	bool is_late;
	struct kafka *kafka;
	struct profile *profile;
	struct kafka_client *client;
};

/* The profile "default" of a file with @properties; the caller frees it. */
struct profile *profile_of(const char *properties);

/* Run a mock cluster behind the port, and a profile with @properties, "" for none. */
void world_init(struct world *w, size_t max_records, const char *properties);

/* Without a mock cluster; @properties name the brokers. */
void world_init_real(struct world *w, const char *properties);

/* Run the loop until @is_true, or fail after a long time. */
void world_run(struct world *w, bool (*is_true)(void *arg), void *arg);

/* Begin to close; then see that nothing is left. */
void world_close(struct world *w, int timeout_ms);
void world_fini(struct world *w);

/* One call of the port and its answer. */
struct answer {
	bool is_there;
	bool has_failed;
	struct kafka_failure why;
};

void answer_set(void *arg, const struct kafka_failure *why);
void answer_await(struct world *w, struct answer *a);

void world_create(struct world *w, const char *topic, int n_partitions);
void world_delete(struct world *w, const char *topic);

/* A send that waits its turn as commd's do. */
struct sending {
	struct world *world;
	const char *topic;
	const struct comm_wire_record *records;
	size_t n;
	struct kafka_batch *batch; /* with its outcomes; freed by sending_fini() */
	struct kafka_waiter waiter;
	bool is_waiting;
	bool is_done; /* batch is */
	int error;    /* of kafka_produce() */
	struct kafka_failure why;
	unsigned place; /* among all: when it was taken or refused, from 1 */
};

void sending_start(struct sending *s, struct world *w, const char *topic,
		   const struct comm_wire_record *records, size_t n);

/* The same for records of @sender. */
void sending_start_as(struct sending *s, struct sender *sender, struct world *w, const char *topic,
		      const struct comm_wire_record *records, size_t n);

/* Wait until it is refused or its batch is done. */
void sending_await(struct sending *s);
void sending_fini(struct sending *s);

/* The reason of the outcome of a single record, sent and awaited; 0 if it is persisted. */
int world_send(struct world *w, const char *topic, const struct comm_wire_record *r,
	       struct kafka_failure *ret_why);

struct comm_wire_record record_of(const char *value);

/* Have a plain consumer read the first @n messages of the partition, and look at each. */
void world_read(struct world *w, const char *topic, int partition, size_t n,
		void (*look)(void *arg, size_t i, const rd_kafka_message_t *m), void *arg);

/* Records with the values "<first>", "<first + 1>" and so on; the texts are in @values. */
void records_fill(struct comm_wire_record *records, char (*values)[16], size_t n, size_t first);

/* For world_read(): the values are those that records_fill() makes from 0 on. */
void look_for_order(void *arg, size_t i, const rd_kafka_message_t *m);

/* All that was taken is persisted or failed, so many of each. */
void world_assert_balanced(const struct world *w, int64_t persisted, int64_t failed);

#pragma once

/*
 * Stand-in: takes the place of daemon/kafka_*.c, but for kafka_batch.c, while the daemon is fuzzed. It keeps the promises of
 * daemon/kafka.h and nothing else: what is asked of it ends when the input says so, and how.
 *
 * What it lends is allocated anew each time and freed when it may be no longer used, so that the
 * sanitizers see who does; what was begun and never ended is still there at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/discards.h"
#include "daemon/events.h"
#include "daemon/kafka.h"

/* Failures to choose from: 0 is none. */
#define STAND_IN_FAILURES 16

struct kafka_client {
	struct kafka *kafka; /* borrowed */
	char *profile;       /* owned */
	SLIST_ENTRY(kafka_client) entry;
};

struct kafka_topic {
	char unused;
};

/* Something that was asked, and has not called back. */
struct pending {
	void (*end)(struct pending *p, const struct kafka_failure *why); /* calls back and frees */
	void *arg;                                                       /* the caller's */
	struct kafka *kafka;                                             /* borrowed */
	const struct comm_message *result;
	union {
		kafka_done_fn done;
		kafka_topics_fn topics;
		kafka_answer_fn answer;
		kafka_reader_fn reader;
		kafka_positions_fn positions;
	} fn;
	struct kafka_reader
		*reader; /* owned: of a subscribe; borrowed: of a seek, NULL once it is closed */
	struct kafka_batch *batch; /* borrowed */
	TAILQ_ENTRY(pending) entry;
};

struct kafka {
	uv_loop_t *loop; /* borrowed */
	TAILQ_HEAD(, pending) pending;
	TAILQ_HEAD(, kafka_waiter) line;
	LIST_HEAD(, kafka_reader) readers;
	SLIST_HEAD(, kafka_client) clients;
	struct events events;
	struct discards discards;
	bool is_patient; /* what was asked ends only when the input says so */
	bool is_down;
	bool is_full;     /* takes no records */
	size_t refuse_as; /* the next call is refused with this failure */
	size_t n_served;  /* for variety in the answers */
	uint64_t n_polled;
	void (*closed)(void *arg); /* NULL: it is not closing */
	void *closed_arg;
	uint64_t close_by_ns;
};

/* ---- for who fuzzes ---- */

/* End the @n that were asked first; @failure is how, 0 for well. */
void stand_in_end(struct kafka *k, size_t n, size_t failure);

/* What happens in a turn of the loop without being asked for. @k is freed if that is the end of its end. */
void stand_in_turn(struct kafka *k);

/* Every reader has @n more records; has @failure to tell; is at its end. */
void stand_in_bring(struct kafka *k, size_t n);
void stand_in_complain(struct kafka *k, size_t failure);
void stand_in_finish(struct kafka *k);

/* Those that wait in line may try again. */
void stand_in_wake(struct kafka *k);

/* As it was when it was new, but for what is under way. */
void stand_in_calm(struct kafka *k);

/* Whether nothing is asked, lent, read or waited for. */
bool stand_in_is_idle(const struct kafka *k);

/* ---- for its own files ---- */

struct kafka_failure stand_in_failure(size_t failure);

/* Whether this call is to be refused; then its code is returned with @ret filled. */
int stand_in_refuses(struct kafka *k, struct kafka_failure *ret);

/* A new one of @k's. */
struct pending *pending_new(struct kafka *k, void *arg,
			    void (*end)(struct pending *p, const struct kafka_failure *why));

/* An answer of the schema, of a style that changes; lives until the next one. */
const void *stand_in_result(struct kafka *k, const struct comm_message *type);

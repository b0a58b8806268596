#pragma once

/*
 * Discards: which records have failed after they were accepted, whose they were, and why.
 *
 * Records that differ in nothing that an operator would ask for share a row. The rows are bounded, and when
 * there is none left, the one least recently added to gives way: what happens now is seen. Its number and its
 * first time are remembered for a while, in case that it comes back: of more kinds than there are rows, in
 * turns, each would be one record for ever.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/sender.h"
#include "proto/limits.h"

/*
 * An outage is two rows for each process and topic: what was not sent, and what may have been. Those of some
 * hundred processes have room; a row is made when it is needed, and all of them are some 600 KiB.
 */
#define DISCARDS_MAX 512

/* What comes back within that is no news. */
#define DISCARD_AGAIN_MS 60000

/* A sentence with the brokers' own words in it; what is longer is cut. */
#define DISCARD_MESSAGE_MAX 512

/* What the records of one row have in common. Strings are borrowed. */
struct discard_kind {
	const char *profile;
	const char *topic;
	const char *client;
	pid_t pid;
	uid_t uid;
	int32_t reason; /* Kafka's number */
	bool maybe_persisted;
};

struct discard {
	size_t place; /* in discards::memory */
	bool is_again; /* it has given way, less than DISCARD_AGAIN_MS after its last record, and is back */
	int64_t first_ms; /* since 1970 */
	int64_t last_ms;
	int64_t n; /* records */
	char profile[COMM_NAME_MAX + 1];
	char topic[COMM_TOPIC_NAME_MAX + 1];
	char client[SENDER_NAME_MAX];
	pid_t pid;
	uid_t uid;
	int32_t reason;
	bool maybe_persisted;
	int code; /* enum comm_error */
	char message[DISCARD_MESSAGE_MAX];
	TAILQ_ENTRY(discard) entry; /* on discards::rows */
};

/* What is remembered of a row that has given way. */
struct discard_past {
	uint64_t hash; /* of its kind */
	int64_t first_ms;
	int64_t last_ms;
	int64_t n; /* 0: nothing is remembered */
};

struct discards {
	TAILQ_HEAD(discard_list, discard) rows; /* the one least recently added to first */
	size_t n_rows;
	int64_t n_records;                      /* of all rows that there have been */
	int64_t n_evicted;                      /* rows that have given way */
	uint64_t hashes[DISCARDS_MAX];          /* of their kinds */
	struct discard *memory[DISCARDS_MAX];   /* owned; the first n_rows */
	struct discard_past past[DISCARDS_MAX]; /* of the last that was in the same place */
};

void discards_init(struct discards *d);
void discards_fini(struct discards *d);

/*
 * A record of @kind has failed. Returns its row if it is a new one, or is back: the caller has to explain it;
 * NULL if there was one, or there is no memory for the first of all. A record like the one before it costs no
 * search.
 */
struct discard *discards_add(struct discards *d, const struct discard_kind *kind, int64_t now_ms);

/* Why the records of @row have failed. */
void discard_explain(struct discard *row, int code, const char *message);

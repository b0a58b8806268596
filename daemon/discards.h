#pragma once

/*
 * Discards: which records have failed after they were accepted, whose they were, and why.
 *
 * Records that differ in nothing that an operator would ask for share a row. The rows are few, and when
 * there is none left, the one least recently added to gives way: what happens now is seen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/sender.h"
#include "proto/limits.h"

/* More than a screen of troubles are read by nobody at once; all of them are less than 100 KiB. */
#define DISCARDS_MAX 64

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

struct discards {
	TAILQ_HEAD(discard_list, discard) rows; /* the one least recently added to first */
	size_t n_rows;
	int64_t n_records; /* of all rows that there have been */
	int64_t n_evicted; /* rows that have given way */
	struct discard memory[DISCARDS_MAX];
};

void discards_init(struct discards *d);

/*
 * A record of @kind has failed. Returns its row if it is a new one: the caller has to explain it; NULL
 * if there was one. A record like the one before it costs no search.
 */
struct discard *discards_add(struct discards *d, const struct discard_kind *kind, int64_t now_ms);

/* Why the records of @row have failed. */
void discard_explain(struct discard *row, int code, const char *message);

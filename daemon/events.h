#pragma once

/*
 * Events: what has happened to consumers from outside, how often, and when last.
 *
 * Like discards: what differs in nothing that an operator would ask for shares a row, the rows are few,
 * and the one least recently added to gives way.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "proto/limits.h"

/*
 * X(C, NAME, word, counter, doc): the kinds, by their word in status; each has a counter in stats, which
 * @doc is about. @C is the caller's own.
 */
#define EVENTS(X, C)                                                                               \
	X(C, DOWN, "down", brokers_down_total,                                                     \
	  "times that no broker of a profile could be reached")                                    \
	X(C, UP, "up", brokers_up_total, "times that the brokers of a profile answered again")     \
	X(C, REVOKED, "revoked", partitions_revoked_total,                                         \
	  "partitions that Kafka has taken back in order")                                         \
	X(C, UNACKNOWLEDGED, "unacknowledged", partitions_unacknowledged_total,                    \
	  "of them: given back before all of their records were acknowledged")                     \
	X(C, LOST, "lost", assignments_lost_total,                                                 \
	  "times that a group has put its member here out")                                        \
	X(C, RESET, "reset", offset_resets_total,                                                  \
	  "partitions that are read from elsewhere, since the next record is not there any more")  \
	X(C, UNCOMMITTED, "uncommitted", commit_failures_total, "commits that have failed")        \
	X(C, UNAVAILABLE, "unavailable", topics_unavailable_total,                                 \
	  "times that a subscribed topic was not there, or not to be read")                        \
	X(C, REFUSED, "refused", fetch_errors_total,                                               \
	  "other errors that the brokers have answered consumers with")                            \
	X(C, LATE, "late", polls_exceeded_total,                                                   \
	  "times that commd was stopped for longer than max.poll.interval.ms")                     \
	X(C, FENCED, "fenced", instances_fenced_total,                                             \
	  "times that another member has come with the same group.instance.id")                    \
	X(C, FAILED, "failed", consumer_failures_total, "other fatal errors of consumers")         \
	X(C, REBUILT, "rebuilt", consumer_rebuilds_total, "consumers in the place of failed ones") \
	X(C, STALLED, "stalled", stalls_total,                                                     \
	  "times that a subscription got nothing for a minute although there was more to read")    \
	X(C, RELOADED, "reloaded", reloads_total, "times that the configuration was read again")   \
	X(C, RELOAD_REFUSED, "not reloaded", reloads_refused_total,                                \
	  "times that it stayed as it was, since something was wrong in a file")

enum event {
#define EVENT_ENUM(C, NAME, word, counter, doc) EVENT_##NAME,
	EVENTS(EVENT_ENUM, )
#undef EVENT_ENUM
		N_EVENTS
};

/* More than a screen of troubles are read by nobody at once; all of them are less than 100 KiB. */
#define EVENTS_MAX 64

/* A sentence with the brokers' own words in it; what is longer is cut. */
#define EVENT_MESSAGE_MAX 512

/* What the times of one row have in common. Strings are borrowed; NULL: none. */
struct event_kind {
	enum event event;
	const char *profile;
	const char *group;
	const char *topic;
	int32_t partition; /* -1: none */
};

struct event_row {
	int64_t first_ms; /* since 1970 */
	int64_t last_ms;
	int64_t times;
	enum event event;
	char profile[COMM_NAME_MAX + 1];
	char group[COMM_NAME_MAX + 1];       /* "": none */
	char topic[COMM_TOPIC_NAME_MAX + 1]; /* "": none */
	int32_t partition;
	char message[EVENT_MESSAGE_MAX]; /* of the last time */
	TAILQ_ENTRY(event_row) entry;    /* on events::rows */
};

struct events {
	TAILQ_HEAD(event_list, event_row) rows; /* the one least recently added to first */
	size_t n_rows;
	int64_t n_evicted;        /* rows that have given way */
	int64_t counts[N_EVENTS]; /* of all rows that there have been */
	struct event_row memory[EVENTS_MAX];
};

void events_init(struct events *e);

/* It has happened once more, to @n of what its counter counts. */
void events_add(struct events *e, const struct event_kind *kind, int64_t n, const char *message,
		int64_t now_ms);

/* Its word in status. */
const char *event_word(enum event event);

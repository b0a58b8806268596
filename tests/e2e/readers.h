#pragma once

/*
 * Readers: processes that read a topic together, as members of one group, and that may be killed at
 * any time; and the judge of what they say.
 *
 * Each says what has come before it goes on, and what is acknowledged once that was answered; one that
 * fails says what has come and does nothing more. The topic's records are numbers that are their
 * offsets. Whatever they say is held against what a group is promised: no record is passed over, those
 * of a reader that failed included; none comes again after its acknowledgement was answered; and each
 * reader gets a partition's records in order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/commclient.h"

#define READERS_PARTITIONS_MAX 8

struct reader {
	const char *socket;                   /* borrowed */
	pid_t pid;                            /* 0: it was killed */
	bool has_failed;                      /* it acknowledges nothing, and waits to be killed */
	int64_t next[READERS_PARTITIONS_MAX]; /* behind the last offset that it was given */
	bool is_forgetful;                    /* until it says that something has come */
};

struct readers {
	const char *topic; /* borrowed; the group's name as well */
	enum comm_ack_mode ack;
	int n_partitions;
	bool may_repeat;    /* a reader may be given again what it has not acknowledged */
	bool may_fail;      /* one in so many times that records come, until readers_end() */
	unsigned int seed;  /* of how much they ask for, and when they fail */
	int fds[2];         /* what they say */
	int calm_fds[2];    /* at its end: none is to fail any more */
	struct reader *all; /* owned; by number */
	int n;
	int64_t next[READERS_PARTITIONS_MAX];  /* behind the last that came to one who goes on */
	int64_t acked[READERS_PARTITIONS_MAX]; /* before this nothing may come again, */
	int acker[READERS_PARTITIONS_MAX];     /* as this reader has said; -1: nobody yet */
};

void readers_init(struct readers *rs, const char *topic, int n_partitions, enum comm_ack_mode ack);

/*
 * Nobody else fails, and each partition has @n records: wait until Kafka knows that all are acknowledged,
 * kill the readers, judge what they have said, and see with @c that whoever comes next gets nothing.
 */
void readers_end(struct readers *rs, struct comm *c, int64_t n);

/* Start another at @socket, which is borrowed. Returns its number. */
int readers_start(struct readers *rs, const char *socket);

/* One that has failed; -1: none has. */
int readers_find_failed(const struct readers *rs);

/* What it has said already still counts. */
void readers_kill(struct readers *rs, int number);

/*
 * Wait at most @timeout_ms for one of them to say something, and judge it. Returns whether one has; then
 * @ret_reader (may be NULL) is its number.
 */
bool readers_listen(struct readers *rs, int timeout_ms, int *ret_reader);

/*
 * The daemon at @socket has died: what was acknowledged to its readers after @committed, by partition, may
 * come again.
 */
void readers_forget(struct readers *rs, const char *socket, const int64_t *committed);

/* Whether the first @n records of each partition have come. */
bool readers_have(const struct readers *rs, int64_t n);

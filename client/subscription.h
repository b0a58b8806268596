#pragma once

/*
 * Subscription: what is read, where it has got to, and the records of the last receive.
 *
 * It outlives connections: on a new one it is made again as soon as somebody wants to receive.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "client/api.h"
#include "client/call.h"
#include "proto/arena.h"

struct subscribe;
struct transport;

/* Where a partition goes on. */
struct position {
	int64_t next;      /* of a pause: whether it is one, or an exception from a wider one */
	int32_t partition; /* of a pause: negative for all of the topic, which is "" for all topics */
	size_t topic_len;
	char topic[];
};

/* All zero is an empty one. */
struct positions {
	struct position **items; /* owned, each of them too; sorted */
	size_t n;
	size_t room;
};

enum subscription_state {
	SUBSCRIPTION_MAKING, /* asked for; subscription::making is under way */
	SUBSCRIPTION_MADE,
	SUBSCRIPTION_LOST /* to be made again when it is needed */
};

/* Memory of the daemon's, which it has put values into. */
struct shared {
	const char *data; /* mapped; NULL: none */
	size_t size;
	int64_t inode; /* -1 without */
};

struct comm_subscription {
	struct comm *c; /* borrowed */
	LIST_ENTRY(comm_subscription) entry;
	enum subscription_state state;
	bool is_given;            /* the program has it */
	bool is_ending;           /* and has asked for its end, which frees it */
	int64_t id;               /* when made: its number on this connection */
	struct subscribe *making; /* borrowed; a call */
	char *group;              /* owned; NULL: none */
	char **topics;            /* owned, each of them too */
	size_t n_topics;
	struct comm_subscribe_options options;
	struct positions positions; /* without a group only */
	bool is_told;               /* they are all there were when it was made */
	struct positions pauses;    /* what is paused, to be paused again */
	size_t n_receives;          /* under way */
	struct comm_buf bytes;      /* of the last answer, which its records point into */
	struct arena arena;         /* for its records */
	struct shared shared;       /* what values of its records may be in */
	bool at_end;
	const struct comm_positions *ends; /* in the arena, or NULL */
};

/* As comm_position. */
#define POSITION_SHAPE "Siq"

/* The connection is lost, or there again, or a fork's child begins anew. */
void subscriptions_on_lost(struct comm *c);
void subscriptions_on_ready(struct comm *c);
void subscriptions_on_fork(struct comm *c);
void subscriptions_free(struct comm *c);

/*
 * Ask for it again; calls that are held for it follow. Returns 0, COMM_ENO_MEMORY, or
 * COMM_ENO_SUBSCRIPTION when it has become too large to be asked for.
 */
int subscription_remake(struct comm_subscription *s);

/* It is made, but what we know of it is not to be relied on: end it in the daemon. */
void subscription_abandon(struct comm_subscription *s);

/*
 * A subscription of @c that is yet to be asked for. Returns 0, COMM_EINVALID or COMM_ENO_MEMORY, with
 * comm::error set.
 */
int subscription_new(struct comm *c, const char *group, const char *const *topics, size_t n_topics,
		     const struct comm_subscribe_options *options, struct comm_subscription **ret);

/* Returns 0, or COMM_ENO_SUBSCRIPTION with comm::error set when the program has asked for its end. */
int subscription_check(const struct comm_subscription *s);

/*
 * Send @call, which is about @s, for what the subscription is then: now, or when it is there again.
 * Its bytes are made by its type's refresh(). Returns as subscription_remake(); then it is still the
 * caller's.
 */
int subscription_call(struct comm_subscription *s, struct call *call);

/* The schema's word for @start, NULL for the default or none of them; and what goes with it. */
const char *start_word(enum comm_start start);
int64_t start_at(enum comm_start start, int64_t at);

/* Calls of it must not be under way. */
void subscription_free(struct comm_subscription *s);

/* What is being made is not wanted any more. */
void subscribe_detach(struct subscribe *op);

/* Nobody is interested in what is subscribed as @id on this connection. */
void subscription_discard(struct comm *c, int64_t id);

/* ---- positions ---- */

/* Note where a partition begins, unless it is known already. Returns 0 or -ENOMEM. */
int positions_add(struct positions *all, struct comm_bytes topic, int32_t partition, int64_t next);

/*
 * The same of a place that an answer to @s tells, in its own positions. Returns 0, or COMM_E* with
 * comm::error set.
 */
int positions_add_told(struct comm_subscription *s, const struct comm_wire_position *p);

/* Note that all before @next of a known partition has been received. */
void positions_set(struct positions *all, struct comm_bytes topic, int32_t partition, int64_t next);

/* Write those of @topic to @ret, which has room for all; returns how many there are. */
size_t positions_list(const struct positions *all, struct comm_bytes topic,
		      struct comm_wire_topic_ref *ret);

/* Forget @partition (negative: each) of @topic (of no length: of each). */
void positions_remove(struct positions *all, struct comm_bytes topic, int32_t partition);

/* This very one, or NULL. */
const struct position *positions_find(const struct positions *all, struct comm_bytes topic,
				      int32_t partition);
void positions_fini(struct positions *all);

/* ---- places ---- */

/* Encode a seek, pause or resume for its subscription as it is; a call_type::refresh. */
int place_refresh(struct call *call);

/* It has been made again: what was paused is so before anything is received. Returns 0 or COMM_E*. */
int pauses_renew(struct comm_subscription *s);

/*
 * A member of a group that has been made again is given its partitions later: when one that is to be
 * paused brings records, it is paused then.
 */
void pauses_enforce(struct comm_subscription *s, const struct comm_record *records, size_t n);

/* ---- shared memory ---- */

/* If a memory has come, map it in the place of the one before; if that cannot be there is none. */
void shared_take(struct shared *s, struct transport *t);
void shared_fini(struct shared *s);

/* ---- records ---- */

/* Whether they are of the same partition, when of one answer and in its order. */
bool record_is_neighbour(const struct comm_record *r, const struct comm_record *other);

/*
 * Make the program's records of an answer; they live as long as @a, the answer's bytes and @shared.
 * Returns 0, COMM_EPROTOCOL or COMM_ENO_MEMORY.
 */
int records_make(struct arena *a, const struct shared *shared,
		 const struct comm_receive_result *from, const struct comm_record **ret_records,
		 size_t *ret_n_records);

#pragma once

/*
 * Reader: a local subscription, inside: what it wants, which partitions are its own, and what it has
 * been handed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/kafka_hold.h"
#include "daemon/kafka_internal.h"
#include "daemon/kafka_lane.h"
#include "daemon/kafka_pattern.h"
#include "daemon/stall.h"

struct kafka_consumer;
struct kafka_partition;
struct kafka_rebuild;
struct kafka_seek;

struct kafka_reader {
	struct kafka_client *client;        /* borrowed; NULL when all of Kafka is closed */
	LIST_ENTRY(kafka_reader) of_client; /* on kafka_client::readers */
	struct kafka_consumer
		*consumer;             /* borrowed; NULL before it has joined, after its end, and */
	struct kafka_rebuild *rebuild; /* borrowed; while it waits for another one; NULL */
	char *group;                   /* owned; NULL: a tail */
	enum kafka_ack ack;            /* KAFKA_ACK_NONE for a tail */
	bool (*may_read)(void *arg, const char *topic); /* NULL: all */
	void (*ready)(struct kafka_reader *r, void *arg);
	void *arg;
	char **topics; /* owned; without doubles, with a group by name; those that it names */
	size_t n_topics;
	struct kafka_pattern *patterns; /* owned; the others */
	size_t n_patterns;
	bool has_too_many;                   /* topics that match, and it was told */
	struct kafka_partition **partitions; /* owned; those it gets records from, sorted */
	size_t n_partitions;
	size_t capacity;
	size_t n_incoming;      /* partitions that others give to it when they can */
	struct kafka_lane lane; /* open while it has a consumer */
	bool is_waiting;        /* for ready() */
	bool is_told_end;       /* the last haul said that it is at its end */
	bool has_failure;       /* to be told by the next fetch */
	bool has_ended;         /* by each of them */
	struct kafka_failure failure;
	rd_kafka_topic_partition_list_t *paused; /* owned; sorted; NULL: never paused any */
	struct comm_wire_position *ends;         /* owned; what it was told last */
	struct kafka_seek *seek; /* borrowed; the one that is under way; NULL: none */
	int64_t n_delivered;
	int64_t n_ends; /* of partitions that it has come to */
	struct stall stall;
	struct kafka_hold hold;          /* what was fetched and not released yet */
	size_t number;                   /* while partitions are spread */
	bool is_told;                    /* while readers are told one after the other */
	TAILQ_ENTRY(kafka_reader) entry; /* on kafka_consumer::readers */
};

/* ---- kafka_fetch.c: records from a reader's lane into its hold ---- */

/* What a fetch may still take. */
struct kafka_budget {
	size_t records;
	size_t bytes;
	bool is_spent; /* there was more than it allows */
};

/*
 * Take records until there are no more, the budget is spent, or one is to be told about: that is a
 * failure of the reader, and comes after those that were taken. Returns 0 or -ENOMEM.
 */
int kafka_fetch(struct kafka_reader *r, struct kafka_budget *b);

/* ---- kafka_reader.c ---- */

/* Returns NULL when out of memory. */
struct kafka_reader *kafka_reader_new(struct kafka_client *c, const struct kafka_reader_options *o);

/* Returns NULL; @r may be NULL. It must have left its consumer. */
struct kafka_reader *kafka_reader_free(struct kafka_reader *r);

/* Why @r, which has no consumer, has none: it has ended, or waits for another. Returns the code. */
int kafka_reader_explain(const struct kafka_reader *r, struct kafka_failure *ret_why);

/* Whether it has subscribed to @topic, by its name. */
bool kafka_reader_names(const struct kafka_reader *r, const char *topic);

/* The same, or by a pattern. */
bool kafka_reader_wants(const struct kafka_reader *r, const char *topic);

/* How many topics its patterns match; one that two of them match counts twice. */
size_t kafka_reader_n_matches(const struct kafka_reader *r);

/* Remember @why for the next fetch, unless another failure waits already. */
void kafka_reader_fail(struct kafka_reader *r, const struct kafka_failure *why);

/*
 * Call ready() if it waits and a fetch is worth while. Returns whether it was called: then the reader
 * may be gone.
 */
bool kafka_reader_tell(struct kafka_reader *r);

/* Its consumer is no more; what it had of it is dropped. */
void kafka_reader_detach(struct kafka_reader *r);

/* It gets no other one: every fetch says @why from here on. */
void kafka_reader_end(struct kafka_reader *r, const struct kafka_failure *why);

/* Its consumer, or the wait for another one, goes on without it. */
void kafka_reader_leave(struct kafka_reader *r);

/* @p is its own: have room for it, and list it behind those that are. Returns 0 or -ENOMEM. */
int kafka_reader_list(struct kafka_reader *r, struct kafka_partition *p);

/* ---- kafka_review.c: which of the topics that match its patterns it reads ---- */

/* Whether @topic, which matches one, is there (the mock cluster of --dev makes some up) and may be read. */
bool kafka_reader_may_match(const struct kafka_reader *r, const char *topic);

/* Forget the others. Returns whether there were any. */
bool kafka_reader_forget(struct kafka_reader *r);

/* ---- kafka_pause.c: partitions that are kept and not read ---- */

/* Whether @r has paused @p. */
bool kafka_pause_has(const struct kafka_reader *r, const struct kafka_partition *p);

/* ---- kafka_ends.c: how far it is to the end ---- */

/* Records of @p that were not handed out yet; COMM_NONE: its position or its end is not known. */
int64_t kafka_partition_lag(const struct kafka_partition *p);

#pragma once

/*
 * Topics of one producer: what is known about each, and who waits until it is known.
 *
 * A topic is looked up before the first record goes to it, for librdkafka would take records for a
 * topic that does not exist, and brokers may create whatever they are asked for. A few lookups
 * go at once: they take a round trip each, or seconds while leaders are missing, and none is answered when
 * the brokers are away.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <uthash.h>

#include "daemon/kafka_internal.h"
#include "daemon/kafka_line.h"

struct kafka_kept;
struct kafka_producer;

/* How long a topic that is absent is not asked for again: creating it helps at once. */
#define KAFKA_TOPIC_ABSENT_MS 1000

/* How long one that nobody sends to is remembered, with what became of its records. */
#define KAFKA_TOPIC_IDLE_MS (10 * 60 * 1000)

STAILQ_HEAD(kafka_kept_list, kafka_kept);

enum kafka_topic_state {
	KAFKA_TOPIC_UNKNOWN,
	KAFKA_TOPIC_LOOKING, /* asked for, or about to be */
	KAFKA_TOPIC_READY,
	KAFKA_TOPIC_ABSENT /* for a short time */
};

struct kafka_topic {
	enum kafka_topic_state state;
	rd_kafka_topic_t *rkt;   /* owned; NULL unless it is or was ready */
	rd_kafka_resp_err_t err; /* why it is absent */
	int32_t n_partitions;    /* when it was ready last; 0: it was not, or may be another now */
	uint64_t known_ms;       /* when the brokers told this */
	uint64_t used_ms;        /* when it was sent to last, or a batch got its outcomes */
	bool is_queued;
	bool is_stale; /* the answer that is awaited comes too late */
	bool is_named; /* it is counted under its name */
	int64_t accepted_bytes;
	struct ledger ledger; /* batches in flight refer to the topic: until then it stays */
	size_t in_flight_bytes;
	size_t n_open;    /* records that a handle has taken and not reported */
	bool is_draining; /* those are retired handles': nothing is sent before they are reported */
	struct kafka_line line;
	struct kafka_kept_list kept;    /* to be sent before all else */
	TAILQ_ENTRY(kafka_topic) entry; /* on kafka_topics::queue */
	bool is_marked;
	TAILQ_ENTRY(kafka_topic) marked_entry;
	bool is_held;
	LIST_ENTRY(kafka_topic) held_entry;
	UT_hash_handle hh;
	size_t len;
	char name[];
};

struct kafka_topics {
	struct kafka_producer *producer; /* borrowed */
	struct kafka_topic *table;       /* owned; by name */
	TAILQ_HEAD(, kafka_topic) queue; /* to be looked up */
	TAILQ_HEAD(, kafka_topic) marked;
	LIST_HEAD(, kafka_topic) held; /* they have too much in flight */
	size_t n_named;
	struct ledger named_before; /* of those that were named, and are forgotten */
	int64_t named_before_bytes;
	size_t n_looking; /* jobs that run */
	bool must_pause;  /* no answer: ask again at the next tick only */
};

void kafka_topics_init(struct kafka_topics *t, struct kafka_producer *p);
void kafka_topics_fini(struct kafka_topics *t);

/* Nobody waits for any of them. */
bool kafka_topics_are_quiet(const struct kafka_topics *t);

/* Once a second: forget what nobody needs, ask again where there was no answer. */
void kafka_topics_tick(struct kafka_topics *t);

/* The handle was replaced: all is unknown again. */
void kafka_topics_reset(struct kafka_topics *t);

/* @topic has got its first records: count it under its name, if there are not too many such. */
void kafka_topic_name(struct kafka_topics *t, struct kafka_topic *topic);

/* Someone in the line of @topic may be able to go on: look at it in the next pump. */
void kafka_topic_mark(struct kafka_topics *t, struct kafka_topic *topic);

/* Let those go on who wait for what is known now, of the topics that are marked. */
void kafka_topics_pump(struct kafka_topics *t);

/* Wake all who wait; nothing is looked up from here on. */
void kafka_topics_dissolve(struct kafka_topics *t);

/* Whether @name may be a topic's by Kafka's rules. */
bool kafka_topic_is_name(struct comm_bytes name);

/*
 * Whether the brokers can be asked about @name. Returns 0, or @code with @ret_why for what cannot be a
 * name, and for what the mock cluster, which creates what it is asked about, does not have.
 */
int kafka_topic_check(const struct kafka *k, struct comm_bytes name, int code,
		      struct kafka_failure *ret_why);

/* The topic @name, unknown if it was not there. Returns NULL when out of memory. */
struct kafka_topic *kafka_topic_get(struct kafka_topics *t, struct comm_bytes name);

struct kafka_topic *kafka_topic_find(const struct kafka_topics *t, struct comm_bytes name);

/* Whether someone or something waits for it. */
bool kafka_topic_is_wanted(const struct kafka_topic *topic);
void kafka_topic_drop_rkt(struct kafka_topic *topic);

/* A topic that is ready, or NULL. */
const struct kafka_topic *kafka_topics_any(const struct kafka_topics *t);

/* ---- kafka_lookup.c ---- */

/* Ask the brokers about @topic. */
void kafka_topic_look(struct kafka_topics *t, struct kafka_topic *topic);

/* What is known about @name is no longer true. */
void kafka_topic_forget(struct kafka_topics *t, struct comm_bytes name);

/* The same for every client: each may have another opinion of the topic. */
void kafka_forget_topic(struct kafka *k, struct comm_bytes name);

/* Not to be asked for any more. */
void kafka_topic_dequeue(struct kafka_topics *t, struct kafka_topic *topic);

/* Ask for the next in the queue, unless one is asked for already. */
void kafka_topic_look_next(struct kafka_topics *t);

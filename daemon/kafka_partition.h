#pragma once

/*
 * Partition: one that Kafka has assigned to a consumer, where it has got to, and whose it is.
 *
 * It has at most one owner among the consumer's readers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/kafka_internal.h"

struct kafka_consumer;
struct kafka_lane;
struct kafka_reader;

/* Nothing has been handed out yet, so that a position is not known. */
#define KAFKA_NO_POSITION (-1)

struct kafka_partition {
	struct kafka_consumer *consumer; /* borrowed */
	char *topic;                     /* owned */
	int32_t number;                  /* Kafka's, within the topic */
	const rd_kafka_topic_t *rkt; /* borrowed; its topic in the last message; to compare only */
	rd_kafka_queue_t *own;       /* owned; librdkafka's queue of the partition */
	struct kafka_lane *lane;     /* borrowed; where that is forwarded to; NULL: not yet */
	struct kafka_reader *owner;  /* borrowed; NULL: nobody */
	struct kafka_reader *next_owner; /* borrowed; gets it when nothing is unacknowledged, */
	uint64_t give_by_ms;             /* or at this time of the loop's clock */
	int64_t next;                    /* offset behind the last handed out */
	int64_t acked;                   /* everything before is acknowledged */
	int64_t asked_end;               /* of the next record to be written, when last asked */
	size_t n_unacked;                /* records handed out and not acknowledged */
	int64_t taken_to;                /* offset behind the last of them; next may be further */
	bool is_at_end;                  /* the last that came was its end */
	int64_t end;                     /* where that was the last time */
	int64_t told_end;                /* what next was when the owner was told of an end */
	bool is_paused;                  /* its owner wants nothing of it for now */
	bool is_sought; /* it is to go on at next, as soon as librdkafka has begun to read it */
	bool is_dirty;  /* acked is not stored yet */
	bool is_missed; /* while a lane is flushed */
	bool is_asleep; /* paused in librdkafka, since nobody takes from its lane (kafka_sleep.c) */
	bool is_gone;   /* its reader knows that the topic is not there */
	bool is_reset;  /* its reader knows that it goes on elsewhere */
	bool is_back_told; /* as before, but librdkafka has not said so yet */
	bool is_back;      /* acked is before what was acknowledged */
	bool is_leaving; /* Kafka wants it back, or another consumer follows: nobody gets more of it */
};

/* ---- kafka_partition.c: one assigned partition ---- */

/* Returns NULL when out of memory. */
struct kafka_partition *kafka_partition_new(struct kafka_consumer *c, const char *topic,
					    int32_t number);

/* Returns NULL. */
struct kafka_partition *kafka_partition_free(struct kafka_partition *p);

/* By topic and number. */
int kafka_partition_compare(const char *topic, int32_t number, const struct kafka_partition *p);
bool kafka_partition_has(const struct kafka_partition *p, const rd_kafka_message_t *m);

/* Of the sorted @list; NULL if it has none. */
struct kafka_partition *kafka_partition_find(struct kafka_partition *const *list, size_t n,
					     struct comm_bytes topic, int32_t number);

/* @r owns it from here on, NULL: nobody does. */
void kafka_partition_give(struct kafka_partition *p, struct kafka_reader *r);

/* @r gets it when its owner has acknowledged what it has; NULL: the owner keeps it after all. */
void kafka_partition_promise(struct kafka_partition *p, struct kafka_reader *r);

/* Its owner gets no more of it, and may still acknowledge what it has. */
void kafka_partition_withdraw(struct kafka_partition *p);

/*
 * If its position is not known yet, it is @offset. That is committed too: what is handed out from here
 * on and never acknowledged would otherwise be lost to a group that begins at the end.
 */
void kafka_partition_begin(struct kafka_partition *p, int64_t offset);

/* It goes on at @offset. What was handed out and not acknowledged is given up. */
void kafka_partition_go_back(struct kafka_partition *p, int64_t offset);

/* The same, and have it fetched from there. */
void kafka_partition_move(struct kafka_partition *p, int64_t offset);

/* Whether its owner gets records of it. They are kept back where they do not pile up. */
void kafka_partition_pause(struct kafka_partition *p, bool is_paused);

/* Everything before @offset, which has been handed out, is acknowledged. */
void kafka_partition_ack(struct kafka_partition *p, int64_t offset);

/* Whoever gets it next begins with what is not acknowledged. */
void kafka_partition_rewind(struct kafka_partition *p);

/* Have everything from the position on fetched anew, if there is a position. */
void kafka_partition_seek(struct kafka_partition *p);

/*
 * To be called when something of it comes: whether it was moved before librdkafka had begun to read it,
 * and has been sought now. What has come is then worth nothing.
 */
static inline bool kafka_partition_catch_up(struct kafka_partition *p)
{
	if (!p->is_sought)
		return false;
	p->is_sought = false;
	kafka_partition_seek(p);
	return true;
}

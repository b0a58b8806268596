#pragma once

/*
 * Receiving, inside: a consumer is one member of one group (or one tail, which has no group), its
 * partitions are what Kafka has assigned to it, its readers are the local subscriptions that share
 * them. Each partition has at most one owner among the readers, and is routed to the lane of its
 * owner, so that it moves between them without Kafka taking notice.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/kafka_hold.h"
#include "daemon/kafka_internal.h"
#include "daemon/kafka_pattern.h"
#include "daemon/stall.h"

/* Nothing has been handed out yet, so that a position is not known. */
#define KAFKA_NO_POSITION (-1)

/* Most records taken out of a lane's queue at once: as many as a receive gets that names no number. */
#define KAFKA_LANE_PENDING 1000

/* A message out of a lane's queue. */
struct kafka_pending {
	rd_kafka_message_t *message;       /* owned */
	const rd_kafka_headers_t *headers; /* in it; NULL: none */
	size_t size;                       /* of key, value and headers */
};

/*
 * A queue that partitions are routed to: a reader's, or the one for those that nobody may take from.
 * One for all of a reader's partitions, since librdkafka bounds what it prefetches by the queue.
 */
struct kafka_lane {
	struct kafka_consumer *consumer; /* borrowed */
	struct kafka_reader *reader;     /* borrowed; NULL: the consumer's parking */
	rd_kafka_queue_t *queue;         /* owned; NULL: it is closed */
	struct kafka_source source;      /* a reader's only */
	struct kafka_pending
		*pending; /* owned; out of the queue, from the first to before the end */
	size_t first;
	size_t end;
	size_t at_once;               /* how many to take out of the queue when there are none */
	struct kafka_partition *last; /* borrowed; that of the last record */
	size_t n_records;             /* taken since it was last empty */
	size_t n_bytes;               /* of those */
	size_t average;               /* bytes of one, before that */
	bool was_full;                /* since then */
};

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
	bool is_at_end;                  /* the last that came was its end */
	int64_t end;                     /* where that was the last time */
	int64_t told_end;                /* what next was when the owner was told of an end */
	bool is_paused;                  /* its owner wants nothing of it for now */
	bool is_sought;    /* it is to go on at next, as soon as librdkafka has begun to read it */
	bool is_dirty;     /* acked is not stored yet */
	bool is_missed;    /* while a lane is flushed */
	bool is_gone;      /* its reader knows that the topic is not there */
	bool is_reset;     /* its reader knows that it goes on elsewhere */
	bool is_back_told; /* as before, but librdkafka has not said so yet */
	bool is_back;      /* acked is before what was acknowledged */
	bool is_leaving;   /* Kafka wants it back: nobody gets more of it */
};

struct kafka_seek;

struct kafka_consumer {
	struct kafka_client *client; /* borrowed */
	char *group;                 /* owned; NULL: a tail */
	enum kafka_start start;      /* of the reader that opened it */
	bool is_open; /* otherwise it is being closed, and takes no reader any more */
	bool has_assignment;
	rd_kafka_t *rk;          /* owned */
	rd_kafka_queue_t *queue; /* owned; all but the records */
	struct kafka_source source;
	struct kafka_partition **partitions; /* owned; sorted by topic and number */
	size_t n_partitions;
	struct kafka_lane parking; /* of partitions that nobody owns, or that change owners */
	TAILQ_HEAD(, kafka_grave) graves; /* owned; queues of partitions that were taken away */
	size_t n_graves;
	TAILQ_HEAD(, kafka_reader) readers; /* borrowed */
	size_t n_readers;
	char **topics; /* owned; what it is subscribed to */
	size_t n_topics;
	size_t n_dirty;          /* partitions that are */
	uint64_t give_by_ms;     /* when the first promised partition is due; 0: none is promised */
	struct kafka_look *look; /* borrowed; under way; NULL */
	uint64_t looked_ms;      /* when the last one began, on the loop's clock */
	bool is_uncommitted;     /* the last commit has failed */
	bool must_spread;        /* there was no memory for it */
	rd_kafka_topic_partition_list_t *leaving; /* owned; what Kafka wants back; NULL: nothing */
	uint64_t drained_ms;                      /* since when, on the loop's clock */
	uint64_t patience_ms; /* what the group puts a member out for, that is silent for so long */
	/* librdkafka does not fetch while a partition's queue has more than this; */
	size_t full_records;
	size_t full_bytes;
	bool looks_once_a_second; /* and this is how often it looks */
	uv_timer_t timer;         /* while open: nobody needs it; while not: has it ended? */
	uint64_t closing_ms;      /* since when it is not open, on the loop's clock */
	uint64_t opened_ms;       /* since when it is there, likewise */
	uint64_t pause_ms;        /* before it, since the one before had failed; 0: none had */
	bool is_leaving;          /* its group, before it closes */
	bool has_failed;          /* for good; failure says why */
	struct kafka_failure failure;
	uv_work_t work;                   /* ends librdkafka's threads */
	LIST_ENTRY(kafka_consumer) entry; /* on kafka_client::consumers */
};

struct kafka_reader {
	struct kafka_client *client; /* borrowed */
	struct kafka_consumer
		*consumer;             /* borrowed; NULL before it has joined, after its end, and */
	struct kafka_rebuild *rebuild; /* borrowed; while it waits for another one; NULL */
	char *group;                   /* owned; NULL: a tail */
	enum kafka_ack ack;            /* KAFKA_ACK_NONE for a tail */
	void (*ready)(struct kafka_reader *r, void *arg);
	void *arg;
	char **topics; /* owned; without doubles; those that it names */
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

/* ---- kafka_consumer.c: its life, and what librdkafka tells it ---- */

/* Prepare @conf, made by kafka_conf_new(), for a consumer of @group, NULL for a tail. */
void kafka_consumer_configure(rd_kafka_conf_t *conf, const char *group, enum kafka_start start);

/*
 * Open a consumer; @rk is its own from here on, closed even on failure. Returns NULL when out of memory.
 */
struct kafka_consumer *kafka_consumer_new(struct kafka_client *c, const char *group,
					  enum kafka_start start, rd_kafka_t *rk);

/* The open consumer of @group, or NULL. */
struct kafka_consumer *kafka_consumer_find(const struct kafka_client *c, const char *group);

/* End it; it frees itself. Its readers have none from here on, and are told @why by every fetch. */
void kafka_consumer_close(struct kafka_consumer *c, const struct kafka_failure *why);

/* ---- kafka_consumer_error.c ---- */

/* What librdkafka says went wrong, with @p or, NULL, with anything. */
void kafka_consumer_on_error(struct kafka_consumer *c, struct kafka_partition *p,
			     rd_kafka_resp_err_t err, const char *words, bool is_fatal);

/* ---- kafka_assignment.c: partitions that Kafka gives and takes ---- */

/* Take @list as the assignment, or for more of it, and spread it. Returns 0 or -ENOMEM. */
int kafka_assignment_take(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list);

/* Forget the partitions of @list, NULL: all; readers have none until they are spread again. */
void kafka_assignment_drop(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list);

/* Whether Kafka takes all partitions of @c whenever it takes one: the usual protocol. */
bool kafka_assignment_is_whole(const struct kafka_consumer *c);

/*
 * Let the partitions of @list go, the whole assignment if it is one; what is acknowledged is committed
 * unless it is lost.
 */
void kafka_assignment_give_back(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list,
				bool is_lost);

/* Hand what is acknowledged to librdkafka, which commits it. */
void kafka_assignment_store(struct kafka_consumer *c);

void kafka_assignment_on_event(struct kafka_consumer *c, rd_kafka_event_t *e);
void kafka_assignment_on_commit(struct kafka_consumer *c, rd_kafka_event_t *e);

/* ---- kafka_drain.c: partitions that Kafka wants back ---- */

/* Give @list back once it is acknowledged, or in due time; at once if it is lost. */
void kafka_drain_begin(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list);

/* See whether that is now. */
void kafka_drain_step(struct kafka_consumer *c);

/* Give it back now; harmless when nothing is to be given back. */
void kafka_drain_end(struct kafka_consumer *c);

/* ---- kafka_group.c: a consumer and its readers ---- */

/* Returns 0, or -ENOMEM and @r has not joined. */
int kafka_group_join(struct kafka_consumer *c, struct kafka_reader *r);

/* @r goes; what it has not acknowledged goes to others. */
void kafka_group_leave(struct kafka_consumer *c, struct kafka_reader *r);

/* The patterns of its readers match other topics than before. */
void kafka_group_renew(struct kafka_consumer *c);

/* @topic does not exist any more: whose patterns have matched it no longer want it. */
void kafka_group_give_up(struct kafka_consumer *c, const char *topic);

/* Whether it is known what @c reads: it has an assignment, or wants nothing. */
bool kafka_group_is_settled(const struct kafka_consumer *c);

/* Tell the readers that have something to fetch. */
void kafka_group_tell(struct kafka_consumer *c);

/* Nobody has come back for a while: drop topics, or the whole consumer. */
void kafka_group_on_lingered(struct kafka_consumer *c);

/* ---- kafka_share.c: who of the readers owns which partition ---- */

/* Decide anew who owns what. */
void kafka_share_out(struct kafka_consumer *c);

/* Give partitions on whose owners have nothing unacknowledged of them any more. */
void kafka_share_hand_over(struct kafka_consumer *c);

/* Take those away whose owners have had time enough to acknowledge. */
void kafka_share_take_due(struct kafka_consumer *c);

/* ---- kafka_grave.c: queues of partitions that were taken away ---- */

/* Keep @own until the end; it is taken. */
void kafka_grave_put(struct kafka_consumer *c, const char *topic, int32_t number,
		     rd_kafka_queue_t *own);

/* The partition has come back: its queue is in use again. */
void kafka_grave_open(struct kafka_consumer *c, const char *topic, int32_t number);

/* Before librdkafka's end: drop what is left in them. */
void kafka_grave_empty(struct kafka_consumer *c);

/* ---- kafka_doubt.c: what librdkafka says about topics ---- */

/* A subscribed topic is said to be unavailable: tell the readers of it, if that is true. */
void kafka_doubt_topic(struct kafka_consumer *c, rd_kafka_resp_err_t err, const char *words);

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

/* ---- kafka_nudge.c ---- */

/* Have librdkafka look now whether there is something to fetch. */
void kafka_nudge(struct kafka_consumer *c);

/* ---- kafka_lane.c: the queue of a reader ---- */

/* @r is NULL for a parking. Returns 0 or -ENOMEM. */
int kafka_lane_open(struct kafka_lane *l, struct kafka_consumer *c, struct kafka_reader *r);

/* Harmless for one that is not open. */
void kafka_lane_close(struct kafka_lane *l);

/* @p goes elsewhere. */
void kafka_lane_forget(struct kafka_lane *l, const struct kafka_partition *p);

/* Drop what is there; it is fetched anew. Positions that were not known are then. */
void kafka_lane_flush(struct kafka_lane *l);

/* Prepare to take at most so many records, of so many bytes. */
void kafka_lane_look(struct kafka_lane *l, size_t max_records, size_t max_bytes);

/*
 * The next record that is for the reader, the caller's from here on; valid until the next call. Takes
 * note of ends and failures. Returns NULL if there is none.
 */
const struct kafka_pending *kafka_lane_take(struct kafka_lane *l,
					    struct kafka_partition **ret_partition);

/* What was taken last is not wanted now. */
void kafka_lane_put_back(struct kafka_lane *l);

/* Have the next records out of the queue before they are asked for. */
void kafka_lane_prepare(struct kafka_lane *l);

/* How much is there to take, ends and failures included. */
size_t kafka_lane_length(const struct kafka_lane *l);

/* ---- kafka_lane_error.c: what comes there and is no record ---- */

/* Take at most @n messages out of the queue. Returns how many. */
ssize_t kafka_lane_poll(struct kafka_lane *l, rd_kafka_message_t **messages, size_t n);

/* A message that is an error. */
void kafka_lane_on_message(struct kafka_lane *l, const rd_kafka_message_t *m);

/* librdkafka's error callback. */
void kafka_lane_on_callback(rd_kafka_t *rk, int err, const char *words, void *opaque);

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

/* Forget what its patterns match that is not there; with --dev, what the mock cluster has made up. */
void kafka_reader_forget_made_up(struct kafka_reader *r);

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

/* @p is its own: have room for it, and list it behind those that are. Returns 0 or -ENOMEM. */
int kafka_reader_list(struct kafka_reader *r, struct kafka_partition *p);

/* ---- kafka_pause.c: partitions that are kept and not read ---- */

/* Whether @r has paused @p. */
bool kafka_pause_has(const struct kafka_reader *r, const struct kafka_partition *p);

/* ---- kafka_ends.c: how far it is to the end ---- */

/* Records in @r's partitions that were not handed out yet, as far as is known; COMM_NONE: nothing is. */
int64_t kafka_reader_lag(const struct kafka_reader *r);

/* ---- kafka_ask.c: what a subscription may ask for ---- */

/* Whether @group can be the name of one. Returns 0 or COMM_EBAD_VALUE with @ret_why. */
int kafka_ask_group(struct comm_bytes group, struct kafka_failure *ret_why);

/* Whether start and at of @o go together. Returns 0 or COMM_EBAD_VALUE with @ret_why. */
int kafka_ask_start(const struct kafka_reader_options *o, struct kafka_failure *ret_why);
/* Whether @at is what @start needs. Returns 0 or COMM_EBAD_VALUE with @ret_why. */
int kafka_ask_check_at(enum kafka_start start, int64_t at, struct kafka_failure *ret_why);

/* Returns 0, COMM_ETOPIC_UNAVAILABLE or COMM_EBAD_VALUE with @ret_why, or -ENOMEM. */
int kafka_ask_check(const struct kafka *k, const struct kafka_reader_options *o,
		    struct kafka_failure *ret_why);

struct kafka_tail;

/*
 * What @o names, which has been checked, for the topics of @r: fill in the list and is_whole of @t,
 * which are the caller's in any case. Returns 0 or -ENOMEM.
 */
int kafka_ask_list(const struct kafka_reader_options *o, const struct kafka_reader *r,
		   struct kafka_tail *t);

/* ---- kafka_tail.c: where a tail begins ---- */

/* Most partitions of a tail: one answer tells where each begins, topics with long names among them. */
#define KAFKA_TAIL_PARTITIONS_MAX 60000

/* Where a tail begins; resolved in a job. A reader with a group has no list. */
struct kafka_tail {
	enum kafka_start start;
	int64_t at;
	rd_kafka_topic_partition_list_t *list; /* owned; in: offsets asked for, or INVALID */
	bool *is_whole; /* owned; of each topic of the reader: all partitions are asked for */
	struct comm_wire_position *begins; /* owned; once resolved, one for each of the list */
};

/*
 * Of the topic @name, which has @n_partitions: add those that are not in the list, if @is_whole; those
 * that are must be there. Returns 0 or a code with @ret_why.
 */
int kafka_tail_add_topic(struct kafka_tail *t, const char *name, bool is_whole,
			 int32_t n_partitions, struct kafka_failure *ret_why);

/*
 * Replace what was asked for by offsets, and note them in begins; in the thread of @j, up to
 * @deadline_ms of uv_hrtime(). Returns 0 or a code with @ret_why.
 */
int kafka_tail_resolve(struct kafka_tail *t, const struct kafka_job *j, uint64_t deadline_ms,
		       struct kafka_failure *ret_why);

/* What has been resolved, of struct comm_wire_position; it lives as long as @t. */
struct comm_list kafka_tail_begins(const struct kafka_tail *t);
void kafka_tail_fini(struct kafka_tail *t);

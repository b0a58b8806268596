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

#include "daemon/kafka_internal.h"
#include "daemon/kafka_lane.h"
#include "daemon/kafka_partition.h"
#include "daemon/kafka_reader.h"
#include "daemon/kafka_tail.h"

struct kafka_grave;
struct kafka_look;

/* The last commit of one that another is to follow. */
enum kafka_commit { KAFKA_COMMIT_NONE, KAFKA_COMMIT_ASKED, KAFKA_COMMIT_ANSWERED };

struct kafka_consumer {
	struct kafka_client *client; /* borrowed */
	char *group;                 /* owned; NULL: a tail */
	enum kafka_start start;      /* of the reader that opened it */
	bool is_open; /* otherwise it is being closed, and takes no reader any more */
	bool has_assignment;
	bool is_cooperative;     /* it keeps partitions while the group starts over */
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
	uint64_t taken_bytes;    /* of records that readers have taken */
	bool must_wake;          /* partitions sleep that have come to lanes that may be awake */
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
	bool looks_once_a_second;    /* and this is how often it looks */
	uv_timer_t timer;            /* while open: nobody needs it; while not: has it ended? */
	uint64_t closing_ms;         /* since when it is not open, on the loop's clock */
	uint64_t opened_ms;          /* since when it is there, likewise */
	uint64_t pause_ms;           /* before it, since the one before had failed; 0: none had */
	bool is_leaving;             /* its group, before it closes */
	bool is_outdated;            /* another one is to take its place, */
	const char *outdated_reason; /* for this reason, a static string, */
	uint64_t outdated_by_ms;     /* at this time of the loop's clock at the latest */
	enum kafka_commit last_commit;
	struct kafka_rebuild *successor; /* borrowed; waits for its end; NULL: none does */
	bool has_failed;                 /* for good; failure says why */
	struct kafka_failure failure;
	uv_work_t work;                   /* ends librdkafka's threads */
	LIST_ENTRY(kafka_consumer) entry; /* on kafka_client::consumers */
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
struct kafka_consumer *kafka_consumer_find(const struct kafka_client *c, struct comm_bytes group);

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

#define KAFKA_PROFILE_CHANGED "its profile has changed"

/*
 * Another consumer is to follow @c, whose readers get no more of it. @reason, a static string about the group, is
 * for those whose records come again.
 */
void kafka_drain_all(struct kafka_consumer *c, const char *reason);

/*
 * Whether nobody holds anything any more that he may acknowledge, and all that was acknowledged is
 * committed; or the time for it has passed. One that is joining its group is not there yet: the group
 * would wait for it in vain.
 */
bool kafka_drain_is_over(struct kafka_consumer *c);

/* Tell those who hold something all the same that it comes again. */
void kafka_drain_give_up(struct kafka_consumer *c);

/* ---- kafka_group.c: a consumer and its readers ---- */

/* Returns 0, or -ENOMEM and @r has not joined. */
int kafka_group_join(struct kafka_consumer *c, struct kafka_reader *r);

/* @r goes; what it has not acknowledged goes to others. */
void kafka_group_leave(struct kafka_consumer *c, struct kafka_reader *r);

/* @r gives up what it has of topics that it wants no more, also what it has not acknowledged. */
void kafka_group_take_unwanted(struct kafka_consumer *c, const struct kafka_reader *r);

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

/* ---- kafka_nudge.c ---- */

/* Have librdkafka look now whether there is something to fetch. */
void kafka_nudge(struct kafka_consumer *c);

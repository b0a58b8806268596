#pragma once

/*
 * Rebuild: readers whose consumer has failed, or has another profile now, until there is another one
 * for them.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <uv.h>

#include "daemon/kafka_consumer.h"

/* Before the first attempt, and the longest before any other. */
#define KAFKA_PAUSE_MIN_MS 1000
#define KAFKA_PAUSE_MAX_MS 60000

struct kafka_rebuild {
	struct kafka_job job;
	struct kafka_client *client; /* borrowed */
	char *group;                 /* owned; NULL: a tail */
	enum kafka_start start;
	rd_kafka_topic_partition_list_t *positions; /* owned; a tail's */
	TAILQ_HEAD(, kafka_reader) readers;         /* borrowed */
	uv_timer_t timer;
	uint64_t pause_ms;
	rd_kafka_conf_t *conf; /* owned; of the job */
	rd_kafka_t *rk;        /* owned; what the job has opened */
	struct kafka_failure why;
	struct kafka_consumer *predecessor; /* borrowed; its end is waited for; NULL: nothing is */
	bool is_opening;                    /* the job is under way */
	bool is_told;                       /* that no consumer can be opened */
	bool has_failed; /* the consumer before; otherwise its profile has changed */
	bool is_over;
	LIST_ENTRY(kafka_rebuild) entry; /* on kafka_client::rebuilds */
};

/* @c has failed for good, which @why tells: end it, and give its readers another one. */
void kafka_rebuild_begin(struct kafka_consumer *c, const struct kafka_failure *why);

/* The profile of @c has changed, and its readers may let go of it: the same, without a failure. */
void kafka_rebuild_again(struct kafka_consumer *c);

/* Try in @pause_ms. */
void kafka_rebuild_wait(struct kafka_rebuild *b, uint64_t pause_ms);

/* Tell the readers that have something to be told. */
void kafka_rebuild_tell(struct kafka_rebuild *b);

/* The consumer is gone that @b has waited for. */
void kafka_rebuild_go(struct kafka_rebuild *b);

/* Another way has led to @c, which is new: those who wait for a consumer of its group join it. */
void kafka_rebuild_join(struct kafka_consumer *c);

/* @r does not wait any more. */
void kafka_rebuild_leave(struct kafka_reader *r);

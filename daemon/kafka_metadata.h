#pragma once

/*
 * Metadata: questions about topics and brokers, asked in a job's thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/kafka_internal.h"

/* What is done is known everywhere within milliseconds; a cluster that is busy may take longer. */
#define KAFKA_AWAIT_MAX_MS 5000

/*
 * Ask about @only, or about all topics if it is NULL. Gives up early when the daemon closes.
 * rd_kafka_metadata_destroy() frees what is returned.
 */
rd_kafka_resp_err_t kafka_metadata_ask(struct kafka_job *j, rd_kafka_topic_t *only, int timeout_ms,
				       const struct rd_kafka_metadata **ret);

/* How many partitions @rkt has; what the brokers say about the topic is returned like an error. */
rd_kafka_resp_err_t kafka_metadata_topic(struct kafka_job *j, rd_kafka_topic_t *rkt, int timeout_ms,
					 int32_t *ret_n_partitions);

/*
 * Wait until the leaders of the partitions of @rkt, which is @name, serve them, those without a leader
 * left out; at most for @timeout_ms.
 */
void kafka_metadata_await_leaders(struct kafka_job *j, const char *name, rd_kafka_topic_t *rkt,
				  int timeout_ms);

/*
 * Wait until all brokers that may be asked next know the topic @name with at least @n_partitions, each with a leader; with 0,
 * until they know it no more.
 */
void kafka_metadata_await(struct kafka_job *j, const char *name, int n_partitions, int timeout_ms);

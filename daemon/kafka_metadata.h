#pragma once

/*
 * Metadata: questions about topics and brokers, asked in a job's thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/kafka_internal.h"

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
 * Wait until the brokers know the topic @name and each of its partitions has a leader; or until they
 * know it no more.
 */
void kafka_metadata_await(struct kafka_job *j, const char *name, bool exists, int timeout_ms);

#pragma once

/*
 * Offsets that partitions have at a time, asked in a job's thread.
 */

#include <stdint.h>

#include "daemon/kafka_internal.h"

/* Kafka's names for the ends of a partition. */
#define KAFKA_TIME_END   (-1)
#define KAFKA_TIME_BEGIN (-2)

/*
 * The offsets of @list's partitions at @time, as a list of its own, asked for up to @deadline_ms of
 * kafka_thread_ms(). Where no record is that young it is -1. Returns 0 or a code with @ret_why.
 */
int kafka_offsets_ask(const rd_kafka_topic_partition_list_t *list, const struct kafka_job *j,
		      int64_t time, uint64_t deadline_ms, rd_kafka_topic_partition_list_t **ret,
		      struct kafka_failure *ret_why);

/* The same where it is good to know some: it is -1 for the others. */
rd_kafka_topic_partition_list_t *kafka_offsets_try(const rd_kafka_topic_partition_list_t *list,
						   const struct kafka_job *j, int64_t time,
						   uint64_t deadline_ms);

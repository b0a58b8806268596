#pragma once

/*
 * Reset: librdkafka goes on elsewhere in a partition, since the record that is next is not there. It
 * says so in its log alone.
 */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/kafka_consumer.h"
#include "proto/limits.h"

struct kafka_reset {
	char topic[COMM_TOPIC_NAME_MAX + 1];
	int32_t partition;
	int64_t offset; /* that is not there */
	bool is_to_end; /* it goes on at the end; otherwise at the beginning */
};

/* Whether @line of librdkafka's log says that. Where there was no offset at all it is no reset. */
bool kafka_reset_parse(const char *line, struct kafka_reset *ret);

/* If the EVENT_LOG @e says that, tell the partition's reader. Returns whether it does. */
bool kafka_reset_on_log(struct kafka_consumer *c, rd_kafka_event_t *e);

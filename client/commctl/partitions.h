#pragma once

/*
 * Partitions: those of a topic, with their brokers.
 */

#include <jansson.h>
#include <stdbool.h>

struct comm_topic_info;
struct out;

/* A list of objects: partition, leader, replicas, isr. */
json_t *partitions_json(const struct comm_topic_info *t);

/* A table; @kind as in table_print(), with the topic behind it. */
void partitions_print(const struct comm_topic_info *t, bool human, const char *kind,
		      struct out *out);

#pragma once

/*
 * Coordinator: what Kafka itself knows about a group, from the topic in which its brokers keep that.
 */

#include <stdint.h>

struct comm;

#define COORDINATOR_PARTITIONS_MAX 8

struct coordinator_view {
	int32_t generation; /* how often the group has started over; -1: it has no members yet */
	int64_t committed[COORDINATOR_PARTITIONS_MAX]; /* of its one topic; -1: nothing */
};

/* As it is now, and whatever @c is connected to. */
void coordinator_look(struct comm *c, const char *group, struct coordinator_view *ret);

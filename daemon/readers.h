#pragma once

/*
 * Readers: the local clients that read as members of a group.
 */

#include "daemon/kafka.h"

struct session;

/*
 * Whether nobody reads as @group of the profile of @s. Returns 0, or COMM_EGROUP_ACTIVE with @ret_why
 * that names who does, and says what to do.
 */
int readers_check_none(const struct session *s, struct comm_bytes group,
		       struct kafka_failure *ret_why);

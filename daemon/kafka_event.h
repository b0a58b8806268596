#pragma once

/*
 * What happens to consumers from outside: a row of status, a counter, and a line in the journal.
 */

#include "daemon/events.h"
#include "daemon/kafka_internal.h"
#include "daemon/log.h"

struct kafka_partition;

/* What a line of the log about @c, or about @group of it (NULL: none), is about. Strings are borrowed. */
struct log_about kafka_about(const struct kafka_client *c, const char *group);

/* It is about @c as a whole, or about @group of it; NULL: none. It counts @n. */
void kafka_event_note(struct kafka_client *c, enum event event, const char *group, int64_t n,
		      const char *sentence);

/* It is about @topic, and about its @partition unless that is -1. */
void kafka_event_note_topic(struct kafka_client *c, enum event event, const char *group,
			    const char *topic, int32_t partition, const char *sentence);

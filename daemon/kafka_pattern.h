#pragma once

/*
 * Pattern: a regular expression in the place of a topic's name, and the topics that match it.
 *
 * It is what librdkafka takes it for: POSIX extended, begins with "^", and matches a name that it is
 * found in, so that one that means whole names ends with "$". But librdkafka is not told of it. What
 * matches is looked up here, once for all readers of a profile, and subscribed to by name: so a group's
 * readers may want different things, names that two patterns match are one, and topics that the mock
 * cluster has made up stay away.
 */

#include <stdbool.h>
#include <stddef.h>

#include "daemon/kafka_internal.h"

/* Of one subscription: each is tried on the name of every topic. "|" joins several into one. */
#define KAFKA_PATTERNS_MAX 16

/* Topics that all patterns of one subscription may match: what a single reader can be asked to hold. */
#define KAFKA_PATTERN_TOPICS_MAX 1024

struct kafka_pattern {
	char *expression; /* owned */
	char **topics;    /* owned; sorted; that match, as far as is known */
	size_t n_topics;
};

static inline bool kafka_pattern_is(struct comm_bytes topic)
{
	return topic.len && topic.data[0] == '^';
}

/*
 * Whether it is an expression, and one that costs no more than names of topics can need. Returns 0, or
 * COMM_EBAD_VALUE with @ret_why about @detail.
 */
int kafka_pattern_check(struct comm_bytes expression, const char *detail,
			struct kafka_failure *ret_why);

/* No topics yet. Returns 0 or -ENOMEM. */
int kafka_pattern_init(struct kafka_pattern *p, struct comm_bytes expression);
void kafka_pattern_fini(struct kafka_pattern *p);

/* Whether @topic is among its topics. */
bool kafka_pattern_has(const struct kafka_pattern *p, const char *topic);

/* The one of @patterns that is @expression, or NULL. */
const struct kafka_pattern *kafka_patterns_find(const struct kafka_pattern *patterns, size_t n,
						struct comm_bytes expression);

/* Add a topic, unless it is there. Returns 1 if it was added, 0, or -ENOMEM. */
int kafka_pattern_add(struct kafka_pattern *p, const char *topic);

/* Returns whether it was there. */
bool kafka_pattern_drop(struct kafka_pattern *p, const char *topic);

/*
 * Add to each of @n patterns the topics that match it and exist; in the thread of @j. A topic whose name
 * begins with "__", Kafka's own, is matched only by an expression that begins with "^__".
 *
 * Returns what the brokers say, or RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE when out of memory.
 */
rd_kafka_resp_err_t kafka_patterns_look_up(struct kafka_pattern *patterns, size_t n,
					   struct kafka_job *j, int timeout_ms,
					   size_t *ret_n_topics);

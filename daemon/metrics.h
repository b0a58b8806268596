#pragma once

/*
 * Metrics: all numbers of the daemon, as Prometheus reads them.
 */

#include "proto/buf.h"

struct daemon;

/*
 * A topic's label for all topics without a series of their own. No topic can have such a name. Who sums
 * over all topics of a profile has what the profile has.
 */
#define METRICS_OTHERS "(other)"

/* Add the whole text to @out. Returns 0 or -ENOMEM. */
int metrics_write(const struct daemon *d, struct comm_buf *out);

/* Its parts about topics and brokers, and about consumers. They return 0 or -ENOMEM. */
int metrics_write_kafka(const struct daemon *d, struct comm_buf *out);
int metrics_write_groups(const struct daemon *d, struct comm_buf *out);

#pragma once

/*
 * Outcomes: a batch's outcomes as the runs that go on the wire.
 */

#include <stdbool.h>
#include <sys/queue.h>

#include "daemon/kafka.h"

struct outcomes {
	struct comm_list list;                /* of struct comm_wire_outcome; owned */
	SLIST_HEAD(, outcome_reason) reasons; /* owned; one for each kind of failure */
};

/*
 * List what is known of @b now. Records without outcome are queued for @is_queued, else failed in a
 * way that lets them be persisted all the same. Returns 0 or -ENOMEM; outcomes_fini() in any case.
 */
int outcomes_init(struct outcomes *ret, const struct kafka_client *client,
		  const struct kafka_batch *b, bool is_queued);
void outcomes_fini(struct outcomes *o);

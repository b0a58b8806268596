#pragma once

/*
 * Coordinator: a group as the broker knows it that coordinates it, asked by an errand.
 *
 * Each errand about a group has a handle of its own. librdkafka, up to 2.15 at least, remembers for good
 * where a coordinator was, and so finds no group whose coordinator has moved; and when a handle without a
 * group of its own is told so in answer to a question for offsets, it takes the process with it.
 */

#include "daemon/kafka_errand.h"

struct kafka_coordinator {
	struct kafka_errand errand; /* named after the group */
	rd_kafka_conf_t *conf;      /* owned */
	/* Of this daemon: members that are about to leave; owned. */
	char **leaving;
	size_t n_leaving;
	/* What the coordinator has told; owned, or borrowed from that. NULL: not asked yet. */
	rd_kafka_event_t *description;
	const rd_kafka_ConsumerGroupDescription_t *described;
	rd_kafka_event_t *commits;
	const rd_kafka_topic_partition_list_t *committed;
};

/*
 * An errand of @kind, whose struct begins with a struct kafka_coordinator and whose fini() ends with
 * kafka_coordinator_fini(), about @group. Returns 0, a code with @ret_why, or -ENOMEM.
 */
int kafka_coordinator_new(const struct kafka_errand_kind *kind, struct kafka_client *c,
			  struct comm_bytes group, struct kafka_coordinator **ret,
			  struct kafka_failure *ret_why);
void kafka_coordinator_fini(struct kafka_errand *e);

/* Have this daemon's own members leave, those without readers, as they would within seconds anyway. */
void kafka_coordinator_leave(struct kafka_coordinator *co, struct kafka_client *c);

/* Find out which of the group's @members are this daemon. */
void kafka_coordinator_mark_here(const struct kafka_coordinator *co,
				 struct comm_wire_member *members, size_t n);

/* ---- in the errand's thread; each returns 0, or the code with which it has failed ---- */

/* Ask who is in the group, and in what state it is. */
int kafka_coordinator_ask(struct kafka_coordinator *co);

/* Whether there is no such group, as far as the coordinator knows. */
bool kafka_coordinator_is_dead(const struct kafka_coordinator *co);

/* Ask until nobody is in it; COMM_EGROUP_ACTIVE if there are others than those that leave. */
int kafka_coordinator_await_none(struct kafka_coordinator *co);

/* Ask for the offsets that it has committed. */
int kafka_coordinator_ask_committed(struct kafka_coordinator *co);

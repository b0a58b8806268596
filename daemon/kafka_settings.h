#pragma once

/*
 * Settings of a topic, as the brokers tell them.
 */

#include "daemon/kafka_errand.h"

struct kafka_settings {
	rd_kafka_event_t *event;        /* owned; strings are in it */
	struct comm_wire_config *items; /* owned; sorted by name */
	size_t n;
};

/* Ask for those of @topic in an errand's thread. Returns 0, or the code with which it has failed. */
int kafka_settings_ask(struct kafka_settings *s, struct kafka_errand *e, const char *topic);

/* @s may be all zero. */
void kafka_settings_fini(struct kafka_settings *s);

/* The setting @name, or NULL. */
const struct comm_wire_config *kafka_settings_find(const struct kafka_settings *s,
						   const char *name);

#pragma once

/*
 * Topic set: the topics that are sent to, by name. Those that have nothing under way are forgotten
 * when there are many.
 */

#include <stddef.h>

#include "proto/message.h"

struct batch;
struct comm;

struct topic {
	size_t n_batches;    /* without outcomes, the open one among them */
	struct batch *batch; /* borrowed; open, or NULL */
	size_t name_len;
	char name[];
};

/* All zero is an empty one. */
struct topic_set {
	struct topic **topics; /* owned, each of them too; sorted */
	size_t n;
	struct topic *last; /* borrowed; most programs send to one topic */
};

void topic_set_fini(struct topic_set *set);

/* Find or add. Returns 0, COMM_EBAD_VALUE or COMM_ENO_MEMORY with comm::error set. */
int topic_set_find(struct comm *c, const char *name, struct topic **ret);

static inline struct comm_bytes topic_name(const struct topic *t)
{
	return (struct comm_bytes){ t->name, t->name_len };
}

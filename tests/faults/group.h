#pragma once

/*
 * Group: the judge of the readers of one consumer group, which are given the whole topic together.
 *
 * What one of them has acknowledged, and been answered so, comes to none of them again; but for what a
 * daemon was told of too short a time before it was killed. What is not acknowledged comes again, so that
 * in the end somebody has acknowledged each record. And what comes for the first time comes in order.
 */

#include <stddef.h>
#include <stdint.h>

struct ledger_entry;
struct verdict;

/* A daemon's acknowledgements that are older have been committed: it does so each second. */
#define GROUP_COMMIT_US 3000000

struct group_partition;

/* Begin with all zero. */
struct group {
	struct ledger_entry *entries; /* owned; of readers, and ends of daemons */
	size_t n, size;
	struct group_partition *partitions; /* owned */
	size_t n_partitions;
	size_t n_taken;   /* of the entries */
	uint32_t n_asked; /* of them, those that were judged */
};

void group_fini(struct group *g);

/* Remember @e if it is about readers. All of them, then what the topic has. */
void group_hear(struct group *g, const struct ledger_entry *e);

/* A record of the topic and its place. */
void group_hear_read(struct group *g, const struct ledger_entry *e);

/* Add to @v what the readers have been given. Nothing if there were none. */
void group_decide(struct group *g, struct verdict *v);

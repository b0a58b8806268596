#pragma once

/*
 * Slots: what a record's outcome is to be told with, for as long as it has none. As many are made as
 * were ever needed at once, which the library's window bounds.
 */

#include <stdint.h>

struct sender;
struct slots_block;

struct slot {
	struct sender *owner; /* borrowed */
	uint64_t number;      /* of the record, from 1 */
	struct slot *next;    /* while free */
};

struct slots {
	struct slots_block *blocks; /* owned */
	struct slot *free;
};

void slots_init(struct slots *s);
void slots_fini(struct slots *s);

/* Returns NULL when out of memory. */
struct slot *slots_take(struct slots *s);
void slots_put(struct slots *s, struct slot *slot);

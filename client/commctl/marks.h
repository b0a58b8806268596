#pragma once

/*
 * Marks: how far each partition has been printed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct comm_record;

struct mark {
	char *topic; /* owned */
	int32_t partition;
	const struct comm_record *last; /* printed and not acknowledged; valid until the next
					   receive; NULL: none */
	bool is_past_stop;              /* the rest of this partition is not wanted */
};

struct marks {
	struct mark *items; /* owned */
	size_t n;
	size_t capacity;
	size_t latest; /* where the last record was: the next one mostly is as well */
};

void marks_init(struct marks *m);
void marks_fini(struct marks *m);

/* The mark of @record's partition, made if there is none. NULL: no memory. */
struct mark *marks_find(struct marks *m, const struct comm_record *record);

#pragma once

/*
 * Spares: memory of large answers, between one answer and the next.
 *
 * An answer of a thousand records has up to a MiB. To ask the system for that each time, page by page,
 * takes longer than to write the records there.
 */

#include <stdbool.h>
#include <stddef.h>

#include "proto/buf.h"

/* As many answers as are usually on their way at once; of more, the memory goes back. */
#define SPARES_MAX 4

/* What is larger goes back as well: then all of them have 8 MiB. */
#define SPARES_BYTES_MAX (2 * 1024 * 1024)

/* All zero has none. */
struct spares {
	struct comm_buf bufs[SPARES_MAX]; /* owned, empty */
	size_t n;
	bool is_used; /* since the last sweep */
};

/* Give @b, which is empty, the memory of one of them if there is one. */
void spares_take(struct spares *s, struct comm_buf *b);

/* Take the memory of @b, which is empty, or give it back to the system. */
void spares_put(struct spares *s, struct comm_buf *b);

/* Once a second: what nobody has needed goes back. */
void spares_sweep(struct spares *s);
void spares_fini(struct spares *s);

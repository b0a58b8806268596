#pragma once

/*
 * Scarce: a commd whose allocations fail when a test says so.
 *
 * $COMMD_SCARCE is commd with malloc() and the like of its own; a file that the test shares with it says which
 * of them fail. What libraries allocate for themselves does not.
 */

#include <stdbool.h>

struct scarce;

/* Let what dut_start() and the like start from here on be such a commd. */
struct scarce *scarce_new(void);
void scarce_free(struct scarce *s);

/* Of its allocations from here on the @n-th fails, counted from 1; and all after it if @and_on. */
void scarce_begin(struct scarce *s, long n, bool and_on);

/* From here on none fails any more. Returns how many have since scarce_begin(). */
long scarce_end(struct scarce *s);

#pragma once

/*
 * What a test and a commd whose allocations fail share: the file of $SCARCE_FILE.
 */

#include <stdatomic.h>
#include <stdbool.h>

#define SCARCE_FILE "COMMD_TEST_SCARCE"

struct scarce_shared {
	atomic_bool is_on;
	atomic_bool and_on;
	atomic_long n_left; /* allocations until one fails */
	atomic_long n_failed;
};

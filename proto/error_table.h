#pragma once

/*
 * The error list as data, for whoever puts an error on the wire or takes one off.
 */

#include <stdbool.h>

struct comm_error_info {
	int code; /* enum comm_error */
	const char *name;
	bool retriable; /* the same request may succeed later, unchanged */
	const char *sentence;
};

/* Returns NULL for a number that this version does not know. */
const struct comm_error_info *comm_error_find(int code);

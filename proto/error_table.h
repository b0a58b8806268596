#pragma once

/*
 * The error list as data, for whoever puts an error on the wire or takes one off.
 */

#include <stdbool.h>

#include "proto/message.h"

struct comm_error_info {
	int code;       /* enum comm_error */
	bool retriable; /* the same request may succeed later, unchanged */
	const char *name;
	const char *sentence;
};

/* Returns NULL for a number that this version does not know. */
const struct comm_error_info *comm_error_find(int code);

/*
 * What goes on the wire for @code with @message, which is borrowed. A number that is not in the list
 * goes by the name of COMM_EINTERNAL.
 */
struct comm_wire_error comm_error_wire(int code, const char *message);

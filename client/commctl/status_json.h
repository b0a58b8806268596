#pragma once

/*
 * Status as one object, for --json.
 */

#include <jansson.h>

struct comm_status;

/* The reference is the caller's. */
json_t *status_json(const struct comm_status *s);

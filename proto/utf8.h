#pragma once

/*
 * UTF-8: is it?
 */

#include <stdbool.h>

#include "proto/message.h"

/* Whether @b is valid UTF-8 without NUL bytes: names end up in C strings and in logs. */
bool comm_utf8_is_valid(struct comm_bytes b);

#pragma once

/*
 * Place: TOPIC, TOPIC:PARTITION or TOPIC:PARTITION:OFFSET on the command line.
 */

#include "client/commclient.h"

/*
 * Take @text apart, in place. What is left out is -1.
 * Returns 0 or -EINVAL.
 */
int place_parse(char *text, struct comm_position *ret);

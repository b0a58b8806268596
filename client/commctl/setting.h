#pragma once

/*
 * Setting: KEY=VALUE on the command line.
 */

#include <stdbool.h>

#include "client/commclient.h"

struct options;

/* Take KEY=VALUE apart, in place; false after options_wrong(). */
bool setting_parse(struct options *o, char *text, struct comm_setting *ret);

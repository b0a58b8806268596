#pragma once

/*
 * Receive: the command line of receive, and of tail, which says the same in fewer words.
 */

#include "client/commctl/offset.h"
#include "client/commctl/options.h"

enum { OPTION_FRAMED = OPTION_OWN, OPTION_ACK };

/* Which of the options there are, as for options_init(), and where to begin if none says. */
struct receive_way {
	const struct verb *verb;
	const char *letters;
	const struct option *names;
	struct offset offset;
};

/* Returns the exit code. */
int receive_by(struct ctl *ctl, const struct receive_way *way, int argc, char **argv);

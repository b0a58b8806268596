#pragma once

/*
 * The users and groups of this host, as its name services know them: files, a directory, whatever.
 */

#include "daemon/acl.h"

/* acl_load() with the users and groups of this host. It may be called in any thread. */
int acl_load_here(const struct config *c, struct acl **ret, struct config_problem *ret_why);

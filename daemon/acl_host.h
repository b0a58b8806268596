#pragma once

/*
 * The users and groups of this host, as its name services know them: files, a directory, whatever.
 */

#include "daemon/acl.h"

/* What @ret finds may be waited for; it may be asked in any thread. */
void acl_host_init(struct acl_host *ret);

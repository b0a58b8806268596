#pragma once

/*
 * Api: the public header as the library's own files see it. Everything is hidden unless it is
 * declared in there.
 */

#pragma GCC visibility push(default)
#include "client/commclient.h"
#pragma GCC visibility pop

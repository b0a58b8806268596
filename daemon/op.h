#pragma once

/*
 * The handlers, one file each; dispatch.c's table names them by the schema's list.
 */

#include "daemon/request.h"

#define OP_PROTOTYPE(NAME, name, params, result, doc) \
	void op_##name(struct request *r, const void *params_of_##name);
COMM_METHODS(OP_PROTOTYPE)
#undef OP_PROTOTYPE

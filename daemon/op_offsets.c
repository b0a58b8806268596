#include "daemon/op.h"

#include "proto/errors.h"

void op_offsets(struct request *r, const void *params)
{
	(void)params;
	request_refuse(r, COMM_ENO_METHOD, "not there yet");
}

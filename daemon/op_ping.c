#include "daemon/op.h"

#include "daemon/clock.h"

void op_ping(struct request *r, const void *params)
{
	const struct comm_ping_result result = { clock_ms() };

	(void)params;
	request_answer(r, &result);
}

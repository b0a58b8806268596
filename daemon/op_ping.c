#include "daemon/op.h"

#include <time.h>

void op_ping(struct request *r, const void *params)
{
	struct comm_ping_result result;
	struct timespec now;

	(void)params;
	clock_gettime(CLOCK_REALTIME, &now);
	result.time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	request_answer(r, &result);
}

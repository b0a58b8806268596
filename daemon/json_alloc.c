#include "daemon/json_alloc.h"

#include <jansson.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/log.h"
#include "daemon/log_writer.h"

static void *take(size_t size)
{
	void *p = malloc(size);

	if (!p) {
		log_msg(LOG_CRIT,
			"no memory to read JSON; commd ends here, and has to be started again");
		log_writer_stop(LOG_WAIT_MS);
		abort();
	}
	return p;
}

void json_alloc_init(void)
{
	json_set_alloc_funcs(take, free);
}

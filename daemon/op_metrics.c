#include "daemon/op.h"

#include <errno.h>

#include "daemon/metrics.h"
#include "daemon/session.h"
#include "proto/buf.h"

void op_metrics(struct request *r, const void *params)
{
	struct comm_metrics_result result;
	struct comm_buf text;

	(void)params;
	comm_buf_init(&text);
	if (metrics_write(r->session->daemon, &text)) {
		request_fail_with(r, -ENOMEM, NULL);
	} else {
		result.text = (struct comm_bytes){ comm_buf_bytes(&text), text.len };
		request_answer(r, &result);
	}
	comm_buf_fini(&text);
}

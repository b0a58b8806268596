#include "daemon/op.h"

#include <stdio.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/session.h"
#include "daemon/trace.h"
#include "proto/errors.h"

/* @asked, or @absent if nothing was; 0 or COMM_EBAD_VALUE with @r refused. */
static int read_bound(struct request *r, const char *name, int64_t asked, int64_t absent,
		      int64_t max, int64_t *ret)
{
	struct kafka_failure why = { .code = COMM_EBAD_VALUE };

	*ret = asked == COMM_NONE ? absent : asked;
	if (*ret >= 1 && *ret <= max)
		return 0;
	(void)snprintf(why.detail, sizeof why.detail, "%s", name);
	(void)snprintf(why.message, sizeof why.message, "%s: %lld is not between 1 and %lld", name,
		       (long long)asked, (long long)max);
	request_fail(r, &why);
	return COMM_EBAD_VALUE;
}

void op_trace(struct request *r, const void *params)
{
	const struct comm_trace_params *p = params;
	struct trace_options o = { .topic = p->topic };
	int64_t max_sends, head_bytes;
	int error;

	if (read_bound(r, "timeout_ms", p->timeout_ms, TRACE_MS_DEFAULT, TRACE_MS_MAX,
		       &o.timeout_ms) ||
	    read_bound(r, "max_sends", p->max_sends, TRACE_SENDS_DEFAULT, TRACE_SENDS_MAX,
		       &max_sends) ||
	    read_bound(r, "head_bytes", p->head_bytes, TRACE_HEAD_DEFAULT, TRACE_HEAD_MAX,
		       &head_bytes))
		return;
	o.max_sends = (size_t)max_sends;
	o.head_bytes = (size_t)head_bytes;
	error = trace_start(r, &o);
	if (error == COMM_EBUSY)
		request_refuse(r, COMM_EBUSY,
			       "%d traces are under way already; try again when one of them has "
			       "ended",
			       TRACES_MAX);
	else if (error)
		request_fail_with(r, error, NULL);
}

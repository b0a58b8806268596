#include "client/client.h"

#include "client/query.h"
#include "client/shape.h"

static void give_status(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	((comm_status_fn)done)(c, error, result, arg);
}

static const struct query_kind status_kind = {
	.method = COMM_METHOD_STATUS,
	.repeats = true,
	.shape = "-SSSqq"
		 "[Sq]"           /* comm_counter */
		 "[SSSqqqqqqq]"   /* comm_profile_status */
		 "[qSqSsqqqqqbq]" /* comm_subscription_status */
		 "[SSqqqq]"       /* comm_topic_status */
		 "[SqqSqqqqb]"    /* comm_client_status */
		 "[qqSSSqqEbq]"   /* comm_discard */
		 "[qqSSssiSq]",   /* comm_event */
	.give = give_status,
};

int comm_status_async(struct comm *c, comm_status_fn done, void *arg)
{
	return query_run(c, &status_kind, NULL, (query_fn)done, arg);
}

int comm_status(struct comm *c, struct comm_status **ret_status)
{
	return comm_status_async(c, (comm_status_fn)query_wait, ret_status);
}

void comm_status_free(struct comm_status *status)
{
	shape_free(status);
}

/* ---- ping ---- */

static void give_ping(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	const int64_t *time_ms = result;

	((comm_ping_fn)done)(c, error, time_ms ? *time_ms : 0, arg);
	shape_free(result);
}

static const struct query_kind ping_kind = {
	.method = COMM_METHOD_PING,
	.repeats = true,
	.shape = "q",
	.give = give_ping,
};

int comm_ping_async(struct comm *c, comm_ping_fn done, void *arg)
{
	return query_run(c, &ping_kind, NULL, (query_fn)done, arg);
}

int comm_ping(struct comm *c, int64_t *ret_time_ms)
{
	int64_t *time_ms = NULL;
	int error = query_run(c, &ping_kind, NULL, query_wait, &time_ms);

	if (!error && ret_time_ms)
		*ret_time_ms = *time_ms;
	shape_free(time_ms);
	return error;
}

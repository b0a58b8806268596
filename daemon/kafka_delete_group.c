#include "daemon/kafka_coordinator.h"

#include "proto/util.h"

static void run(struct kafka_errand *e)
{
	rd_kafka_DeleteGroup_t *question;
	const rd_kafka_group_result_t **groups;
	const rd_kafka_error_t *error;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_event_t *event;
	size_t n;

	if (kafka_coordinator_await_none(container_of(e, struct kafka_coordinator, errand)))
		return;
	if (kafka_errand_ask_change(e))
		return;
	question = rd_kafka_DeleteGroup_new(e->name);
	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
	rd_kafka_DeleteGroups(e->rk, &question, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_DeleteGroup_destroy(question);
	event = kafka_errand_await(e);
	if (!event)
		return;
	groups = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &n);
	error = rd_kafka_group_result_error(groups[0]);
	if (error)
		(void)kafka_errand_fail(e, rd_kafka_error_code(error),
					rd_kafka_error_string(error));
	rd_kafka_event_destroy(event);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.fini = kafka_coordinator_fini,
	.before = "group \"",
	.after = "\"",
	.code = COMM_EGROUP_ALTER,
	.size = sizeof(struct kafka_coordinator),
};

int kafka_delete_group(struct kafka_client *c, struct comm_bytes group, int timeout_ms,
		       kafka_answer_fn done, void *arg, struct kafka_failure *ret_why)
{
	struct kafka_coordinator *co;
	int error = kafka_coordinator_new(&kind, c, group, &co, ret_why);

	if (error)
		return error;
	kafka_coordinator_leave(co, c);
	return kafka_errand_start(c, &co->errand, timeout_ms, done, arg, ret_why);
}

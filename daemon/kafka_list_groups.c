#include <errno.h>
#include <stdlib.h>

#include "daemon/kafka_errand.h"
#include "daemon/kafka_groups.h"
#include "proto/util.h"

struct listing {
	struct kafka_errand errand;
	rd_kafka_event_t *event;       /* owned; strings are in it */
	struct comm_wire_group *items; /* owned */
	struct comm_list_groups_result result;
};

void kafka_groups_describe(const rd_kafka_ConsumerGroupListing_t *group,
			   struct comm_wire_group *ret)
{
	*ret = (struct comm_wire_group){
		.group = comm_bytes_of(rd_kafka_ConsumerGroupListing_group_id(group)),
		.state = comm_bytes_of(rd_kafka_consumer_group_state_name(
			rd_kafka_ConsumerGroupListing_state(group))),
		.simple = rd_kafka_ConsumerGroupListing_is_simple_consumer_group(group),
	};
}

static int compare(const void *a, const void *b)
{
	return comm_bytes_compare(((const struct comm_wire_group *)a)->group,
				  ((const struct comm_wire_group *)b)->group);
}

/* Each broker knows groups of its own: without one of them the list is not whole. */
static int check_brokers(struct kafka_errand *e, const rd_kafka_ListConsumerGroups_result_t *answer)
{
	size_t n;
	const rd_kafka_error_t **errors = rd_kafka_ListConsumerGroups_result_errors(answer, &n);

	return n ? kafka_errand_fail(e, rd_kafka_error_code(errors[0]),
				     rd_kafka_error_string(errors[0]))
		 : 0;
}

rd_kafka_event_t *kafka_groups_ask(struct kafka_errand *e)
{
	rd_kafka_AdminOptions_t *options =
		kafka_errand_options(e, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
	rd_kafka_event_t *event;

	rd_kafka_ListConsumerGroups(e->rk, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	event = kafka_errand_await(e);
	if (!event || !check_brokers(e, rd_kafka_event_ListConsumerGroups_result(event)))
		return event;
	rd_kafka_event_destroy(event);
	return NULL;
}

static int list_all(struct listing *l)
{
	const rd_kafka_ConsumerGroupListing_t **groups;
	size_t n;

	groups = rd_kafka_ListConsumerGroups_result_valid(
		rd_kafka_event_ListConsumerGroups_result(l->event), &n);
	l->items = calloc(n + 1, sizeof *l->items);
	if (!l->items)
		return kafka_errand_fail_memory(&l->errand);
	for (size_t i = 0; i < n; i++)
		kafka_groups_describe(groups[i], &l->items[i]);
	qsort(l->items, n, sizeof *l->items, compare);
	l->result.groups = (struct comm_list){ l->items, n };
	return 0;
}

static void run(struct kafka_errand *e)
{
	struct listing *l = container_of(e, struct listing, errand);

	l->event = kafka_groups_ask(e);
	if (l->event)
		(void)list_all(l);
}

static const void *finish(struct kafka_errand *e)
{
	return &container_of(e, struct listing, errand)->result;
}

static void fini(struct kafka_errand *e)
{
	struct listing *l = container_of(e, struct listing, errand);

	free(l->items);
	if (l->event)
		rd_kafka_event_destroy(l->event);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.finish = finish,
	.fini = fini,
	.before = "the groups were not listed",
	.after = "",
	.code = COMM_EGROUP_QUERY,
	.size = sizeof(struct listing),
};

int kafka_list_groups(struct kafka_client *c, int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why)
{
	struct listing *l;

	if (c->kafka->dev)
		return kafka_failure_refuse(ret_why, COMM_EGROUP_QUERY, NULL,
					    "the mock cluster of --dev cannot be asked about "
					    "groups; this needs a real Kafka");
	l = kafka_errand_new(&kind, comm_bytes_of(""));
	if (!l)
		return -ENOMEM;
	return kafka_errand_start(c, &l->errand, timeout_ms, done, arg, ret_why);
}

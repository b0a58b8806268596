/*
 * Adding partitions: asked of the controller, and over when the brokers have told each other, so that a
 * record for a new partition goes at once.
 */
#include <errno.h>

#include "daemon/kafka_errand.h"
#include "daemon/kafka_metadata.h"
#include "daemon/kafka_topic.h"
#include "proto/util.h"

struct growing {
	struct kafka_errand errand;
	rd_kafka_NewPartitions_t *wanted; /* owned */
	int n_partitions;
};

static void run(struct kafka_errand *e)
{
	struct growing *g = container_of(e, struct growing, errand);
	const rd_kafka_topic_result_t *const *results;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_resp_err_t err;
	rd_kafka_event_t *event;
	size_t n;

	if (kafka_errand_ask_change(e))
		return;
	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
	rd_kafka_CreatePartitions(e->rk, &g->wanted, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	event = kafka_errand_await(e);
	if (!event)
		return;
	results = rd_kafka_CreatePartitions_result_topics(
		rd_kafka_event_CreatePartitions_result(event), &n);
	err = rd_kafka_topic_result_error(results[0]);
	if (err)
		(void)kafka_errand_fail(e, err, rd_kafka_topic_result_error_string(results[0]));
	else
		kafka_metadata_await(&e->job, e->name, g->n_partitions,
				     MIN(kafka_errand_left_ms(e), KAFKA_AWAIT_MAX_MS));
	rd_kafka_event_destroy(event);
}

static const void *finish(struct kafka_errand *e)
{
	kafka_forget_topic(e->job.client->kafka, comm_bytes_of(e->name));
	return NULL;
}

static void fini(struct kafka_errand *e)
{
	struct growing *g = container_of(e, struct growing, errand);

	if (g->wanted)
		rd_kafka_NewPartitions_destroy(g->wanted);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.finish = finish,
	.fini = fini,
	.before = "topic ",
	.after = "",
	.code = COMM_ETOPIC_ALTER,
	.size = sizeof(struct growing),
};

static int want(struct growing *g, int64_t n_partitions, struct kafka_failure *ret_why)
{
	char why[256];

	if (n_partitions < 1 || n_partitions > INT32_MAX)
		return kafka_failure_refuse(ret_why, COMM_ETOPIC_ALTER, "partitions",
					    "partitions: must be more than the topic has");
	g->n_partitions = (int)n_partitions;
	g->wanted =
		rd_kafka_NewPartitions_new(g->errand.name, (size_t)n_partitions, why, sizeof why);
	if (!g->wanted)
		return kafka_failure_refuse(ret_why, COMM_ETOPIC_ALTER, "partitions", "%s: %s",
					    g->errand.subject, why);
	return 0;
}

int kafka_add_partitions(struct kafka_client *c, const struct comm_add_partitions_params *p,
			 int timeout_ms, kafka_answer_fn done, void *arg,
			 struct kafka_failure *ret_why)
{
	struct growing *g;
	int error = kafka_topic_check(c->kafka, p->topic, COMM_ETOPIC_ALTER, ret_why);

	if (error)
		return error;
	if (c->kafka->dev)
		return kafka_failure_refuse(ret_why, COMM_ETOPIC_ALTER, NULL,
					    "the mock cluster of --dev cannot add partitions; "
					    "create the topic with as many as it is to have");
	g = kafka_errand_new(&kind, p->topic);
	if (!g)
		return -ENOMEM;
	error = want(g, p->partitions, ret_why);
	if (!error)
		return kafka_errand_start(c, &g->errand, timeout_ms, done, arg, ret_why);
	kafka_errand_free(&g->errand);
	return error;
}

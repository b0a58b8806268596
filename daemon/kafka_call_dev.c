#include <errno.h>
#include <stdlib.h>

#include "daemon/kafka_call.h"
#include "proto/util.h"

int kafka_call_create_dev(struct kafka_call *call, const struct comm_create_topic_params *params,
			  struct kafka_failure *ret_why)
{
	int error = kafka_dev_create_topic(call->client->kafka->dev, params, ret_why);

	if (!error)
		kafka_call_await(call);
	return error;
}

/* Where the partitions end: should the topic be created again, it begins there. */
static void run_ends(struct kafka_job *j)
{
	struct kafka_call *call = container_of(j, struct kafka_call, job);
	int64_t first;

	for (size_t i = 0; i < call->n_ends; i++)
		if (rd_kafka_query_watermark_offsets(j->rk, call->topic, (int32_t)i, &first,
						     &call->ends[i], 1000))
			call->ends[i] = -1;
}

static void on_ends(struct kafka_job *j)
{
	struct kafka_call *call = container_of(j, struct kafka_call, job);
	struct comm_bytes topic = comm_bytes_of(call->topic);
	struct kafka_dev *dev = j->client->kafka->dev;
	struct kafka_failure why;
	int error;

	for (size_t i = 0; i < call->n_ends; i++)
		if (call->ends[i] >= 0)
			kafka_dev_set_first_offset(dev, topic, (int32_t)i, call->ends[i]);
	error = kafka_dev_delete_topic(dev, topic, &why);
	kafka_call_forget(call);
	kafka_call_end(call, error ? &why : NULL);
}

static void on_skipped(struct kafka_job *j)
{
	kafka_call_end_unasked(container_of(j, struct kafka_call, job));
}

int kafka_call_delete_dev(struct kafka_call *call, struct kafka_failure *ret_why)
{
	const struct kafka_dev *dev = call->client->kafka->dev;

	call->n_ends = kafka_dev_n_partitions(dev, comm_bytes_of(call->topic));
	if (!call->n_ends)
		return kafka_call_refuse(call, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL,
					 ret_why);
	call->ends = calloc(call->n_ends, sizeof *call->ends);
	if (!call->ends)
		return -ENOMEM;
	call->job.run = run_ends;
	call->job.done = on_ends;
	call->job.skip = on_skipped;
	return kafka_job_start(call->client, &call->job);
}

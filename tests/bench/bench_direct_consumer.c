#include "tests/bench/bench_direct.h"

#include "proto/util.h"

/* Records taken by one call. */
#define READ_AT_ONCE 1000

/*
 * How much may wait to be taken, of each partition. librdkafka before 2.2 looks once a second only
 * whether a queue that was full is still so: with its default of 100,000 records a reader that keeps
 * pace all the same is a third slower at 100 bytes, and now and then by two thirds.
 */
#define QUEUED_MESSAGES  "10000000"
#define QUEUED_KIBIBYTES "1048576"

struct reading {
	struct bench_result *result;
	size_t n_read, n_wanted;
	size_t n_first; /* how many of them came first, before the clock started */
	size_t n_bytes;
};

static void assign(rd_kafka_t *rk, const char *name)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(BENCH_PARTITIONS);
	int i;

	if (rd_kafka_metadata(rk, 0, topic, &metadata, BENCH_LIMIT_MS))
		bench_fail("no metadata of topic %s", name);
	for (i = 0; i < metadata->topics[0].partition_cnt; i++)
		rd_kafka_topic_partition_list_add(list, name, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	if (rd_kafka_assign(rk, list))
		bench_fail("assign failed");
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
}

static void take(struct reading *reading, rd_kafka_message_t **messages, ssize_t n_messages)
{
	ssize_t i;

	for (i = 0; i < n_messages; i++) {
		if (messages[i]->err)
			bench_fail("consume: %s", rd_kafka_message_errstr(messages[i]));
		reading->n_bytes += messages[i]->len;
		rd_kafka_message_destroy(messages[i]);
	}
	reading->n_read += (size_t)n_messages;
}

/* Measured 15 % faster than callbacks on the queue; the size of the batch does not matter. */
static void consume(rd_kafka_queue_t *queue, struct reading *reading)
{
	rd_kafka_message_t *messages[READ_AT_ONCE];
	size_t n_wanted;
	ssize_t n;

	while (reading->n_read < reading->n_wanted) {
		/* The call waits until it has as many as it is asked for. */
		n_wanted = MIN(reading->n_wanted - reading->n_read, ARRAY_SIZE(messages));
		n = rd_kafka_consume_batch_queue(queue, BENCH_LIMIT_MS, messages, n_wanted);
		if (n <= 0)
			bench_fail("only %zu of %zu records came", reading->n_read,
				   reading->n_wanted);
		take(reading, messages, n);
		if (!reading->n_first) {
			reading->n_first = reading->n_read;
			reading->result->start = bench_clock_now();
		}
	}
}

void consumer_open(struct consumer *c, const struct bench_run *run)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	*c = (struct consumer){ .run = run };
	/* librdkafka asks for a group even where it is never joined. */
	direct_set(conf, "group.id", "bench");
	direct_set(conf, "enable.auto.commit", "false");
	direct_set(conf, "enable.auto.offset.store", "false");
	direct_set(conf, "queued.min.messages", QUEUED_MESSAGES);
	direct_set(conf, "queued.max.messages.kbytes", QUEUED_KIBIBYTES);
	/* As commd does; not known before 2.2. */
	(void)rd_kafka_conf_set(conf, "fetch.queue.backoff.ms", "10", NULL, 0);
	c->rk = direct_open(RD_KAFKA_CONSUMER, conf, run);
	c->queue = rd_kafka_queue_get_consumer(c->rk);
	assign(c->rk, run->topic);
}

void consumer_measure(struct consumer *c, struct bench_result *ret_result)
{
	struct reading reading = { .result = ret_result, .n_wanted = c->run->n_records };

	consume(c->queue, &reading);
	ret_result->end = bench_clock_now();
	ret_result->n_records = reading.n_read - reading.n_first;
	if (reading.n_bytes != reading.n_read * c->run->value_len)
		bench_fail("the records in topic %s do not have %zu bytes", c->run->topic,
			   c->run->value_len);
}

void consumer_close(struct consumer *c)
{
	rd_kafka_queue_destroy(c->queue);
	rd_kafka_consumer_close(c->rk);
	rd_kafka_destroy(c->rk);
}

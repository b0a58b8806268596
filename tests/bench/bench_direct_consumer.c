#include "tests/bench/bench_direct.h"

#include <unistd.h>

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

/*
 * What is sent from now on is received: an end that librdkafka looks up by itself may be a later one.
 * A broker may say of a partition that is new that it does not lead it yet.
 */
static int64_t find_end(rd_kafka_t *rk, const char *topic, int32_t partition)
{
	double start_us = bench_now_us();
	rd_kafka_resp_err_t error;
	int64_t low, high;

	while ((error = rd_kafka_query_watermark_offsets(rk, topic, partition, &low, &high,
							 BENCH_LIMIT_MS))) {
		if (bench_now_us() - start_us > BENCH_LIMIT_MS * 1e3)
			bench_fail("topic %s, partition %d has no end: %s", topic, (int)partition,
				   rd_kafka_err2str(error));
		usleep(10000);
	}
	return high;
}

/* Returns the number of partitions; the topic is known then, as it is to a program that runs. */
static int look_up(rd_kafka_t *rk, const char *name)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
	int n_partitions;

	if (rd_kafka_metadata(rk, 0, topic, &metadata, BENCH_LIMIT_MS))
		bench_fail("no metadata of topic %s", name);
	n_partitions = metadata->topics[0].partition_cnt;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
	return n_partitions;
}

static void assign(struct consumer *c, int n_partitions)
{
	const char *topic = c->run->topic;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(n_partitions);
	int i;

	for (i = 0; i < n_partitions; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset =
			c->run->kind == BENCH_E2E ? find_end(c->rk, topic, i)
						  : RD_KAFKA_OFFSET_BEGINNING;
	if (rd_kafka_assign(c->rk, list))
		bench_fail("assign failed");
	rd_kafka_topic_partition_list_destroy(list);
}

static void subscribe(struct consumer *c)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, c->run->topic, RD_KAFKA_PARTITION_UA);
	if (rd_kafka_subscribe(c->rk, list))
		bench_fail("subscribe failed");
	rd_kafka_topic_partition_list_destroy(list);
}

/* Returns the bytes of a message, which is a record or, with 0 bytes, the end of a partition. */
static size_t take(struct consumer *c, rd_kafka_message_t *message)
{
	size_t len = 0;

	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
		c->n_ended++;
	else if (message->err)
		bench_fail("consume: %s", rd_kafka_message_errstr(message));
	else
		len = message->len;
	rd_kafka_message_destroy(message);
	return len;
}

/*
 * Returns how many messages came, at least one, and at most @n. Batches were measured 15 % faster than
 * callbacks on the queue; their size does not matter.
 */
static size_t receive(struct consumer *c, rd_kafka_message_t **messages, size_t n)
{
	ssize_t n_there;

	if (c->run->kind == BENCH_CONSUME) {
		/* The call waits until it has as many as it is asked for. */
		n_there = rd_kafka_consume_batch_queue(c->queue, BENCH_LIMIT_MS, messages, n);
	} else {
		messages[0] = rd_kafka_consumer_poll(c->rk, BENCH_LIMIT_MS);
		n_there = messages[0] != NULL;
		if (n_there && n > 1)
			n_there += rd_kafka_consume_batch_queue(c->queue, 0, messages + 1, n - 1);
	}
	if (n_there <= 0)
		bench_fail("no more records came");
	return (size_t)n_there;
}

static void receive_some(struct consumer *c, struct reading *reading)
{
	rd_kafka_message_t *messages[READ_AT_ONCE];
	size_t n_wanted = ARRAY_SIZE(messages), n_records = 0, n_bytes = 0, n, i;

	if (c->run->kind == BENCH_CONSUME)
		n_wanted = MIN(c->run->n_records - reading->n_read, n_wanted);
	n = receive(c, messages, n_wanted);
	for (i = 0; i < n; i++) {
		n_records += !messages[i]->err;
		n_bytes += take(c, messages[i]);
	}
	if (n_records)
		reading_note(reading, n_records, n_bytes);
}

/* There is one end for each partition, unless they have moved, and then the numbers do not add up. */
static bool is_at_end(struct consumer *c)
{
	rd_kafka_topic_partition_list_t *list;
	int n_partitions;

	if (!c->n_ended)
		return false;
	if (rd_kafka_assignment(c->rk, &list))
		bench_fail("no assignment");
	n_partitions = list->cnt;
	rd_kafka_topic_partition_list_destroy(list);
	return c->n_ended >= n_partitions;
}

void consumer_take(struct consumer *c, size_t i)
{
	rd_kafka_message_t *message;

	(void)receive(c, &message, 1);
	if (message->err || message->len != c->run->value_len)
		bench_fail("no record came: %s", rd_kafka_message_errstr(message));
	bench_check_value(i, message->payload, message->len);
	rd_kafka_message_destroy(message);
}

static void set_group(rd_kafka_conf_t *conf, const struct bench_run *run)
{
	/* librdkafka asks for a group even where it is never joined. */
	direct_set(conf, "group.id", bench_is_in_group(run) ? run->group : "bench");
	if (bench_is_in_group(run)) {
		direct_set(conf, "auto.offset.reset", "earliest");
		direct_set(conf, "enable.partition.eof",
			   run->kind == BENCH_GROUP ? "true" : "false");
	} else {
		direct_set(conf, "enable.auto.commit", "false");
		direct_set(conf, "enable.auto.offset.store", "false");
	}
}

void consumer_open(struct consumer *c, const struct bench_run *run)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	struct bench_result ignored;
	int n_partitions;

	*c = (struct consumer){ .run = run };
	set_group(conf, run);
	direct_set(conf, "queued.min.messages", QUEUED_MESSAGES);
	direct_set(conf, "queued.max.messages.kbytes", QUEUED_KIBIBYTES);
	/* As commd does; not known before 2.2. */
	(void)rd_kafka_conf_set(conf, "fetch.queue.backoff.ms", "10", NULL, 0);
	c->rk = direct_open(RD_KAFKA_CONSUMER, conf, run);
	c->queue = rd_kafka_queue_get_consumer(c->rk);
	n_partitions = look_up(c->rk, run->topic);
	if (!bench_is_in_group(run))
		assign(c, n_partitions);
	if (run->kind == BENCH_MEMBER) {
		subscribe(c);
		receive_some(c, &(struct reading){ .run = run, .result = &ignored });
	}
}

void consumer_measure(struct consumer *c, struct bench_result *ret_result)
{
	struct reading reading = { .run = c->run, .result = ret_result };

	ret_result->start = bench_clock_now();
	if (c->run->kind == BENCH_GROUP || c->run->kind == BENCH_JOIN)
		subscribe(c);
	do
		receive_some(c, &reading);
	while (c->run->kind == BENCH_GROUP ? !is_at_end(c) : !reading_is_done(&reading));
	reading_end(&reading);
}

void consumer_close(struct consumer *c)
{
	rd_kafka_queue_destroy(c->queue);
	rd_kafka_consumer_close(c->rk);
	rd_kafka_destroy(c->rk);
}

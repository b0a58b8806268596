/*
 * What a program gets that links librdkafka itself, tuned as well as its author could have done.
 *
 * Both sides are tuned alike: idempotent, acknowledged by all replicas, linger.ms=0. Without
 * idempotence that linger would send one request per record; with it at most five requests are in
 * flight, so that a flood forms batches as large as those of linger.ms=5, while a lone record does
 * not wait 5 ms. Batches (batch.size, batch.num.messages) have librdkafka's default limits on both
 * sides.
 */
#include "tests/bench/bench.h"

#include <librdkafka/rdkafka.h>

#include "proto/util.h"

/* Delivery reports are served once per so many records, which costs less than each time. */
#define POLL_EVERY 1000

/* Records taken by one call of the consumer. */
#define READ_AT_ONCE 1000

struct tally {
	size_t n_delivered;
};

struct reading {
	size_t n_read, n_wanted;
	size_t n_first; /* how many of them came first, before the clock started */
	size_t n_bytes;
	struct bench_clock start;
};

static void conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char reason[512];

	if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason))
		bench_fail("%s", reason);
}

static rd_kafka_t *client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char reason[512];
	rd_kafka_t *rk = rd_kafka_new(type, conf, reason, sizeof reason);

	if (!rk)
		bench_fail("%s", reason);
	return rk;
}

static void on_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	struct tally *tally = opaque;

	(void)rk;
	if (message->err)
		bench_fail("a record was not delivered: %s", rd_kafka_err2str(message->err));
	tally->n_delivered++;
}

static rd_kafka_t *producer_open(const struct bench_run *run, struct tally *tally)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	conf_set(conf, "bootstrap.servers", run->bootstrap);
	conf_set(conf, "enable.idempotence", "true");
	conf_set(conf, "acks", "all");
	conf_set(conf, "linger.ms", "0");
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
	rd_kafka_conf_set_opaque(conf, tally);
	return client_open(RD_KAFKA_PRODUCER, conf);
}

static void produce_one(rd_kafka_t *rk, rd_kafka_topic_t *topic, size_t i, size_t len)
{
	while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
				(void *)bench_value(i, len), len, NULL, 0, NULL)) {
		rd_kafka_resp_err_t error = rd_kafka_last_error();

		if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			bench_fail("produce: %s", rd_kafka_err2str(error));
		rd_kafka_poll(rk, 10);
	}
}

static void delivery_wait(rd_kafka_t *rk, const struct tally *tally, size_t n_wanted)
{
	double start_us = bench_now_us();

	while (tally->n_delivered < n_wanted) {
		rd_kafka_poll(rk, 100);
		if (bench_now_us() - start_us > BENCH_LIMIT_MS * 1e3)
			bench_fail("only %zu of %zu records were delivered", tally->n_delivered,
				   n_wanted);
	}
}

static void produce(const struct bench_run *run, rd_kafka_t *rk, rd_kafka_topic_t *topic,
		    struct tally *tally)
{
	size_t i;

	tally->n_delivered = 0;
	for (i = 0; i < run->n_records; i++) {
		produce_one(rk, topic, i, run->of->value_len);
		if (i % POLL_EVERY == 0)
			rd_kafka_poll(rk, 0);
	}
	delivery_wait(rk, tally, run->n_records);
}

static void produce_sync(const struct bench_run *run, rd_kafka_t *rk, rd_kafka_topic_t *topic,
			 struct tally *tally, double *ret_latencies_us)
{
	size_t i;
	double start_us;

	tally->n_delivered = 0;
	for (i = 0; i < run->n_records; i++) {
		start_us = bench_now_us();
		produce_one(rk, topic, i, run->of->value_len);
		delivery_wait(rk, tally, i + 1);
		ret_latencies_us[i] = bench_now_us() - start_us;
	}
}

static void producer_measure(const struct bench_run *run, struct bench_result *ret_result)
{
	struct tally tally = { 0 };
	struct bench_clock start;
	rd_kafka_t *rk = producer_open(run, &tally);
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, run->topic, NULL);

	/* Connections, metadata and the producer's id are not what is measured. */
	produce_one(rk, topic, 0, run->of->value_len);
	delivery_wait(rk, &tally, 1);

	bench_clock_start(&start);
	if (run->of->kind == BENCH_SYNC)
		produce_sync(run, rk, topic, &tally, ret_result->latencies_us);
	else
		produce(run, rk, topic, &tally);
	ret_result->spent = bench_clock_since(&start);
	ret_result->n_records = run->n_records;

	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(rk);
}

void direct_fill(const struct bench_run *run)
{
	struct tally tally = { 0 };
	rd_kafka_t *rk = producer_open(run, &tally);
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, run->topic, NULL);

	produce(run, rk, topic, &tally);
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(rk);
}

static rd_kafka_t *consumer_open(const struct bench_run *run)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	conf_set(conf, "bootstrap.servers", run->bootstrap);
	/* librdkafka asks for a group even where it is never joined. */
	conf_set(conf, "group.id", "bench");
	conf_set(conf, "enable.auto.commit", "false");
	conf_set(conf, "enable.auto.offset.store", "false");
	return client_open(RD_KAFKA_CONSUMER, conf);
}

static void consumer_assign(rd_kafka_t *rk, const char *name)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
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
			bench_clock_start(&reading->start);
		}
	}
}

static void consumer_measure(const struct bench_run *run, struct bench_result *ret_result)
{
	struct reading reading = { .n_wanted = run->n_records };
	rd_kafka_t *rk = consumer_open(run);
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);

	consumer_assign(rk, run->topic);
	consume(queue, &reading);
	ret_result->spent = bench_clock_since(&reading.start);
	ret_result->n_records = reading.n_read - reading.n_first;
	if (reading.n_bytes != reading.n_read * run->of->value_len)
		bench_fail("the records in topic %s are not those of %s", run->topic,
			   run->of->name);
	rd_kafka_queue_destroy(queue);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
}

void direct_measure(const struct bench_run *run, struct bench_result *ret_result)
{
	if (run->of->kind == BENCH_CONSUME)
		consumer_measure(run, ret_result);
	else
		producer_measure(run, ret_result);
}

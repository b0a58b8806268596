/*
 * Both sides are tuned alike: idempotent, acknowledged by all replicas, linger.ms=0. Without
 * idempotence that linger would send one request per record; with it at most five requests are in
 * flight, so that a flood forms batches as large as those of linger.ms=5, while a lone record does
 * not wait 5 ms. Batches (batch.size, batch.num.messages) have librdkafka's default limits on both
 * sides.
 *
 * Records are not copied when they are given away, but stay where they are until they are
 * delivered: that takes a third less processor time at 1000 bytes and above, and makes a producer
 * faster by a third. What made no difference that could be told from noise: a larger or smaller
 * queue.buffering.max.messages, sleeping or a thread of its own to wait while the queue is full,
 * events instead of callbacks for deliveries, rd_kafka_produce_batch().
 */
#include "tests/bench/bench_direct.h"

/* Delivery reports are served once per so many records, which costs less than each time. */
#define POLL_EVERY 1000

/* Longest sleep while nothing is delivered; the first delivery ends it. */
#define POLL_MS 100

void producer_give(struct producer *p, int32_t partition)
{
	size_t len = p->run->value_len;
	/* Without RD_KAFKA_MSG_F_FREE it is not written to. */
	void *value = (void *)bench_value(p->n_given, len);
	rd_kafka_resp_err_t error;

	while (rd_kafka_produce(p->topic, partition, 0, value, len, NULL, 0, NULL)) {
		error = rd_kafka_last_error();
		if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			bench_fail("produce: %s", rd_kafka_err2str(error));
		rd_kafka_poll(p->rk, POLL_MS);
	}
	p->n_given++;
}

static void give_one(struct producer *p)
{
	producer_give(p, RD_KAFKA_PARTITION_UA);
}

static void on_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	struct producer *p = opaque;

	(void)rk;
	if (message->err)
		bench_fail("a record was not delivered: %s", rd_kafka_err2str(message->err));
	p->n_delivered++;
	if (p->is_loop && !bench_is_done(p->run, p->n_given))
		give_one(p);
}

static void delivery_wait(struct producer *p, size_t n_wanted)
{
	double start_us = bench_now_us();

	while (p->n_delivered < n_wanted) {
		rd_kafka_poll(p->rk, POLL_MS);
		if (bench_now_us() - start_us > BENCH_LIMIT_MS * 1e3)
			bench_fail("only %zu of %zu records were delivered", p->n_delivered,
				   n_wanted);
	}
}

void producer_serve(struct producer *p)
{
	rd_kafka_poll(p->rk, 0);
}

void producer_wait(struct producer *p)
{
	delivery_wait(p, p->n_given);
}

static void produce(struct producer *p)
{
	while (!bench_is_done(p->run, p->n_given)) {
		give_one(p);
		if (p->n_given % POLL_EVERY == 0)
			producer_serve(p);
	}
	producer_wait(p);
}

static void produce_loop(struct producer *p)
{
	p->is_loop = true;
	while (p->n_given < p->run->window && !bench_is_done(p->run, p->n_given))
		give_one(p);
	delivery_wait(p, p->run->n_records);
	p->is_loop = false;
}

static void produce_sync(struct producer *p, double *ret_latencies_us)
{
	double start_us;
	size_t i;

	for (i = 0; i < p->run->n_records; i++) {
		start_us = bench_now_us();
		give_one(p);
		producer_wait(p);
		ret_latencies_us[i] = bench_now_us() - start_us;
	}
}

void producer_open(struct producer *p, const struct bench_run *run)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	*p = (struct producer){ .run = run };
	direct_set(conf, "enable.idempotence", "true");
	direct_set(conf, "acks", "all");
	direct_set(conf, "linger.ms", "0");
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
	rd_kafka_conf_set_opaque(conf, p);
	p->rk = direct_open(RD_KAFKA_PRODUCER, conf, run);
	p->topic = rd_kafka_topic_new(p->rk, run->topic, NULL);
	if (run->kind == BENCH_ONCE)
		return;
	give_one(p);
	producer_wait(p);
	p->n_given = p->n_delivered = 0;
}

void producer_measure(struct producer *p, struct bench_result *ret_result)
{
	ret_result->start = bench_clock_now();
	if (p->run->kind == BENCH_SYNC)
		produce_sync(p, ret_result->latencies_us);
	else if (p->run->kind == BENCH_LOOP)
		produce_loop(p);
	else
		produce(p);
	ret_result->end = bench_clock_now();
	ret_result->n_records = p->n_given;
}

void producer_close(struct producer *p)
{
	rd_kafka_topic_destroy(p->topic);
	rd_kafka_destroy(p->rk);
}

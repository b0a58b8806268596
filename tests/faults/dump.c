/*
 * dump --brokers HOST:PORT --topic TOPIC --ledger FILE [--property NAME=VALUE...]: read a topic by
 * librdkafka alone, from its beginning, and write down where each record is.
 *
 * Says "ready" on standard output when it reads. With SIGTERM it reads on to where the topic ends then, and
 * ends. What the brokers have lost, which is an offset that is not there any more, ends it with 1.
 */
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "tests/faults/ledger.h"
#include "tests/faults/payload.h"
#include "tests/faults/program.h"

/* How long the brokers may take to come back. */
#define PATIENCE_MS 120000

struct dump {
	const char *topic;
	const char *ledger_path;
	rd_kafka_conf_t *conf; /* owned until the consumer is made */
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	struct ledger *ledger;
	int64_t n_read;
	int64_t *next; /* owned; offsets, by partition */
	int n_partitions;
};

static void set(struct dump *d, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(d->conf, name, value, why, sizeof why))
		errx(2, "%s", why);
}

static void read_options(int argc, char *argv[], struct dump *d)
{
	static const struct option options[] = { { "brokers", 1, NULL, 'b' },
						 { "topic", 1, NULL, 't' },
						 { "ledger", 1, NULL, 'l' },
						 { "property", 1, NULL, 'p' },
						 { NULL, 0, NULL, 0 } };
	char *equals;
	int i;

	while ((i = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (i) {
		case 'b':
			set(d, "bootstrap.servers", optarg);
			break;
		case 't':
			d->topic = optarg;
			break;
		case 'l':
			d->ledger_path = optarg;
			break;
		case 'p':
			equals = strchr(optarg, '=');
			if (!equals)
				errx(2, "%s is not NAME=VALUE", optarg);
			*equals = '\0';
			set(d, optarg, equals + 1);
			break;
		default:
			exit(2);
		}
	if (!d->topic || !d->ledger_path)
		errx(2, "usage: dump --brokers HOST:PORT --topic TOPIC --ledger FILE");
}

/* Returns how many partitions the topic has; waits until there is a topic. */
static int count_partitions(struct dump *d)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(d->rk, d->topic, NULL);
	int64_t deadline_us = ledger_now_us() + PATIENCE_MS * 1000LL;
	int n = 0;

	while (!n && ledger_now_us() < deadline_us && !program_is_told_to_end()) {
		const struct rd_kafka_metadata *m;

		if (rd_kafka_metadata(d->rk, 0, topic, &m, 1000))
			continue;
		n = m->topic_cnt == 1 && !m->topics[0].err ? m->topics[0].partition_cnt : 0;
		rd_kafka_metadata_destroy(m);
	}
	rd_kafka_topic_destroy(topic);
	if (!n)
		errx(2, "no topic %s", d->topic);
	return n;
}

static void begin(struct dump *d)
{
	rd_kafka_topic_partition_list_t *all;
	char why[256];

	d->rk = rd_kafka_new(RD_KAFKA_CONSUMER, d->conf, why, sizeof why);
	if (!d->rk)
		errx(2, "%s", why);
	rd_kafka_poll_set_consumer(d->rk);
	d->n_partitions = count_partitions(d);
	d->next = calloc((size_t)d->n_partitions, sizeof *d->next);
	all = rd_kafka_topic_partition_list_new(d->n_partitions);
	if (!d->next)
		err(2, "no memory");
	for (int i = 0; i < d->n_partitions; i++)
		rd_kafka_topic_partition_list_add(all, d->topic, i)->offset = 0;
	if (rd_kafka_assign(d->rk, all))
		errx(2, "the topic cannot be read");
	rd_kafka_topic_partition_list_destroy(all);
	d->queue = rd_kafka_queue_get_consumer(d->rk);
}

static void take(struct dump *d, const rd_kafka_message_t *m)
{
	struct ledger_entry e = { .time_us = ledger_now_us(),
				  .offset = m->offset,
				  .partition = (int16_t)m->partition,
				  .what = LEDGER_READ };

	if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
	    m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
		errx(1, "partition %d has lost records: %s", m->partition,
		     rd_kafka_message_errstr(m));
	if (m->err)
		return;
	if (!payload_parse(m->payload, m->len, &e.client, &e.number))
		e.client = e.number = UINT32_MAX;
	e.crc = payload_crc(m->payload, m->len);
	ledger_add(d->ledger, &e);
	d->next[m->partition] = m->offset + 1;
	d->n_read++;
}

/* Returns how many records have come. */
static ssize_t take_some(struct dump *d)
{
	rd_kafka_message_t *messages[1000];
	ssize_t n = rd_kafka_consume_batch_queue(d->queue, 100, messages, 1000);

	for (ssize_t i = 0; i < n; i++) {
		take(d, messages[i]);
		rd_kafka_message_destroy(messages[i]);
	}
	return n;
}

/* Read until the end that partition @i has now. */
static void finish(struct dump *d, int i)
{
	int64_t deadline_us = ledger_now_us() + PATIENCE_MS * 1000LL, low, end = -1;

	while (end < 0 && ledger_now_us() < deadline_us)
		if (rd_kafka_query_watermark_offsets(d->rk, d->topic, i, &low, &end, 1000))
			end = -1;
	/* Behind the last record there may be an offset of a transaction, but no such record here. */
	while (d->next[i] < end && ledger_now_us() < deadline_us)
		(void)take_some(d);
	if (end < 0 || d->next[i] < end)
		errx(1, "partition %d is read to %lld only, not to %lld", i, (long long)d->next[i],
		     (long long)end);
}

int main(int argc, char *argv[])
{
	struct dump d = { .conf = rd_kafka_conf_new() };

	set(&d, "group.id", "dump");
	set(&d, "enable.auto.commit", "false");
	set(&d, "auto.offset.reset", "error");
	set(&d, "check.crcs", "true");
	set(&d, "fetch.wait.max.ms", "100");
	set(&d, "queued.max.messages.kbytes", "65536");
	set(&d, "log_level", "2");
	read_options(argc, argv, &d);
	program_catch();
	d.ledger = ledger_create(d.ledger_path);
	begin(&d);
	program_say("ready");
	while (!program_is_told_to_end())
		(void)take_some(&d);
	for (int i = 0; i < d.n_partitions; i++)
		finish(&d, i);
	ledger_close(d.ledger);
	printf("{\"read\": %lld}\n", (long long)d.n_read);
	rd_kafka_queue_destroy(d.queue);
	rd_kafka_consumer_close(d.rk);
	rd_kafka_destroy(d.rk);
	free(d.next);
	return 0;
}

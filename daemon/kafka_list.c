/*
 * Listing topics: the brokers' answer as the protocol's message, built in the thread that asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_list.h"
#include "daemon/kafka_metadata.h"
#include "daemon/kafka_topic.h"
#include "proto/error_table.h"
#include "proto/util.h"

/* A topic's error: "NAME: sentence". */
#define WORDS_MAX 160

struct listing {
	struct kafka_job job;
	char *topic; /* owned; NULL: all */
	int timeout_ms;
	kafka_topics_fn done;
	void *arg;
	rd_kafka_resp_err_t err;
	bool is_there; /* all has gone well */
	struct kafka_listing list;
};

/* ---- the message ---- */

static void *take(struct kafka_listing *l, size_t n, size_t size)
{
	void *p = l->memory + l->used;

	l->used += n * size;
	return p;
}

/* What takes one pointer's alignment comes first; every size is a multiple of it. */
static size_t size_of(const struct rd_kafka_metadata *md)
{
	size_t size = (size_t)md->topic_cnt * sizeof(struct comm_wire_topic) +
		      (size_t)md->broker_cnt * sizeof(struct comm_wire_broker);

	for (int i = 0; i < md->topic_cnt; i++) {
		const rd_kafka_metadata_topic_t *t = &md->topics[i];

		size += (size_t)t->partition_cnt * sizeof(struct comm_wire_partition);
		if (t->err)
			size += sizeof(struct comm_wire_error) + WORDS_MAX;
		for (int n = 0; n < t->partition_cnt; n++)
			size += (size_t)(t->partitions[n].replica_cnt + t->partitions[n].isr_cnt) *
				sizeof(struct comm_wire_id);
	}
	return size;
}

static struct comm_list list_ids(struct kafka_listing *l, const int32_t *ids, int n)
{
	struct comm_wire_id *items = take(l, (size_t)n, sizeof *items);

	for (int i = 0; i < n; i++)
		items[i].id = ids[i];
	return (struct comm_list){ items, (size_t)n };
}

static struct comm_list list_partitions(struct kafka_listing *l, const rd_kafka_metadata_topic_t *t)
{
	size_t n = (size_t)t->partition_cnt;
	struct comm_wire_partition *items = take(l, n, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		const rd_kafka_metadata_partition_t *p = &t->partitions[i];

		items[i].partition = p->id;
		items[i].leader = p->leader < 0 ? COMM_NONE : p->leader;
		items[i].replicas = list_ids(l, p->replicas, p->replica_cnt);
		items[i].isr = list_ids(l, p->isrs, p->isr_cnt);
	}
	return (struct comm_list){ items, n };
}

static const struct comm_wire_error *describe_error(struct kafka_listing *l,
						    rd_kafka_resp_err_t err)
{
	struct comm_wire_error *e = take(l, 1, sizeof *e);
	char *words = take(l, 1, WORDS_MAX);

	*e = comm_error_wire(COMM_ETOPIC_QUERY, kafka_error_words(err, words, WORDS_MAX));
	return e;
}

static void list_topics(struct kafka_listing *l)
{
	size_t n = (size_t)l->md->topic_cnt;

	l->topics = take(l, n, sizeof *l->topics);
	for (size_t i = 0; i < n; i++) {
		const rd_kafka_metadata_topic_t *t = &l->md->topics[i];

		l->topics[i].name = comm_bytes_of(t->topic);
		l->topics[i].partitions = list_partitions(l, t);
		l->topics[i].error = t->err ? describe_error(l, t->err) : NULL;
	}
	l->result.topics = (struct comm_list){ l->topics, n };
}

static void list_brokers(struct kafka_listing *l)
{
	size_t n = (size_t)l->md->broker_cnt;
	struct comm_wire_broker *items = take(l, n, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		items[i].id = l->md->brokers[i].id;
		items[i].host = comm_bytes_of(l->md->brokers[i].host);
		items[i].port = l->md->brokers[i].port;
	}
	l->result.brokers = (struct comm_list){ items, n };
}

int kafka_listing_init(struct kafka_listing *l, const struct rd_kafka_metadata *md)
{
	*l = (struct kafka_listing){ .md = md, .memory = malloc(size_of(md) + 1) };
	if (!l->memory)
		return -ENOMEM;
	list_topics(l);
	list_brokers(l);
	return 0;
}

void kafka_listing_fini(struct kafka_listing *l)
{
	if (l->md)
		rd_kafka_metadata_destroy(l->md);
	free(l->memory);
}

/* ---- the method ---- */

bool kafka_listing_is_unusable(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	       err == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
	       err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

static void run(struct kafka_job *j)
{
	struct listing *l = container_of(j, struct listing, job);
	rd_kafka_topic_t *rkt = l->topic ? rd_kafka_topic_new(j->rk, l->topic, NULL) : NULL;
	const struct rd_kafka_metadata *md;

	if (l->topic && !rkt)
		l->err = rd_kafka_last_error();
	else
		l->err = kafka_metadata_ask(j, rkt, l->timeout_ms, &md);
	if (rkt)
		rd_kafka_topic_destroy(rkt);
	if (l->err)
		return;
	l->is_there = !kafka_listing_init(&l->list, md);
	if (l->topic && md->topic_cnt == 1 && kafka_listing_is_unusable(md->topics[0].err)) {
		l->err = md->topics[0].err;
		l->is_there = false;
	}
}

/* Without those that the mock cluster has created or kept on its own. */
static void filter(struct kafka_listing *l, const struct kafka_dev *dev)
{
	size_t n = 0;

	for (size_t i = 0; i < l->result.topics.n; i++)
		if (kafka_dev_has_topic(dev, l->topics[i].name))
			l->topics[n++] = l->topics[i];
	l->result.topics.n = n;
}

static void listing_free(struct listing *l)
{
	kafka_listing_fini(&l->list);
	free(l->topic);
	free(l);
}

static void explain(const struct listing *l, struct kafka_failure *ret)
{
	int code = kafka_error_code(l->err);

	if (l->job.client->kafka->is_closing)
		(void)kafka_failure_refuse(ret, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	else if (!l->err)
		(void)kafka_failure_refuse(ret, COMM_ENO_MEMORY, NULL, "commd is out of memory");
	else if (code == COMM_EBROKER)
		kafka_explain_silence(l->job.client, ret);
	else
		kafka_failure_set(ret, COMM_ETOPIC_QUERY, l->err, "%s%s",
				  l->topic ? "topic " : "the topics were not listed",
				  l->topic ? l->topic : "");
}

static void done(struct kafka_job *j)
{
	struct listing *l = container_of(j, struct listing, job);
	const struct kafka_dev *dev = j->client->kafka->dev;
	struct kafka_failure why;

	if (l->list.md)
		kafka_client_note_success(j->client);
	if (l->is_there && dev)
		filter(&l->list, dev);
	if (!l->is_there)
		explain(l, &why);
	l->done(l->arg, l->is_there ? NULL : &why, &l->list.result);
	listing_free(l);
}

static void skip(struct kafka_job *j)
{
	struct listing *l = container_of(j, struct listing, job);
	struct kafka_failure why;

	(void)kafka_failure_refuse(&why, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	l->done(l->arg, &why, &l->list.result);
	listing_free(l);
}

static int start(struct kafka_client *c, struct listing *l, struct kafka_failure *ret_why)
{
	int error = kafka_job_start(c, &l->job);

	if (error == COMM_EBUSY)
		return kafka_failure_refuse(ret_why, error, NULL,
					    "too many calls to the brokers wait already");
	if (error)
		return kafka_failure_refuse(ret_why, error, NULL, "commd is shutting down");
	return 0;
}

int kafka_list_topics(struct kafka_client *c, struct comm_bytes topic, int timeout_ms,
		      kafka_topics_fn done_fn, void *arg, struct kafka_failure *ret_why)
{
	struct listing *l;
	int error = 0;

	if (topic.data)
		error = kafka_topic_check(c->kafka, topic, COMM_ETOPIC_QUERY, ret_why);
	if (error)
		return error;
	l = calloc(1, sizeof *l);
	if (!l)
		return -ENOMEM;
	l->topic = comm_bytes_dup(topic);
	if (topic.data && !l->topic) {
		free(l);
		return -ENOMEM;
	}
	l->job.run = run;
	l->job.done = done;
	l->job.skip = skip;
	l->timeout_ms = timeout_ms;
	l->done = done_fn;
	l->arg = arg;
	error = start(c, l, ret_why);
	if (error)
		listing_free(l);
	return error;
}

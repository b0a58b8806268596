/*
 * What is told of the Kafka consumers: their topics, and how far behind they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_consumer.h"
#include "daemon/kafka_rebuild.h"
#include "daemon/profile.h"
#include "proto/util.h"

/* A list while it is filled. */
struct filling {
	struct comm_wire_consumer *rows;
	size_t n;
	struct comm_wire_consumed *topics;
	size_t n_topics;
	size_t max_topics;
	size_t n_left_out;
	size_t n_lags;
};

/* What is not known adds nothing, and is no sum. */
static void add_lag(int64_t *sum, int64_t lag)
{
	if (lag != COMM_NONE)
		*sum = *sum == COMM_NONE ? lag : *sum + lag;
}

/* The partitions of one topic, from number @i on. Returns the number behind them. */
static size_t add_topic(struct filling *f, const struct kafka_consumer *c, size_t i,
			struct comm_wire_consumer *row)
{
	const char *name = c->partitions[i]->topic;
	struct comm_wire_consumed topic = { .topic = comm_bytes_of(name), .lag = COMM_NONE };

	for (; i < c->n_partitions && !strcmp(c->partitions[i]->topic, name); i++) {
		topic.partitions++;
		if (f->n_lags++ < KAFKA_LAGS_MAX)
			add_lag(&topic.lag, kafka_partition_lag(c->partitions[i]));
		row->unacknowledged += (int64_t)c->partitions[i]->n_unacked;
	}
	/* Of some partitions only it would be too little. */
	if (f->n_lags > KAFKA_LAGS_MAX)
		topic.lag = COMM_NONE;
	add_lag(&row->lag, topic.lag);
	if (f->n_topics < f->max_topics) {
		f->topics[f->n_topics++] = topic;
		row->topics.n++;
	} else {
		f->n_left_out++;
	}
	return i;
}

static const char *state_of(const struct kafka_consumer *c)
{
	return !c->is_open ? "closing" : kafka_group_is_settled(c) ? "reading" : "joining";
}

static void add_consumer(struct filling *f, const struct kafka_consumer *c)
{
	struct comm_wire_consumer *row = &f->rows[f->n++];

	*row = (struct comm_wire_consumer){
		.profile = comm_bytes_of(c->client->profile->name),
		.group = comm_bytes_of(c->group),
		.state = comm_bytes_of(state_of(c)),
		.subscriptions = (int64_t)c->n_readers,
		.partitions = (int64_t)c->n_partitions,
		.lag = c->is_open && kafka_group_is_settled(c) && !c->n_partitions ? 0 : COMM_NONE,
		.topics = { &f->topics[f->n_topics], 0 },
	};
	for (size_t i = 0; i < c->n_partitions;)
		i = add_topic(f, c, i, row);
}

static void add_rebuild(struct filling *f, const struct kafka_rebuild *b)
{
	struct comm_wire_consumer *row = &f->rows[f->n++];
	const struct kafka_reader *r;

	*row = (struct comm_wire_consumer){
		.profile = comm_bytes_of(b->client->profile->name),
		.group = comm_bytes_of(b->group),
		.state = comm_bytes_of("rebuilding"),
		.lag = COMM_NONE,
		.error = comm_bytes_of(b->why.message),
	};
	TAILQ_FOREACH(r, &b->readers, entry)
		row->subscriptions++;
}

static void add_client(struct filling *f, const struct kafka_client *c)
{
	const struct kafka_consumer *consumer;
	const struct kafka_rebuild *b;

	LIST_FOREACH(consumer, &c->consumers, entry)
		add_consumer(f, consumer);
	LIST_FOREACH(b, &c->rebuilds, entry)
		if (!b->is_over)
			add_rebuild(f, b);
}

static size_t count(const struct kafka *k)
{
	const struct kafka_client *c;
	const struct kafka_rebuild *b;
	size_t n = k->n_consumers;

	LIST_FOREACH(c, &k->clients, entry)
		LIST_FOREACH(b, &c->rebuilds, entry)
			n++;
	return n;
}

int kafka_consumer_list_init(struct kafka_consumer_list *l, const struct kafka *k,
			     size_t max_topics)
{
	struct filling f = { .max_topics = max_topics };
	const struct kafka_client *c;

	f.rows = calloc(count(k) + 1, sizeof *f.rows);
	f.topics = calloc(max_topics + 1, sizeof *f.topics);
	*l = (struct kafka_consumer_list){ .consumers.items = f.rows, .topics = f.topics };
	if (!f.rows || !f.topics)
		return -ENOMEM;
	LIST_FOREACH(c, &k->clients, entry)
		add_client(&f, c);
	l->consumers.n = f.n;
	l->n_topics_left_out = f.n_left_out;
	return 0;
}

void kafka_consumer_list_fini(struct kafka_consumer_list *l)
{
	free((void *)l->consumers.items);
	free(l->topics);
}

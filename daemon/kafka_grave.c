#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_consumer.h"

/*
 * librdkafka before 2.1 leaves operations in the queue of a partition whose topic has been deleted;
 * they hold the partition, which holds the queue, and rd_kafka_destroy() waits for ever for both
 * to go. So queues of partitions that were taken away are kept, and emptied before the end.
 */
#define FIXED_IN 0x020100ff

/* Partitions that one consumer remembers; topics do not come and go that often. */
#define GRAVES_MAX 1024

struct kafka_grave {
	char *topic;           /* owned */
	int32_t number;        /* Kafka's, within the topic */
	rd_kafka_queue_t *own; /* owned */
	TAILQ_ENTRY(kafka_grave) entry;
};

static void empty(struct kafka_grave *g)
{
	rd_kafka_event_t *e;

	rd_kafka_queue_forward(g->own, NULL);
	while ((e = rd_kafka_queue_poll(g->own, 0)))
		rd_kafka_event_destroy(e);
}

static void free_grave(struct kafka_consumer *c, struct kafka_grave *g)
{
	TAILQ_REMOVE(&c->graves, g, entry);
	c->n_graves--;
	rd_kafka_queue_destroy(g->own);
	free(g->topic);
	free(g);
}

void kafka_grave_put(struct kafka_consumer *c, const char *topic, int32_t number,
		     rd_kafka_queue_t *own)
{
	struct kafka_grave *g = rd_kafka_version() < FIXED_IN ? calloc(1, sizeof *g) : NULL;

	if (!g || !(g->topic = strdup(topic))) {
		free(g);
		rd_kafka_queue_destroy(own);
		return;
	}
	g->number = number;
	g->own = own;
	TAILQ_INSERT_TAIL(&c->graves, g, entry);
	if (++c->n_graves <= GRAVES_MAX)
		return;
	g = TAILQ_FIRST(&c->graves);
	empty(g);
	free_grave(c, g);
}

void kafka_grave_open(struct kafka_consumer *c, const char *topic, int32_t number)
{
	struct kafka_grave *g;

	TAILQ_FOREACH(g, &c->graves, entry) {
		if (g->number == number && !strcmp(g->topic, topic)) {
			free_grave(c, g);
			return;
		}
	}
}

/*
 * What is in them, and what may come until the last of librdkafka's threads has ended, goes to its main
 * queue: that it purges and closes before it waits for anything.
 */
void kafka_grave_empty(struct kafka_consumer *c)
{
	rd_kafka_queue_t *main_queue = rd_kafka_queue_get_main(c->rk);
	struct kafka_grave *g;

	while ((g = TAILQ_FIRST(&c->graves))) {
		rd_kafka_queue_forward(g->own, main_queue);
		free_grave(c, g);
	}
	rd_kafka_queue_destroy(main_queue);
}

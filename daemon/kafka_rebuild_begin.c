/*
 * From one consumer to the next: what the readers take with them, and when the next one comes.
 */
#include "daemon/kafka_rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_member.h"
#include "proto/errors.h"
#include "proto/util.h"

/* A consumer that has lived for so long has not failed for the reason of the one before. */
#define CALM_MS 300000

/*
 * Where a tail goes on: behind what was handed out, or where it began. What librdkafka lists holds on
 * to the failed consumer's own partitions, so it is written anew.
 */
static rd_kafka_topic_partition_list_t *list_positions(const struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *assigned, *list;

	if (rd_kafka_assignment(c->rk, &assigned))
		return NULL;
	list = rd_kafka_topic_partition_list_new(assigned->cnt);
	for (int i = 0; i < assigned->cnt; i++) {
		const rd_kafka_topic_partition_t *part = &assigned->elems[i];
		const struct kafka_partition *p =
			kafka_partition_find(c->partitions, c->n_partitions,
					     comm_bytes_of(part->topic), part->partition);

		rd_kafka_topic_partition_list_add(list, part->topic, part->partition)->offset =
			p && p->next != KAFKA_NO_POSITION ? p->next : part->offset;
	}
	rd_kafka_topic_partition_list_destroy(assigned);
	return list;
}

static struct kafka_rebuild *rebuild_new(const struct kafka_consumer *c)
{
	struct kafka_rebuild *b = calloc(1, sizeof *b);

	if (b && c->group)
		b->group = strdup(c->group);
	if (b && !c->group)
		b->positions = list_positions(c);
	if (!b || (!b->group && !b->positions)) {
		free(b);
		return NULL;
	}
	b->client = c->client;
	b->start = c->start;
	b->pause_ms = KAFKA_PAUSE_MIN_MS;
	if (c->pause_ms && kafka_now_ms(c->client->kafka) - c->opened_ms < CALM_MS)
		b->pause_ms = MIN(2 * c->pause_ms, (uint64_t)KAFKA_PAUSE_MAX_MS);
	TAILQ_INIT(&b->readers);
	return b;
}

/* Readers have nothing of @c from here on, and wait. */
static void move_readers(struct kafka_consumer *c, struct kafka_rebuild *b,
			 const struct kafka_failure *why)
{
	struct kafka_reader *r;

	while ((r = TAILQ_FIRST(&c->readers))) {
		TAILQ_REMOVE(&c->readers, r, entry);
		c->n_readers--;
		kafka_reader_detach(r);
		r->rebuild = b;
		TAILQ_INSERT_TAIL(&b->readers, r, entry);
		if (why)
			kafka_reader_fail(r, why);
	}
}

/* Returns NULL after @c was closed instead: it has no readers, or there is no memory. */
static struct kafka_rebuild *begin(struct kafka_consumer *c)
{
	struct kafka_rebuild *b = c->n_readers ? rebuild_new(c) : NULL;
	struct kafka_failure no_memory;

	if (!b) {
		(void)kafka_failure_refuse(&no_memory, COMM_ENO_MEMORY, NULL, "out of memory");
		kafka_consumer_close(c, &no_memory);
		return NULL;
	}
	(void)uv_timer_init(c->client->kafka->options.loop, &b->timer);
	LIST_INSERT_HEAD(&b->client->rebuilds, b, entry);
	b->client->kafka->n_planned++;
	return b;
}

/* @c ends, and its readers wait in @b. */
static void hand_over(struct kafka_consumer *c, struct kafka_rebuild *b,
		      const struct kafka_failure *why)
{
	kafka_drain_end(c);
	move_readers(c, b, why);
	kafka_consumer_close(c, NULL);
	kafka_rebuild_tell(b);
}

void kafka_rebuild_begin(struct kafka_consumer *c, const struct kafka_failure *why)
{
	struct kafka_rebuild *b = begin(c);

	if (!b)
		return;
	b->has_failed = true;
	kafka_rebuild_wait(b, b->pause_ms);
	hand_over(c, b, why);
}

/*
 * A static member keeps its place for the one that follows, which must not come before it has gone: they
 * would fence each other off. Any other joins the group while this one leaves.
 */
void kafka_rebuild_again(struct kafka_consumer *c)
{
	struct kafka_rebuild *b = begin(c);

	if (!b)
		return;
	if (c->group && kafka_member_stays(c)) {
		b->predecessor = c;
		c->successor = b;
	} else {
		kafka_rebuild_wait(b, 0);
	}
	kafka_drain_give_up(c);
	hand_over(c, b, NULL);
}

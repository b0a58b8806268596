#define HASH_NONFATAL_OOM 1

#include "daemon/kafka_topic.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_producer.h"
#include "proto/limits.h"
#include "proto/util.h"

bool kafka_topic_is_name(struct comm_bytes name)
{
	if (!name.len || name.len > COMM_TOPIC_NAME_MAX || comm_bytes_is(name, ".") ||
	    comm_bytes_is(name, ".."))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!name.data[i] || !strchr(COMM_NAME_CHARACTERS, name.data[i]))
			return false;
	return true;
}

int kafka_topic_check(const struct kafka *k, struct comm_bytes name, int code,
		      struct kafka_failure *ret_why)
{
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;

	if (!kafka_topic_is_name(name))
		err = RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
	else if (k->dev && !kafka_dev_has_topic(k->dev, name))
		err = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	else
		return 0;
	kafka_failure_set(ret_why, code, err, "topic %.*s", (int)name.len, name.data);
	return code;
}

void kafka_topics_init(struct kafka_topics *t, struct kafka_producer *p)
{
	*t = (struct kafka_topics){ .producer = p };
	TAILQ_INIT(&t->queue);
	TAILQ_INIT(&t->marked);
	LIST_INIT(&t->held);
}

void kafka_topic_drop_rkt(struct kafka_topic *topic)
{
	if (topic->rkt)
		rd_kafka_topic_destroy(topic->rkt);
	topic->rkt = NULL;
}

void kafka_topic_mark(struct kafka_topics *t, struct kafka_topic *topic)
{
	if (!topic->is_marked)
		TAILQ_INSERT_TAIL(&t->marked, topic, marked_entry);
	topic->is_marked = true;
	kafka_producer_poke(t->producer);
}

static void unmark(struct kafka_topics *t, struct kafka_topic *topic)
{
	if (topic->is_marked)
		TAILQ_REMOVE(&t->marked, topic, marked_entry);
	topic->is_marked = false;
}

void kafka_topic_name(struct kafka_topics *t, struct kafka_topic *topic)
{
	topic->is_named = t->n_named < KAFKA_TOPICS_NAMED_MAX;
	t->n_named += topic->is_named;
}

/* Its name may go to another; what was counted under it must not become the others'. */
static void unname(struct kafka_topics *t, const struct kafka_topic *topic)
{
	if (!topic->is_named)
		return;
	t->n_named--;
	ledger_add(&t->named_before, &topic->ledger);
	t->named_before_bytes += topic->accepted_bytes;
}

static void topic_free(struct kafka_topics *t, struct kafka_topic *topic)
{
	unname(t, topic);
	HASH_DEL(t->table, topic);
	kafka_topic_dequeue(t, topic);
	unmark(t, topic);
	kafka_window_release(topic);
	kafka_topic_drop_rkt(topic);
	free(topic);
}

void kafka_topics_fini(struct kafka_topics *t)
{
	struct kafka_topic *topic, *next;

	HASH_ITER(hh, t->table, topic, next)
		topic_free(t, topic);
}

bool kafka_topic_is_wanted(const struct kafka_topic *topic)
{
	return !kafka_line_is_empty(&topic->line) || !STAILQ_EMPTY(&topic->kept);
}

bool kafka_topics_are_quiet(const struct kafka_topics *t)
{
	struct kafka_topic *topic, *next;

	HASH_ITER(hh, t->table, topic, next)
		if (kafka_topic_is_wanted(topic))
			return false;
	return true;
}

struct kafka_topic *kafka_topic_find(const struct kafka_topics *t, struct comm_bytes name)
{
	struct kafka_topic *topic;

	HASH_FIND(hh, t->table, name.data, name.len, topic);
	return topic;
}

struct kafka_topic *kafka_topic_get(struct kafka_topics *t, struct comm_bytes name)
{
	struct kafka_topic *topic = kafka_topic_find(t, name);

	if (topic) {
		topic->used_ms = kafka_now_ms(t->producer->client->kafka);
		return topic;
	}
	topic = calloc(1, sizeof *topic + name.len + 1);
	if (!topic)
		return NULL;
	topic->used_ms = kafka_now_ms(t->producer->client->kafka);
	memcpy(topic->name, name.data, name.len);
	topic->len = name.len;
	kafka_line_init(&topic->line, t->producer);
	STAILQ_INIT(&topic->kept);
	HASH_ADD_KEYPTR(hh, t->table, topic->name, topic->len, topic);
	if (!topic->hh.tbl) {
		free(topic);
		return NULL;
	}
	return topic;
}

const struct kafka_topic *kafka_topics_any(const struct kafka_topics *t)
{
	struct kafka_topic *topic, *next;

	HASH_ITER(hh, t->table, topic, next)
		if (topic->state == KAFKA_TOPIC_READY)
			return topic;
	return NULL;
}

/* ---- all of them ---- */

void kafka_topics_reset(struct kafka_topics *t)
{
	struct kafka_topic *topic, *next;

	HASH_ITER(hh, t->table, topic, next) {
		kafka_topic_drop_rkt(topic);
		if (topic->state != KAFKA_TOPIC_LOOKING)
			topic->state = KAFKA_TOPIC_UNKNOWN;
		if (kafka_topic_is_wanted(topic))
			kafka_topic_look(t, topic);
	}
}

/* Nobody waits for it: whether it is worth to be remembered all the same. */
static bool is_worth(const struct kafka_topics *t, const struct kafka_topic *topic)
{
	uint64_t now_ms = kafka_now_ms(t->producer->client->kafka);
	bool is_used = now_ms - topic->used_ms < KAFKA_TOPIC_IDLE_MS;

	/* What became of its records is to be seen for a while, whatever the topic is now. */
	if (ledger_in_flight(&topic->ledger) || (topic->ledger.accepted && is_used))
		return true;
	switch (topic->state) {
	case KAFKA_TOPIC_LOOKING:
		return !topic->is_queued;
	case KAFKA_TOPIC_READY:
		return is_used;
	case KAFKA_TOPIC_ABSENT:
		return now_ms - topic->known_ms < KAFKA_TOPIC_ABSENT_MS;
	default:
		return false;
	}
}

static bool is_known(const struct kafka_topic *topic)
{
	return topic->state == KAFKA_TOPIC_READY || topic->state == KAFKA_TOPIC_ABSENT;
}

/* Nobody waits for it any more, and it has not been asked for yet. */
static void give_up_looking(struct kafka_topics *t, struct kafka_topic *topic)
{
	kafka_topic_dequeue(t, topic);
	topic->state = KAFKA_TOPIC_UNKNOWN;
}

static void tick(struct kafka_topics *t, struct kafka_topic *topic)
{
	if (!kafka_topic_is_wanted(topic)) {
		if (!is_worth(t, topic))
			topic_free(t, topic);
		else if (topic->is_queued)
			give_up_looking(t, topic);
	} else if (topic->state == KAFKA_TOPIC_UNKNOWN) {
		kafka_topic_look(t, topic);
	} else if (is_known(topic)) {
		kafka_topic_mark(t, topic);
	}
}

void kafka_topics_tick(struct kafka_topics *t)
{
	struct kafka_topic *topic, *next;

	HASH_ITER(hh, t->table, topic, next)
		tick(t, topic);
	t->must_pause = false;
	kafka_topic_look_next(t);
}

/* Whether its waiters are to be woken: to be refused, or to be sent. */
static bool is_open(const struct kafka_topic *topic)
{
	return topic->state == KAFKA_TOPIC_ABSENT ||
	       (topic->state == KAFKA_TOPIC_READY && !topic->is_held && !topic->is_draining);
}

void kafka_topics_pump(struct kafka_topics *t)
{
	struct kafka_topic *topic;

	while ((topic = TAILQ_FIRST(&t->marked))) {
		unmark(t, topic);
		while (is_open(topic) && kafka_line_next(&topic->line))
			kafka_line_wake(&topic->line);
	}
}

void kafka_topics_dissolve(struct kafka_topics *t)
{
	struct kafka_topic *topic, *next;

	HASH_ITER(hh, t->table, topic, next)
		kafka_line_dissolve(&topic->line);
}

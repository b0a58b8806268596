#include "daemon/kafka_line.h"

#include "daemon/kafka_producer.h"
#include "proto/util.h"

void kafka_line_init(struct kafka_line *l, struct kafka_producer *p)
{
	TAILQ_INIT(&l->waiters);
	l->turn = NULL;
	l->producer = p;
}

bool kafka_line_is_empty(const struct kafka_line *l)
{
	return !l->turn && TAILQ_EMPTY(&l->waiters);
}

static bool is_before(const struct kafka_waiter *w, uint64_t ticket)
{
	return w && (!ticket || w->ticket < ticket);
}

bool kafka_line_blocks(const struct kafka_line *l, uint64_t ticket)
{
	return is_before(l->turn, ticket) || is_before(TAILQ_FIRST(&l->waiters), ticket);
}

/* Most come last: look from the end. */
void kafka_line_put(struct kafka_line *l, struct kafka_waiter *w)
{
	struct kafka_waiter *before = TAILQ_LAST(&l->waiters, kafka_waiters);

	if (!w->ticket)
		w->ticket = ++l->producer->last_ticket;
	while (before && before->ticket > w->ticket)
		before = TAILQ_PREV(before, kafka_waiters, entry);
	if (before)
		TAILQ_INSERT_AFTER(&l->waiters, before, w, entry);
	else
		TAILQ_INSERT_HEAD(&l->waiters, w, entry);
	w->line = l;
}

void kafka_line_leave(struct kafka_waiter *w)
{
	struct kafka_line *l = w->line;

	if (!l)
		return;
	if (w->has_turn)
		l->turn = NULL;
	else
		TAILQ_REMOVE(&l->waiters, w, entry);
	w->has_turn = false;
	w->line = NULL;
	if (TAILQ_EMPTY(&l->waiters))
		return;
	if (l == &l->producer->room)
		kafka_producer_poke(l->producer);
	else
		kafka_topic_mark(&l->producer->topics, container_of(l, struct kafka_topic, line));
}

const struct kafka_waiter *kafka_line_next(const struct kafka_line *l)
{
	return l->turn ? NULL : TAILQ_FIRST(&l->waiters);
}

void kafka_line_wake(struct kafka_line *l)
{
	struct kafka_waiter *w = TAILQ_FIRST(&l->waiters);

	TAILQ_REMOVE(&l->waiters, w, entry);
	w->has_turn = true;
	l->turn = w;
	w->wake(w);
}

void kafka_line_dissolve(struct kafka_line *l)
{
	struct kafka_waiter *w;

	if (l->turn)
		kafka_line_leave(l->turn);
	while ((w = TAILQ_FIRST(&l->waiters))) {
		TAILQ_REMOVE(&l->waiters, w, entry);
		w->line = NULL;
		w->ticket = 0;
		w->wake(w);
	}
}

void kafka_waiter_cancel(struct kafka_waiter *w)
{
	kafka_line_leave(w);
	w->ticket = 0;
}

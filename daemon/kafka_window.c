/*
 * The window
 *
 * It is what may be in flight: records taken and not reported. It is smaller than librdkafka's own queue,
 * so that a request is taken as a whole or not at all. Who finds no room waits in one line for all topics.
 *
 * Records for a partition without a leader stay in flight until their time has passed, and would fill
 * the window and stop every other topic. So a topic may have as much in flight as it leaves free:
 * half of the window if it is the only one, a third if there are two like it, and so on. One that
 * has more is held: its senders wait in its own line, and nobody waits behind them.
 *
 * A request that is larger than what such topics leave would still wait for them, and all others behind
 * it. When nothing has moved for a while it is taken all the same: once, for then the window is full.
 */
#include "daemon/kafka_producer.h"

struct amount {
	size_t n_records;
	size_t n_bytes;
};

static struct amount all_in_flight(const struct kafka_producer *p)
{
	const struct kafka_client *c = p->client;

	return (struct amount){ (size_t)ledger_in_flight(&c->ledger), (size_t)c->in_flight_bytes };
}

static struct amount in_flight_of(const struct kafka_topic *topic)
{
	return (struct amount){ (size_t)ledger_in_flight(&topic->ledger), topic->in_flight_bytes };
}

static size_t left(size_t max, size_t n)
{
	return max > n ? max - n : 0;
}

static bool is_at_most(struct amount a, size_t max_records, size_t max_bytes)
{
	return a.n_records <= max_records && a.n_bytes <= max_bytes;
}

size_t kafka_window_n_records(const struct kafka_producer *p)
{
	return all_in_flight(p).n_records;
}

bool kafka_window_has_room(const struct kafka_producer *p, size_t n_records, size_t n_bytes)
{
	struct amount all = all_in_flight(p);
	struct amount sum = { all.n_records + n_records, all.n_bytes + n_bytes };

	if (p->handle->has_failed)
		return false;
	if (is_at_most(sum, p->max_records, p->max_bytes))
		return true;
	/* What is larger than the room that there can be goes alone, as far as librdkafka takes it. */
	return (!all.n_records || p->is_stalled) && is_at_most(all, p->max_records, p->max_bytes) &&
	       is_at_most(sum, p->max_queued_records, p->max_queued_bytes);
}

/* ---- a topic's part ---- */

/* Whether @topic has at most @quarters of what is free. */
static bool leaves_free(const struct kafka_producer *p, const struct kafka_topic *topic,
			size_t quarters)
{
	struct amount all = all_in_flight(p), part = in_flight_of(topic);

	return !part.n_records ||
	       is_at_most(part, left(p->max_records, all.n_records) * quarters / 4,
			  left(p->max_bytes, all.n_bytes) * quarters / 4);
}

bool kafka_window_admits(const struct kafka_producer *p, const struct kafka_topic *topic)
{
	return leaves_free(p, topic, 4);
}

void kafka_window_hold(struct kafka_producer *p, struct kafka_topic *topic)
{
	if (!topic->is_held)
		LIST_INSERT_HEAD(&p->topics.held, topic, held_entry);
	topic->is_held = true;
}

void kafka_window_release(struct kafka_topic *topic)
{
	if (topic->is_held)
		LIST_REMOVE(topic, held_entry);
	topic->is_held = false;
}

void kafka_window_release_some(struct kafka_producer *p)
{
	struct kafka_topic *topic = LIST_FIRST(&p->topics.held), *next;

	for (; topic; topic = next) {
		next = LIST_NEXT(topic, held_entry);
		if (!leaves_free(p, topic, 3))
			continue;
		kafka_window_release(topic);
		kafka_topic_mark(&p->topics, topic);
	}
}

/* ---- room ---- */

/* Since it began to wait the limits have become so small that it never will: it is to be told. */
static bool fits_never(const struct kafka_producer *p, const struct kafka_waiter *w)
{
	return !is_at_most((struct amount){ w->n_records, w->n_bytes }, p->max_queued_records,
			   p->max_queued_bytes);
}

void kafka_window_pump(struct kafka_producer *p)
{
	const struct kafka_waiter *w = kafka_line_next(&p->room);

	for (; w && (fits_never(p, w) || kafka_window_has_room(p, w->n_records, w->n_bytes));
	     w = kafka_line_next(&p->room))
		kafka_line_wake(&p->room);
	p->is_stalled = false;
}

void kafka_window_tick(struct kafka_producer *p)
{
	const struct kafka_waiter *w = kafka_line_next(&p->room);
	uint64_t ticket = w ? w->ticket : 0;
	int64_t n_ended = ledger_ended(&p->client->ledger);

	p->is_stalled = w && ticket == p->seen_ticket && n_ended == p->seen_ended;
	p->seen_ticket = ticket;
	p->seen_ended = n_ended;
}

#include "daemon/kafka_producer.h"
#include "daemon/profile.h"

/* Where the next row goes; beyond the last they are only counted. */
struct listing {
	struct comm_wire_topic_ledger *rows;
	size_t max;
	size_t n;
};

static void add(struct listing *l, const struct kafka_client *c, const struct kafka_topic *topic)
{
	if (l->n < l->max)
		l->rows[l->n] = (struct comm_wire_topic_ledger){
			.profile = comm_bytes_of(c->profile->name),
			.topic = { topic->name, topic->len },
			.accepted = topic->ledger.accepted,
			.persisted = topic->ledger.persisted,
			.failed = topic->ledger.failed,
			.in_flight = ledger_in_flight(&topic->ledger),
		};
	l->n++;
}

/* Topics that were only looked up are nothing to account for. */
static void add_all(struct listing *l, const struct kafka_client *c, bool are_clean)
{
	const struct kafka_topic *topic, *next;

	HASH_ITER(hh, c->producer->topics.table, topic, next)
		if (topic->ledger.accepted && ledger_is_clean(&topic->ledger) == are_clean)
			add(l, c, topic);
}

size_t kafka_topic_ledgers(const struct kafka *k, struct comm_wire_topic_ledger *ret, size_t max)
{
	struct listing l = { ret, max, 0 };
	const struct kafka_client *c;

	LIST_FOREACH(c, &k->clients, entry)
		add_all(&l, c, false);
	LIST_FOREACH(c, &k->clients, entry)
		add_all(&l, c, true);
	return l.n;
}

size_t kafka_n_errands(const struct kafka *k)
{
	const struct kafka_client *c;
	size_t n = 0;

	LIST_FOREACH(c, &k->clients, entry)
		n += c->n_errands;
	return n;
}

const struct discards *kafka_discards(const struct kafka *k)
{
	return &k->discards;
}

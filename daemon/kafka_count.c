/*
 * What became of the records to each topic, for who counts over time.
 *
 * Each name costs those who store it, so that not all topics have one. A number that stands for several
 * must never become smaller, or it seems to have begun anew: that of the nameless ones is what the whole
 * profile has, less those that have or had a name.
 */
#include "daemon/kafka_producer.h"
#include "daemon/profile.h"

/* Where the next row goes; beyond the last they are only counted. */
struct listing {
	struct kafka_topic_count *rows;
	size_t max;
	size_t n;
};

static void add(struct listing *l, const struct kafka_client *c, struct comm_bytes topic,
		const struct ledger *ledger, int64_t n_bytes)
{
	if (l->n < l->max)
		l->rows[l->n] = (struct kafka_topic_count){
			.profile = comm_bytes_of(c->profile->name),
			.topic = topic,
			.accepted = ledger->accepted,
			.persisted = ledger->persisted,
			.failed = ledger->failed,
			.in_flight = ledger_in_flight(ledger),
			.bytes = n_bytes,
		};
	l->n++;
}

static void add_client(struct listing *l, const struct kafka_client *c)
{
	const struct kafka_topics *t = &c->producer->topics;
	const struct kafka_topic *topic, *next;
	struct ledger named = t->named_before, others;
	int64_t named_bytes = t->named_before_bytes;

	HASH_ITER(hh, t->table, topic, next) {
		if (!topic->is_named)
			continue;
		add(l, c, (struct comm_bytes){ topic->name, topic->len }, &topic->ledger,
		    topic->accepted_bytes);
		ledger_add(&named, &topic->ledger);
		named_bytes += topic->accepted_bytes;
	}
	others = (struct ledger){ c->ledger.accepted - named.accepted,
				  c->ledger.persisted - named.persisted,
				  c->ledger.failed - named.failed };
	if (others.accepted)
		add(l, c, (struct comm_bytes){ NULL, 0 }, &others, c->accepted_bytes - named_bytes);
}

size_t kafka_topic_counts(const struct kafka *k, struct kafka_topic_count *ret, size_t max)
{
	struct listing l = { ret, max, 0 };
	const struct kafka_client *c;

	/* There may be another of the same profile, whose rows would have the same names. */
	LIST_FOREACH(c, &k->clients, entry)
		if (!kafka_client_has_ended(c))
			add_client(&l, c);
	return l.n;
}

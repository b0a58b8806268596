#include "daemon/counters.h"

#include "daemon/daemon.h"
#include "daemon/discards.h"
#include "daemon/events.h"
#include "daemon/kafka.h"
#include "daemon/session.h"

static void count_events(const struct events *events, struct stats *ret)
{
#define COUNT(C, NAME, word, counter, doc) ret->counter = events->counts[EVENT_##NAME];
	EVENTS(COUNT, )
#undef COUNT
	ret->events_evicted_total = events->n_evicted;
}

void counters_take(const struct daemon *d, struct stats *ret)
{
	const struct session *s;

	*ret = d->stats;
	if (d->kafka) {
		ret->discarded_total = kafka_discards(d->kafka)->n_records;
		ret->discards_evicted_total = kafka_discards(d->kafka)->n_evicted;
		count_events(kafka_events(d->kafka), ret);
		ret->errands = (int64_t)kafka_n_errands(d->kafka);
	}
	ret->inflight_bytes = d->senders.inflight_bytes;
	LIST_FOREACH(s, &d->sessions, entry)
		ret->unread_bytes += (int64_t)outbox_n_bytes(&s->out);
}

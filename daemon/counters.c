#include "daemon/counters.h"

#include "daemon/daemon.h"
#include "daemon/discards.h"
#include "daemon/events.h"
#include "daemon/kafka.h"
#include "daemon/log_writer.h"
#include "daemon/session.h"

static void count_events(const struct events *events, struct stats *ret)
{
#define COUNT(C, NAME, word, counter, doc) ret->counter = events->counts[EVENT_##NAME];
	EVENTS(COUNT, )
#undef COUNT
	ret->events_evicted_total = events->n_evicted;
}

static void count_quotas(const struct quotas *q, struct stats *ret)
{
	ret->quota_users = (int64_t)HASH_COUNT(q->accounts);
	ret->quota_connections_refused_total = q->n_refused[QUOTA_CONNECTIONS];
	ret->quota_held_bytes_delayed_total = q->n_delayed[QUOTA_HELD];
	ret->quota_held_bytes_refused_total = q->n_refused[QUOTA_HELD];
	ret->quota_requests_delayed_total = q->n_delayed[QUOTA_REQUESTS];
	ret->quota_requests_refused_total = q->n_refused[QUOTA_REQUESTS];
	ret->quota_records_delayed_total = q->n_delayed[QUOTA_RECORDS];
	ret->quota_records_refused_total = q->n_refused[QUOTA_RECORDS];
	ret->quota_subscriptions_refused_total = q->n_refused[QUOTA_SUBSCRIPTIONS];
	ret->quota_consumers_refused_total = q->n_refused[QUOTA_CONSUMERS];
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
		ret->partitions_asleep = (int64_t)kafka_n_asleep(d->kafka);
		ret->sleeps_total = (int64_t)kafka_n_sleeps(d->kafka);
	}
	count_quotas(&d->quotas, ret);
	ret->log_lines_lost_total = log_writer_n_lost();
	ret->inflight_bytes = d->senders.inflight_bytes;
	LIST_FOREACH(s, &d->sessions, entry)
		ret->unread_bytes += (int64_t)outbox_n_bytes(&s->out);
}

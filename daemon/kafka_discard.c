#include <syslog.h>

#include "daemon/clock.h"
#include "daemon/kafka_producer.h"
#include "daemon/log.h"
#include "daemon/profile.h"

/* Records that came without one. */
static const struct sender nobody;

static void explain(struct discard *row, const struct kafka_batch *b, const struct kafka_outcome *o)
{
	struct log_about about = {
		.client = row->client,
		.pid = row->pid,
		.uid = row->uid,
		.profile = row->profile,
		.topic = row->topic,
	};
	struct kafka_failure why;

	kafka_explain(b->client, o, &why);
	about.error = why.code;
	discard_explain(row, why.code, why.message);
	/* Of more kinds than there are rows each record would be a line, although nothing is new. */
	if (row->is_again)
		return;
	log_event(LOG_WARNING, LOG_EVENT_RECORD_FAILED, &about,
		  "profile %s: a record of %s (pid %d, uid %u) to topic %s has failed: %s",
		  row->profile, row->client, (int)row->pid, (unsigned int)row->uid, row->topic,
		  row->message);
}

void kafka_discard(const struct kafka_batch *b, const struct kafka_outcome *o)
{
	const struct sender *s = b->charge.sender ? b->charge.sender : &nobody;
	const struct discard_kind kind = {
		.profile = b->client->profile->name,
		.topic = b->topic->name,
		.client = s->name,
		.pid = s->pid,
		.uid = s->uid,
		.reason = o->reason,
		.maybe_persisted = o->maybe_persisted,
	};
	struct discard *row = discards_add(&b->client->kafka->discards, &kind, clock_ms());

	if (row)
		explain(row, b, o);
}

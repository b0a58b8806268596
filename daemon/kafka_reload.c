/*
 * Other profiles than before
 *
 * A client whose profile is as it was notices nothing. One whose profile is another now stays, with all
 * who use it: its producer gets another handle (kafka_retire.c), its consumers are replaced once what
 * their readers hold is acknowledged (kafka_drain.c, kafka_rebuild.c). One whose profile is gone takes
 * nothing new, and its readers are told so; what was begun comes to its end, and then the client does.
 */
#include <syslog.h>

#include "daemon/kafka_consumer.h"
#include "daemon/kafka_event.h"
#include "daemon/kafka_producer.h"
#include "daemon/log.h"
#include "daemon/profile_set.h"

void kafka_set_limits(struct kafka *k, size_t max_consumers, size_t max_inflight_records,
		      size_t max_inflight_bytes)
{
	struct kafka_client *c;

	k->options.max_consumers = max_consumers;
	k->options.max_inflight_records = max_inflight_records;
	k->options.max_inflight_bytes = max_inflight_bytes;
	LIST_FOREACH(c, &k->clients, entry) {
		if (!c->producer->handle)
			continue;
		kafka_producer_set_limits(c->producer);
		kafka_producer_poke(c->producer);
	}
}

static void set_profile(struct kafka_client *c, struct profile *new)
{
	struct profile *old = c->profile;

	c->profile = profile_ref(new);
	(void)profile_free(old);
}

static void change(struct kafka_client *c, struct profile *new)
{
	struct kafka_consumer *consumer;

	set_profile(c, new);
	c->kafka->n_removed -= c->is_removed;
	c->is_removed = false;
	c->serial++;
	kafka_retire_begin(c->producer);
	LIST_FOREACH(consumer, &c->consumers, entry)
		kafka_drain_all(consumer, KAFKA_PROFILE_CHANGED);
}

void kafka_explain_removal(const struct kafka_client *c, struct kafka_failure *ret)
{
	(void)kafka_failure_refuse(ret, COMM_ENO_PROFILE, NULL,
				   "the profile \"%s\" was removed by an administrator",
				   c->profile->name);
}

static void remove_client(struct kafka_client *c)
{
	const struct log_about about = kafka_about(c, NULL);
	struct kafka_consumer *consumer;
	struct kafka_failure why;

	if (c->is_removed)
		return;
	log_event(LOG_NOTICE, LOG_EVENT_NONE, &about,
		  "profile %s: it is gone; what was begun comes to its end", c->profile->name);
	kafka_explain_removal(c, &why);
	c->is_removed = true;
	c->kafka->n_removed++;
	LIST_FOREACH(consumer, &c->consumers, entry)
		kafka_consumer_close(consumer, &why);
	kafka_rebuilds_close(c, &why);
	kafka_closed_one(c->kafka);
}

/* One that has been removed, and has not come to its end yet, takes its profile back. */
static void reload_client(struct kafka_client *c, const struct profile_set *set)
{
	const struct profile_entry *e = profile_set_find(set, comm_bytes_of(c->profile->name));

	if (!e || !e->profile || !c->producer->handle)
		remove_client(c);
	else if (c->is_removed || !profile_equals(c->profile, e->profile))
		change(c, e->profile);
	else if (c->profile != e->profile)
		set_profile(c, e->profile);
}

void kafka_reload(struct kafka *k, const struct profile_set *set)
{
	struct kafka_client *c;

	kafka_refusals_forget(k);
	LIST_FOREACH(c, &k->clients, entry)
		reload_client(c, set);
}

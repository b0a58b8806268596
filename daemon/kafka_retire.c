/*
 * One handle after another
 *
 * When the profile has changed, or the handle has failed (kafka_replace.c), another one is opened, in a
 * thread, for it may read certificates. When it is there it takes the place of the old one, which
 * retires: what it has taken it sends, unless it has failed, and reports, and with the last report it
 * ends. Nobody waits for that but those who send to a topic of which it still has records, so that
 * these stay in order; to every other topic the new handle sends at once, as soon as it has looked it
 * up.
 *
 * After a change, a handle that cannot be opened is tried again every second; meanwhile the old one goes
 * on. One that fails for good after it has retired gives back what it has queued: those records have
 * failed, and certainly are not persisted.
 */
#include <stdlib.h>
#include <syslog.h>

#include "daemon/kafka_event.h"
#include "daemon/kafka_producer.h"
#include "daemon/log.h"
#include "daemon/profile.h"
#include "proto/util.h"

/* Handles of one producer that still have records: each has threads and connections. */
#define RETIRED_MAX 8

struct opening {
	uv_work_t work;
	struct kafka_producer *producer; /* borrowed */
	struct kafka_handle *handle;     /* owned until it has started */
	struct profile *profile;         /* a reference */
	rd_kafka_conf_t *conf;           /* owned; the thread takes it */
	struct kafka_failure why;
	int error;
};

static void run(uv_work_t *work)
{
	struct opening *o = container_of(work, struct opening, work);

	o->error = kafka_handle_open(o->handle, o->profile, o->conf, &o->why);
}

static void opening_free(struct opening *o)
{
	free(o->handle);
	(void)profile_free(o->profile);
	free(o);
}

/* It is tried again until it works, and said once. */
static void refuse(struct kafka_producer *p, const struct kafka_failure *why)
{
	const struct log_about about = kafka_about(p->client, NULL);

	if (p->handle->has_failed) {
		kafka_replace_refuse(p, why);
		return;
	}
	if (!p->is_refused)
		log_event(LOG_ERR, LOG_EVENT_NONE, &about,
			  "profile %s: the producer stays as it was before the change: %s; trying "
			  "again every second",
			  p->client->profile->name, why->message);
	p->is_refused = true;
	p->must_open = true;
}

static void note_change(const struct kafka_producer *p, const struct kafka_handle *old)
{
	const struct log_about about = kafka_about(p->client, NULL);
	const char *name = p->client->profile->name;

	if (old->has_failed)
		log_event(LOG_NOTICE, LOG_EVENT_NONE, &about,
			  "profile %s: a new producer sends %zu records again; the failed one "
			  "still has %zu",
			  name, p->n_kept, old->n_open);
	else
		log_event(LOG_NOTICE, LOG_EVENT_NONE, &about,
			  "profile %s: a new producer sends what comes from here on; the old one "
			  "still has %zu records",
			  name, old->n_open);
}

static void retire(struct kafka_producer *p, struct kafka_handle *old)
{
	old->is_retired = true;
	old->is_listed = true;
	LIST_INSERT_HEAD(&p->retired, old, entry);
	p->n_retired++;
	/* Only to send at once what lingers: it does not wait. */
	if (!old->has_failed)
		(void)rd_kafka_flush(old->rk, 0);
	kafka_retire_step(old);
}

/* Those who send to a topic of which the old handle has records wait for these. */
static void take_place(struct kafka_producer *p, struct kafka_handle *new)
{
	struct kafka_handle *old = p->handle;
	bool is_changed = new->serial != old->serial;
	struct kafka_topic *topic, *next;

	p->handle = new;
	p->is_refused = false;
	p->must_open = false;
	new->n_replaced = old->n_replaced + old->has_failed;
	kafka_producer_set_limits(p);
	HASH_ITER(hh, p->topics.table, topic, next) {
		topic->is_draining = topic->n_open > 0;
		if (is_changed)
			topic->n_partitions = 0; /* it may be another cluster */
	}
	kafka_topics_reset(&p->topics);
	if (is_changed)
		kafka_client_forget_health(p->client);
	note_change(p, old);
	retire(p, old);
	kafka_producer_poke(p);
}

/*
 * One whose profile is gone needs no other settings any more; but what it has taken is sent, and a handle that
 * has failed sends nothing.
 */
static bool is_wanted(const struct kafka_producer *p)
{
	return p->handle->has_failed ? !p->client->kafka->is_closing
				     : !kafka_client_is_ending(p->client);
}

/* Settings may have changed while it was opened: then it is let go of, and what was wrong with them too. */
static void on_opened(uv_work_t *work, int status)
{
	struct opening *o = container_of(work, struct opening, work);
	struct kafka_producer *p = o->producer;
	struct kafka_handle *new = o->handle;
	bool is_current = new->serial == p->client->serial;

	(void)status;
	p->is_opening = false;
	if (!o->error) {
		o->handle = NULL;
		kafka_handle_start(new, p);
		if (is_current && is_wanted(p))
			take_place(p, new);
		else
			kafka_handle_unref(new);
	} else if (is_current) {
		refuse(p, &o->why);
	}
	if (!is_current)
		kafka_retire_open(p);
	opening_free(o);
	kafka_closed_one(p->client->kafka);
}

static struct opening *opening_new(struct kafka_producer *p)
{
	struct opening *o = calloc(1, sizeof *o);

	if (o)
		o->handle = calloc(1, sizeof *o->handle);
	if (!o || !o->handle) {
		free(o);
		return NULL;
	}
	o->producer = p;
	o->profile = profile_ref(p->client->profile);
	o->handle->serial = p->client->serial;
	return o;
}

/* What cannot be done now is for the next tick. */
void kafka_retire_open(struct kafka_producer *p)
{
	struct kafka_client *c = p->client;
	struct opening *o;

	if (p->is_opening || p->n_retired >= RETIRED_MAX || !is_wanted(p))
		return;
	o = opening_new(p);
	if (!o)
		return;
	if (kafka_conf_new(c->kafka, c->profile, RD_KAFKA_PRODUCER, &o->conf, &o->why)) {
		refuse(p, &o->why);
		opening_free(o);
		return;
	}
	p->must_open = false;
	p->is_opening = true;
	(void)uv_queue_work(c->kafka->options.loop, &o->work, run, on_opened);
}

/* One that has failed is replaced in its own way, with the new settings. */
void kafka_retire_begin(struct kafka_producer *p)
{
	p->is_refused = false;
	p->must_open = !p->handle->has_failed;
	if (p->must_open)
		kafka_retire_open(p);
}

void kafka_retire_tick(struct kafka_producer *p)
{
	struct kafka_handle *h;

	LIST_FOREACH(h, &p->retired, entry)
		if (h->has_failed && h->n_open)
			kafka_replace_purge(h);
	if (p->must_open)
		kafka_retire_open(p);
}

void kafka_retire_fail(struct kafka_handle *h)
{
	const struct log_about about = kafka_about(h->producer->client, NULL);
	char why[320];

	if (h->has_failed || !h->n_open)
		return;
	kafka_handle_fail(h, why, sizeof why);
	log_event(
		LOG_ERR, LOG_EVENT_PRODUCER_FAILED, &about,
		"profile %s: the producer of before the change has failed, and so have %zu records "
		"that it had: %s",
		h->producer->client->profile->name, h->n_open, why);
	kafka_replace_purge(h);
}

void kafka_retire_step(struct kafka_handle *h)
{
	if (h->n_open)
		return;
	h->is_listed = false;
	LIST_REMOVE(h, entry);
	h->producer->n_retired--;
	kafka_handle_unref(h);
}

void kafka_retire_count(struct kafka_topics *t, struct kafka_topic *topic)
{
	if (--topic->n_open || !topic->is_draining)
		return;
	topic->is_draining = false;
	kafka_replace_resend(t->producer, topic);
	kafka_topic_mark(t, topic);
}

/*
 * After a fatal error
 *
 * An idempotent producer that can no longer promise order and no duplicates raises a fatal error and
 * takes nothing more. Its queued records come back as not persisted; those in flight come back with
 * whatever becomes of them, unless they return to its queue and have to be purged out of it. New
 * sends wait in line meanwhile.
 *
 * Records that certainly are not persisted are kept as copies. When the failed handle has reported
 * everything, a new one takes its place, and the topics are looked up again with it. A topic that is
 * ready gets what was kept for it, in the order in which it was sent first, before those who
 * wait for it go on.
 *
 * Some handles are failed by us: kafka_renumber.c.
 *
 * If the new handle fails before it has persisted anything, or the brokers do not permit an idempotent
 * producer, sending again would not end: the records fail, and the next handle comes after a
 * while.
 */
#include <stdio.h>
#include <syslog.h>

#include "daemon/kafka_event.h"
#include "daemon/kafka_kept.h"
#include "daemon/kafka_producer.h"
#include "daemon/log.h"
#include "daemon/profile.h"
#include "proto/util.h"

/* Between two handles when the first was hopeless, or could not be opened. */
#define PAUSE_MS 1000

static bool is_hopeless(const struct kafka_producer *p)
{
	return (p->n_replaced && !p->handle->has_persisted &&
		p->handle->fatal != KAFKA_RENUMBER_ERR) ||
	       p->handle->fatal == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
	       p->handle->fatal == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

void kafka_replace_begin(struct kafka_producer *p)
{
	const struct log_about about = kafka_about(p->client, NULL);
	char why[320];

	if (p->handle->has_failed)
		return;
	kafka_handle_fail(p->handle, why, sizeof why);
	p->failed_ms = kafka_now_ms(p->client->kafka);
	if (p->handle->fatal == KAFKA_RENUMBER_ERR)
		log_event(
			LOG_WARNING, LOG_EVENT_NONE, &about,
			"profile %s: %s; what was not sent gets a new producer, so that nothing is "
			"sent twice",
			p->client->profile->name, p->handle->renumber_cause);
	else
		log_event(LOG_ERR, LOG_EVENT_PRODUCER_FAILED, &about,
			  "profile %s: the producer has failed and is replaced: %s",
			  p->client->profile->name, why);
}

bool kafka_replace_wants(const struct kafka_handle *h, const rd_kafka_message_t *m)
{
	return h->has_failed && !h->is_retired && !h->producer->client->kafka->is_closing &&
	       !is_hopeless(h->producer) &&
	       rd_kafka_message_status(m) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED &&
	       (m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
		m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || m->err == RD_KAFKA_RESP_ERR__FATAL ||
		m->err == h->fatal);
}

/* ---- the new handle ---- */

/* It is tried again until it works, and said once. */
static void note_refusal(struct kafka_producer *p, const struct kafka_failure *why)
{
	struct kafka_client *c = p->client;
	struct log_about about = kafka_about(c, NULL);

	if (p->is_refused)
		return;
	p->is_refused = true;
	about.error = why->code;
	(void)snprintf(c->last_error, sizeof c->last_error, "%.*s", (int)sizeof c->last_error - 1,
		       why->message);
	log_event(LOG_ERR, LOG_EVENT_PRODUCER_FAILED, &about,
		  "profile %s: there is no new producer: %s", c->profile->name, why->message);
}

static int new_handle(struct kafka_producer *p, struct kafka_handle **ret)
{
	struct kafka_failure why;
	int error = kafka_producer_open(p, ret, &why);

	if (error > 0)
		note_refusal(p, &why);
	return error;
}

static bool is_pausing(const struct kafka_producer *p)
{
	return (is_hopeless(p) || p->is_refused) &&
	       kafka_now_ms(p->client->kafka) - p->failed_ms < PAUSE_MS;
}

void kafka_replace_step(struct kafka_producer *p)
{
	const struct log_about about = kafka_about(p->client, NULL);
	struct kafka_handle *old = p->handle, *new;

	if (!old->has_failed || old->n_open || p->client->kafka->is_closing)
		return;
	if (is_hopeless(p))
		kafka_kept_drop_all(p, old->fatal);
	if (is_pausing(p))
		return;
	if (new_handle(p, &new)) {
		p->is_refused = true;
		p->failed_ms = kafka_now_ms(p->client->kafka);
		kafka_kept_drop_all(p, old->fatal);
		return;
	}
	p->is_refused = false;
	p->must_open = false;
	p->handle = new;
	kafka_producer_set_limits(p);
	p->n_replaced++;
	log_event(LOG_NOTICE, LOG_EVENT_NONE, &about,
		  "profile %s: a new producer sends %zu records again", p->client->profile->name,
		  p->n_kept);
	kafka_topics_reset(&p->topics);
	kafka_handle_unref(old);
	kafka_producer_poke(p);
}

void kafka_replace_resend(struct kafka_producer *p, struct kafka_topic *t)
{
	struct kafka_kept *kept;

	if (kafka_kept_sort(&t->kept))
		kafka_kept_drop_list(p, &t->kept, RD_KAFKA_RESP_ERR__FATAL);
	while ((kept = STAILQ_FIRST(&t->kept))) {
		rd_kafka_resp_err_t err =
			kafka_record_produce(p->handle, t->rkt, &kept->record, kept->outcome);

		if (err == RD_KAFKA_RESP_ERR__FATAL) {
			kafka_replace_begin(p);
			return;
		}
		STAILQ_REMOVE_HEAD(&t->kept, entry);
		if (!err)
			kafka_record_note_taken(p->handle, t);
		kafka_kept_drop(p, kept, err);
	}
}

/*
 * librdkafka purges its queues once, when it fails. Requests that are in flight then and fail after that
 * go back to the queues, out of which a failed handle sends nothing.
 */
void kafka_replace_purge(struct kafka_handle *h)
{
	(void)rd_kafka_purge(h->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void kafka_replace_tick(struct kafka_producer *p)
{
	if (p->handle->has_failed && p->handle->n_open)
		kafka_replace_purge(p->handle);
	kafka_renumber_tick(p);
	kafka_kept_expire(p);
}

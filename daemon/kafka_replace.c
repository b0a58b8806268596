/*
 * After a fatal error
 *
 * An idempotent producer that can no longer promise order and no duplicates raises a fatal error and
 * takes nothing more. Its queued records come back as not persisted; those in flight come back with
 * whatever becomes of them, unless they return to its queue and have to be purged out of it.
 *
 * Records that certainly are not persisted are kept as copies. A new handle takes the place of the failed
 * one, which retires (kafka_retire.c): a broker that hangs may keep it waiting for long, and that is
 * not to stop those who send to others. Until the new one is there new sends wait in line. A topic that
 * is ready, and of which the failed handle has nothing left, gets what was kept for it, in the order in
 * which it was sent first, before those who wait for it go on.
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

static bool is_hopeless(const struct kafka_handle *h)
{
	return (h->n_replaced && !h->has_persisted && h->fatal != KAFKA_RENUMBER_ERR) ||
	       h->fatal == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
	       h->fatal == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

void kafka_replace_begin(struct kafka_producer *p)
{
	const struct log_about about = kafka_about(p->client, NULL);
	char why[320];

	if (p->handle->has_failed)
		return;
	kafka_handle_fail(p->handle, why, sizeof why);
	p->handle->gives_back = true;
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
	return h->gives_back && !h->producer->client->kafka->is_closing && !is_hopeless(h) &&
	       rd_kafka_message_status(m) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED &&
	       (m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
		m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || m->err == RD_KAFKA_RESP_ERR__FATAL ||
		m->err == h->fatal);
}

/* ---- the new handle ---- */

/* It is tried again until it works, and said once; status tells it each time, for brokers that are down say theirs. */
static void note_refusal(struct kafka_producer *p, const struct kafka_failure *why)
{
	struct kafka_client *c = p->client;
	struct log_about about = kafka_about(c, NULL);

	(void)snprintf(c->last_error, sizeof c->last_error, "%.*s", (int)sizeof c->last_error - 1,
		       why->message);
	if (p->is_refused)
		return;
	about.error = why->code;
	log_event(LOG_ERR, LOG_EVENT_PRODUCER_FAILED, &about,
		  "profile %s: there is no new producer: %s", c->profile->name, why->message);
}

void kafka_replace_refuse(struct kafka_producer *p, const struct kafka_failure *why)
{
	note_refusal(p, why);
	p->is_refused = true;
	p->failed_ms = kafka_now_ms(p->client->kafka);
	kafka_kept_drop_all(p, p->handle->fatal);
}

static bool is_pausing(const struct kafka_producer *p)
{
	return (is_hopeless(p->handle) || p->is_refused) &&
	       kafka_now_ms(p->client->kafka) - p->failed_ms < PAUSE_MS;
}

void kafka_replace_step(struct kafka_producer *p)
{
	if (!p->handle->has_failed || p->client->kafka->is_closing)
		return;
	if (is_hopeless(p->handle))
		kafka_kept_drop_all(p, p->handle->fatal);
	if (!is_pausing(p))
		kafka_retire_open(p);
}

static void resend(struct kafka_producer *p, struct kafka_topic *t)
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

void kafka_replace_resend(struct kafka_producer *p, struct kafka_topic *t)
{
	if (STAILQ_EMPTY(&t->kept) || t->is_draining || p->handle->has_failed)
		return;
	if (t->state == KAFKA_TOPIC_READY)
		resend(p, t);
	else if (t->state == KAFKA_TOPIC_ABSENT)
		kafka_kept_drop_list(p, &t->kept, t->err);
	else
		kafka_topic_look(&p->topics, t);
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

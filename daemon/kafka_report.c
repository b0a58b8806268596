#include <stdio.h>

#include "daemon/kafka_batch.h"
#include "daemon/kafka_kept.h"
#include "daemon/kafka_producer.h"

/* Reports taken out of an event at once. */
#define REPORTS_MAX 512

static void release_bytes(struct kafka_batch *b, size_t n_bytes)
{
	b->client->in_flight_bytes -= (int64_t)n_bytes;
	b->topic->in_flight_bytes -= n_bytes;
}

static void finish(struct kafka_batch *b)
{
	if (!b->has_failed)
		histogram_add(&b->client->latency, uv_hrtime() - b->came_ns);
	release_bytes(b, b->header_bytes);
	/* It may have been in flight for long: what became of it is to be seen for a while. */
	b->topic->used_ms = kafka_now_ms(b->client->kafka);
	STAILQ_INSERT_TAIL(&b->client->producer->finished, b, finished);
}

void kafka_outcome_set(struct kafka_outcome *o, rd_kafka_resp_err_t err, bool maybe_persisted,
		       size_t n_bytes)
{
	struct kafka_batch *b = kafka_batch_of(o);

	o->reason = err;
	o->maybe_persisted = maybe_persisted;
	o->done = true;
	if (err) {
		b->has_failed = true;
		kafka_discard(b, o);
	}
	release_bytes(b, n_bytes);
	ledger_end(&b->client->ledger, err);
	ledger_end(&b->topic->ledger, err);
	if (b->charge.sender)
		ledger_end(&b->charge.sender->ledger, err);
	if (!--b->n_open)
		finish(b);
}

void kafka_batch_finish(struct kafka_producer *p)
{
	struct kafka_batch *b;

	while ((b = STAILQ_FIRST(&p->finished))) {
		STAILQ_REMOVE_HEAD(&p->finished, finished);
		kafka_batch_end(b);
	}
}

/* A topic that could be used when the record was taken, and cannot any more. */
static bool is_topic_gone(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
	       err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
	       err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	       err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

/* What a failed handle has to give up is told why; a purge alone stands for the end of commd. */
static rd_kafka_resp_err_t reason_of(const struct kafka_handle *h, const rd_kafka_message_t *m)
{
	bool is_purged = m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
			 m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;

	return is_purged && h->has_failed && !h->producer->client->kafka->is_closing ? h->fatal
										     : m->err;
}

static void report_failure(struct kafka_handle *h, const rd_kafka_message_t *m)
{
	struct kafka_producer *p = h->producer;
	rd_kafka_msg_status_t status = rd_kafka_message_status(m);

	kafka_renumber_late(h, m);
	if (kafka_replace_wants(h, m)) {
		kafka_kept_add_message(p, m);
		return;
	}
	if (is_topic_gone(m->err))
		kafka_topic_forget(&p->topics, comm_bytes_of(rd_kafka_topic_name(m->rkt)));
	kafka_outcome_set(m->_private, reason_of(h, m), status != RD_KAFKA_MSG_STATUS_NOT_PERSISTED,
			  m->len + m->key_len);
}

/*
 * @has_offset: whether the brokers have said where the records of this event are, which are those of
 * one request. To one that is persisted they do. Without that, an idempotent librdkafka infers it from
 * later records of the partition, or from a refused duplicate; it may be wrong (kafka_lookup.c), so
 * that nobody knows.
 */
static void report(struct kafka_handle *h, const rd_kafka_message_t *m, bool has_offset)
{
	struct kafka_outcome *o = m->_private;

	if (m->err) {
		report_failure(h, m);
		return;
	}
	o->partition = m->partition;
	if (has_offset)
		o->offset = m->offset;
	else if (rd_kafka_message_status(m) == RD_KAFKA_MSG_STATUS_PERSISTED) {
		kafka_outcome_set(o, KAFKA_INFERRED, true, m->len + m->key_len);
		return;
	}
	kafka_outcome_set(o, RD_KAFKA_RESP_ERR_NO_ERROR, false, m->len + m->key_len);
}

void kafka_batch_report(struct kafka_handle *h, rd_kafka_event_t *e)
{
	const struct ledger *ledger = &h->producer->client->ledger;
	const rd_kafka_message_t *messages[REPORTS_MAX];
	int64_t n_persisted = ledger->persisted;
	bool is_first = true, has_offset = false, is_refused = false;
	size_t n;

	while ((n = rd_kafka_event_message_array(e, messages, REPORTS_MAX))) {
		/* librdkafka counts on from an offset that stands for none. */
		if (is_first)
			has_offset = messages[0]->offset >= 0;
		/* Those of an event are of one request, and the brokers' errors are the positive ones. */
		is_refused = messages[0]->err > 0;
		is_first = false;
		h->n_open -= n;
		for (size_t i = 0; i < n; i++) {
			const struct kafka_batch *b = kafka_batch_of(messages[i]->_private);
			struct kafka_topic *topic = b->topic;

			kafka_renumber_count(h, b);
			report(h, messages[i], has_offset);
			kafka_retire_count(&h->producer->topics, topic);
		}
	}
	if (is_refused)
		kafka_renumber_refused(h);
	if (ledger->persisted == n_persisted)
		return;
	h->has_persisted = true;
	if (!h->is_retired)
		kafka_client_note_success(h->producer->client);
}

void kafka_explain(const struct kafka_client *c, const struct kafka_outcome *o,
		   struct kafka_failure *ret)
{
	int code = kafka_error_code(o->reason);
	const char *what = o->maybe_persisted
				   ? "the record may be persisted, but that was not acknowledged"
				   : "the record was not persisted";

	if (code == COMM_EINTERNAL)
		code = COMM_ESEND;
	if (code == COMM_EBROKER && c->health == KAFKA_DOWN && c->last_error[0])
		kafka_failure_set(ret, c->is_distrust ? COMM_EAUTH : code, o->reason, "%s (%s)",
				  what, c->last_error);
	else
		kafka_failure_set(ret, code, o->reason, "%s", what);
	(void)snprintf(ret->detail, sizeof ret->detail, "records[%u]", (unsigned)o->index);
}

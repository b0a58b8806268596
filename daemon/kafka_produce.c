/*
 * The way of a record to librdkafka
 *
 * A request is judged as a whole before any of it is taken: are its records such that they can be sent
 * at all; is its topic known, and are its partitions; is there room, and has the topic not too much of
 * it. Where the answer is not yet, the sender waits in line, in the topic's or in the one for room.
 * After that records are handed over (kafka_record.c), and what librdkafka still refuses is the outcome
 * of that record.
 */
#include <errno.h>
#include <stdio.h>

#include "daemon/kafka_demand.h"
#include "daemon/kafka_kept.h"
#include "daemon/kafka_producer.h"
#include "proto/limits.h"

/* Partitions beyond those known are asked for this often, as topics can grow. */
#define PARTITIONS_KNOWN_MS 1000

/* ---- taking ---- */

/* The producer has failed: what it no longer takes is kept for the next one. */
static void keep_rest(struct kafka_producer *p, const struct kafka_demand *d, size_t from,
		      struct kafka_batch *b)
{
	kafka_replace_begin(p);
	for (size_t i = from; i < d->n; i++)
		kafka_kept_add(p, &d->records[i], &b->outcomes[i]);
}

/*
 * Whether librdkafka has learnt that what we thought of the topic is wrong: it is gone, has fewer
 * partitions, or the brokers have refused it before. Asking them again clears that up.
 */
static bool is_outdated(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
	       err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
	       (err > 0 && err != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
}

static void count(struct kafka_producer *p, struct kafka_topic *t, const struct kafka_demand *d,
		  struct kafka_batch *b)
{
	size_t n_bytes = d->n_bytes + d->n_header_bytes;

	b->client = p->client;
	b->topic = t;
	b->n_open = d->n;
	b->serial = ++p->last_serial;
	b->header_bytes = d->n_header_bytes;
	if (!t->ledger.accepted)
		kafka_topic_name(&p->topics, t);
	ledger_accept(&p->client->ledger, (int64_t)d->n);
	ledger_accept(&t->ledger, (int64_t)d->n);
	if (b->charge.sender)
		ledger_accept(&b->charge.sender->ledger, (int64_t)d->n);
	p->client->accepted_bytes += (int64_t)n_bytes;
	t->accepted_bytes += (int64_t)n_bytes;
	p->client->in_flight_bytes += (int64_t)n_bytes;
	t->in_flight_bytes += n_bytes;
}

/*
 * Hand over some records from number @from on, the first of which is counted with all the others.
 * Returns how many; 0 if librdkafka takes nothing more: the topic is no longer what it was (then
 * nothing is counted), or the producer has failed.
 */
static size_t take_some(struct kafka_producer *p, struct kafka_topic *t,
			const struct kafka_demand *d, size_t from, struct kafka_batch *b)
{
	const struct comm_wire_record *r = &d->records[from];
	rd_kafka_resp_err_t errs[KAFKA_RECORDS_MAX];
	size_t n =
		kafka_records_produce(p->handle, t->rkt, r, d->n - from, &b->outcomes[from], errs);

	if (!from && is_outdated(errs[0]))
		return 0;
	if (!from)
		count(p, t, d, b);
	for (size_t i = 0; i < n; i++) {
		if (errs[i] == RD_KAFKA_RESP_ERR__FATAL) {
			keep_rest(p, d, from + i, b);
			return 0;
		}
		if (errs[i])
			kafka_outcome_set(&b->outcomes[from + i], errs[i], false,
					  kafka_record_bytes(&r[i]));
		else
			kafka_record_note_taken(p->handle, t);
	}
	return n;
}

/* Returns COMM_EAGAIN with nothing taken if the topic is no longer what it was. */
static int take(struct kafka_producer *p, struct kafka_topic *t, const struct kafka_demand *d,
		struct kafka_batch *b)
{
	size_t i = 0, n;

	do {
		n = take_some(p, t, d, i, b);
		i += n;
	} while (n && i < d->n);
	if (!b->topic)
		return COMM_EAGAIN;
	if (!STAILQ_EMPTY(&p->finished))
		kafka_producer_poke(p);
	return 0;
}

/* ---- judging ---- */

static int wait_in(struct kafka_line *l, struct kafka_waiter *w, const struct kafka_demand *d)
{
	w->n_records = d->n;
	w->n_bytes = d->n_bytes + d->n_header_bytes;
	kafka_line_put(l, w);
	return COMM_EAGAIN;
}

static int refuse_absent(const struct kafka_topic *t, struct kafka_failure *ret_why)
{
	char words[256];

	kafka_error_words(t->err, words, sizeof words);
	if (t->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    t->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return kafka_failure_refuse(ret_why, COMM_ETOPIC_UNAVAILABLE, "topic",
					    "topic %s: %s; create it: commctl create-topic %s",
					    t->name, words, t->name);
	kafka_failure_set(ret_why, COMM_ETOPIC_UNAVAILABLE, t->err, "topic %s", t->name);
	(void)snprintf(ret_why->detail, sizeof ret_why->detail, "topic");
	return COMM_ETOPIC_UNAVAILABLE;
}

static uint64_t age_ms(const struct kafka_producer *p, const struct kafka_topic *t)
{
	return kafka_now_ms(p->client->kafka) - t->known_ms;
}

static int refuse_partition(const struct kafka_topic *t, const struct kafka_demand *d,
			    struct kafka_failure *ret_why)
{
	char sentence[384];

	(void)snprintf(sentence, sizeof sentence,
		       "topic %s has no partition %lld; it has %d, numbered from 0", t->name,
		       (long long)d->max_partition, (int)t->n_partitions);
	return kafka_demand_refuse(ret_why, COMM_EBAD_VALUE, d->max_index, "partition", sentence);
}

/* Whether the topic, for which nobody waits before us, can be sent to: 0, COMM_EAGAIN, or refused. */
static int judge_topic(struct kafka_producer *p, struct kafka_topic *t,
		       const struct kafka_demand *d, struct kafka_failure *ret_why)
{
	const struct kafka_dev *dev = p->client->kafka->dev;

	if (t->state == KAFKA_TOPIC_READY && dev &&
	    !kafka_dev_has_topic(dev, (struct comm_bytes){ t->name, t->len }))
		kafka_topic_forget(&p->topics, (struct comm_bytes){ t->name, t->len });
	if (t->state == KAFKA_TOPIC_UNKNOWN ||
	    (t->state == KAFKA_TOPIC_ABSENT && age_ms(p, t) >= KAFKA_TOPIC_ABSENT_MS))
		kafka_topic_look(&p->topics, t);
	if (t->state == KAFKA_TOPIC_ABSENT)
		return refuse_absent(t, ret_why);
	if (t->state != KAFKA_TOPIC_READY || t->is_draining)
		return COMM_EAGAIN;
	if (d->max_partition < t->n_partitions)
		return 0;
	if (age_ms(p, t) < PARTITIONS_KNOWN_MS)
		return refuse_partition(t, d, ret_why);
	kafka_topic_look(&p->topics, t);
	return COMM_EAGAIN;
}

static int produce(struct kafka_producer *p, struct kafka_topic *t, const struct kafka_demand *d,
		   struct kafka_batch *b, struct kafka_waiter *w, struct kafka_failure *ret_why)
{
	int error;

	if (kafka_line_blocks(&t->line, w->ticket))
		return wait_in(&t->line, w, d);
	error = judge_topic(p, t, d, ret_why);
	if (error == COMM_EAGAIN)
		return wait_in(&t->line, w, d);
	if (error)
		return error;
	if (!kafka_window_admits(p, t)) {
		kafka_window_hold(p, t);
		return wait_in(&t->line, w, d);
	}
	if (kafka_line_blocks(&p->room, w->ticket) ||
	    !kafka_window_has_room(p, d->n, d->n_bytes + d->n_header_bytes))
		return wait_in(&p->room, w, d);
	error = take(p, t, d, b);
	if (error == COMM_EAGAIN) {
		kafka_topic_forget(&p->topics, (struct comm_bytes){ t->name, t->len });
		kafka_topic_look(&p->topics, t);
		return wait_in(&t->line, w, d);
	}
	return error;
}

int kafka_produce(struct kafka_client *c, struct comm_bytes topic,
		  const struct comm_wire_record *records, size_t n, struct kafka_batch *b,
		  struct kafka_waiter *w, struct kafka_failure *ret_why)
{
	struct kafka_demand d = { .records = records, .n = n, .max_partition = -1 };
	struct kafka_topic *t;
	int error;

	kafka_line_leave(w);
	if (!n)
		error = kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "records",
					     "records: there are none");
	else if (c->kafka->is_closing)
		error = kafka_failure_refuse(ret_why, COMM_ESHUTDOWN, NULL,
					     "commd is shutting down; nothing was sent");
	else if (!kafka_topic_is_name(topic))
		error = kafka_failure_refuse(
			ret_why, COMM_ETOPIC_UNAVAILABLE, "topic",
			"topic: Kafka allows 1 to %d of A-Z a-z 0-9 . _ - for a topic's name, "
			"and neither \".\" nor \"..\"",
			COMM_TOPIC_NAME_MAX);
	else
		error = kafka_demand_measure(c->producer, &d, ret_why);
	if (!error) {
		t = kafka_topic_get(&c->producer->topics, topic);
		error = t ? produce(c->producer, t, &d, b, w, ret_why) : -ENOMEM;
	}
	if (error != COMM_EAGAIN)
		w->ticket = 0;
	return error;
}

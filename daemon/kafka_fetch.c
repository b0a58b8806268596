#include "daemon/kafka_consumer.h"
#include "daemon/kafka_event.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "daemon/log.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "proto/util.h"

/* The record that is next. */
struct candidate {
	const struct kafka_pending *pending; /* ours, until it is put back, taken or passed over */
	const rd_kafka_message_t *message;   /* in it */
	struct kafka_partition *partition;
};

static bool find_next(struct kafka_reader *r, struct candidate *ret)
{
	ret->pending = kafka_lane_take(&r->lane, &ret->partition);
	if (ret->pending)
		ret->message = ret->pending->message;
	return ret->pending;
}

/*
 * librdkafka starts over when a log has become shorter than what was read: the topic was deleted and
 * created again, or a replica that was behind has become the leader. Those are new records, and
 * that they follow older ones is told. What was fetched before a seek does not look like that, for
 * librdkafka drops it.
 */
static bool goes_back(const struct candidate *c)
{
	return c->message->offset < c->partition->next;
}

static void tell_going_back(struct kafka_reader *r, const struct candidate *c)
{
	struct kafka_partition *p = c->partition;
	struct kafka_failure why;

	(void)kafka_failure_refuse(
		&why, COMM_ERECEIVE, NULL,
		"topic %s, partition %d: its log has become shorter, or it is "
		"another topic of this name; reading goes on at offset %lld, not "
		"%lld",
		p->topic, (int)p->number, (long long)c->message->offset, (long long)p->next);
	kafka_event_note_topic(p->consumer->client, EVENT_RESET, p->consumer->group, p->topic,
			       p->number, why.message);
	kafka_partition_go_back(p, c->message->offset);
	p->is_back_told = true;
	kafka_reader_fail(r, &why);
	kafka_lane_put_back(&r->lane);
}

/* No answer can ever carry it; to stop at it would be to stop for ever. */
static bool is_too_big(const struct candidate *c)
{
	return !c->pending->is_readable || kafka_hold_bytes(c->pending) > KAFKA_HOLD_BYTES_MAX ||
	       kafka_hold_objects(c->pending) > KAFKA_HOLD_OBJECTS_MAX;
}

/*
 * Nobody can acknowledge what nobody is given: it counts as acknowledged as soon as everything before it
 * is. As the last of its partition it would otherwise be told of anew to whoever reads it next, for ever.
 */
static void pass_over(struct kafka_reader *r, const struct candidate *c)
{
	struct log_about about = kafka_about(r->client, r->group);
	struct kafka_partition *p = c->partition;
	struct kafka_failure why;
	char reason[96] = "the record has more headers than librdkafka reads";

	if (c->pending->is_readable)
		(void)snprintf(reason, sizeof reason,
			       "the record, of %zu bytes, does not fit into a message of %d bytes",
			       c->pending->size, COMM_MESSAGE_MAX);
	kafka_partition_begin(p, c->message->offset);
	p->next = c->message->offset + 1;
	if (r->ack != KAFKA_ACK_NONE && !p->n_unacked)
		kafka_partition_ack(p, p->next);
	(void)kafka_failure_refuse(&why, COMM_ETOO_BIG, NULL,
				   "topic %s, partition %d, offset %lld: %s, and is passed over; "
				   "read it with another Kafka client",
				   p->topic, (int)p->number, (long long)c->message->offset, reason);
	about.topic = p->topic;
	about.error = why.code;
	log_event(LOG_WARNING, LOG_EVENT_NONE, &about, "%s", why.message);
	kafka_reader_fail(r, &why);
	rd_kafka_message_destroy(c->pending->message);
}

/* Returns 0, or -ENOMEM and it is not taken. */
static int take(struct kafka_reader *r, const struct candidate *c)
{
	struct kafka_partition *p = c->partition;
	int error = kafka_hold_push(&r->hold, c->pending);

	if (error)
		return error;
	kafka_partition_begin(p, c->message->offset);
	p->next = p->taken_to = c->message->offset + 1;
	p->n_unacked++;
	p->is_reset = false;
	p->is_gone = false;
	return 0;
}

int kafka_fetch(struct kafka_reader *r, struct kafka_budget *b)
{
	struct candidate c;

	kafka_lane_look(&r->lane, b->records, b->bytes);
	while (b->records && find_next(r, &c)) {
		bool is_odd, fits;

		if (goes_back(&c) && c.partition->is_reset)
			kafka_partition_go_back(c.partition, c.message->offset);
		is_odd = goes_back(&c) || is_too_big(&c);
		fits = !is_odd && c.pending->size <= b->bytes &&
		       r->hold.n_objects + kafka_hold_objects(c.pending) <= KAFKA_HOLD_OBJECTS_MAX;

		if (r->hold.n_records && !fits) {
			b->is_spent = true;
			kafka_lane_put_back(&r->lane);
			return 0;
		}
		/* A failure that came in front of it is told first, and there is room for one. */
		if (is_odd && r->has_failure) {
			kafka_lane_put_back(&r->lane);
			return 0;
		}
		if (is_odd) {
			if (goes_back(&c))
				tell_going_back(r, &c);
			else
				pass_over(r, &c);
			return 0;
		}
		if (take(r, &c)) {
			kafka_lane_put_back(&r->lane);
			return -ENOMEM;
		}
		b->bytes -= MIN(c.pending->size, b->bytes);
		b->records--;
	}
	return 0;
}

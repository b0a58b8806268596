/*
 * What librdkafka says has gone wrong with a consumer: whom it concerns, and what becomes of it.
 */
#include "daemon/kafka_consumer.h"
#include "daemon/kafka_event.h"
#include "proto/errors.h"

static void fail_readers(struct kafka_consumer *c, const struct kafka_failure *why)
{
	struct kafka_reader *r;

	TAILQ_FOREACH(r, &c->readers, entry)
		kafka_reader_fail(r, why);
}

/* The consumer is to be replaced as soon as nobody is at work with it. */
static void on_fatal_error(struct kafka_consumer *c, rd_kafka_resp_err_t reason,
			   const char *reason_words)
{
	char words[256] = "";
	rd_kafka_resp_err_t err = rd_kafka_fatal_error(c->rk, words, sizeof words);
	bool is_fenced = err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;

	if (c->has_failed)
		return;
	if (!err)
		err = reason;
	c->has_failed = true;
	(void)kafka_failure_refuse(
		&c->failure, COMM_ERECEIVE, NULL,
		"the consumer has failed and is replaced; what was not acknowledged comes again: "
		"%s: %s%s",
		rd_kafka_err2name(err), words[0] ? words : reason_words,
		is_fenced ? "; another member has the same group.instance.id: give each commd its "
			    "own in the profile"
			  : "");
	kafka_event_note(c->client, is_fenced ? EVENT_FENCED : EVENT_FAILED, c->group, 1,
			 c->failure.message);
}

static void note_error(struct kafka_consumer *c, const struct kafka_partition *p,
		       const struct kafka_failure *why, rd_kafka_resp_err_t err)
{
	enum event event = err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED ? EVENT_LATE
			   : why->code == COMM_ETOPIC_UNAVAILABLE      ? EVENT_UNAVAILABLE
								       : EVENT_REFUSED;

	if (p)
		kafka_event_note_topic(c->client, event, c->group, p->topic, p->number,
				       why->message);
	else
		kafka_event_note(c->client, event, c->group, 1, why->message);
}

/*
 * librdkafka asks once where the group is, and if the answer is such an error, as that another broker
 * coordinates now, these partitions wait for ever: no rebalance comes that would have it ask again.
 */
static bool has_lost_positions(const struct kafka_consumer *c, const struct kafka_partition *p,
			       const char *words)
{
	static const char said[] = "Failed to fetch committed offsets for";

	return !p && c->group && !strncmp(words, said, sizeof said - 1);
}

static void ask_again(struct kafka_consumer *c, rd_kafka_resp_err_t err)
{
	struct kafka_failure why;

	if (c->is_outdated)
		return;
	(void)kafka_failure_refuse(
		&why, COMM_ERECEIVE, NULL,
		"where the group is was not to be learned: %s; another consumer asks",
		rd_kafka_err2name(err));
	kafka_event_note(c->client, EVENT_FAILED, c->group, 1, why.message);
	kafka_drain_all(c, "where it is was not to be learned");
}

void kafka_consumer_on_error(struct kafka_consumer *c, struct kafka_partition *p,
			     rd_kafka_resp_err_t err, const char *words, bool is_fatal)
{
	int code = kafka_error_code(err);
	struct kafka_failure why;

	if (is_fatal || err == RD_KAFKA_RESP_ERR__FATAL) {
		on_fatal_error(c, err, words);
		kafka_source_again(&c->source);
		return;
	}
	if (code == COMM_EBROKER) {
		kafka_client_note_error(c->client, err, words);
		if (has_lost_positions(c, p, words))
			ask_again(c, err);
		return;
	}
	if (code == COMM_ETOPIC_UNAVAILABLE && !p && c->group) {
		kafka_doubt_topic(c, err, words);
		return;
	}
	/* That the tails' group may not be used harms no tail. */
	if (!c->group && err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
		return;
	if (code == COMM_EINTERNAL)
		code = COMM_ERECEIVE;
	if (p)
		kafka_failure_set(&why, code, err, "topic %s, partition %d", p->topic,
				  (int)p->number);
	else if (c->group)
		kafka_failure_set_words(&why, code, err, words, "group \"%s\"", c->group);
	else
		kafka_failure_set_words(&why, code, err, words, "reading without a group");
	/* librdkafka has several ways to say so, and they come one after the other. */
	if (p && code == COMM_ETOPIC_UNAVAILABLE && p->is_gone)
		return;
	if (p)
		p->is_gone = code == COMM_ETOPIC_UNAVAILABLE;
	note_error(c, p, &why, err);
	if (p && p->owner && code == COMM_ETOPIC_UNAVAILABLE &&
	    !kafka_reader_names(p->owner, p->topic))
		p->is_at_end = true; /* a pattern matches what can be read, and no more */
	else if (p && p->owner)
		kafka_reader_fail(p->owner, &why);
	else if (!p && err != RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
		fail_readers(c, &why);
	/* It may have come while another reader's records were taken: those that wait are told soon. */
	kafka_source_again(&c->source);
}

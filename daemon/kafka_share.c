/*
 * Who of a group's readers owns which partition
 *
 * Partitions are spread evenly, and again whenever readers or partitions come or go. One whose owner has
 * nothing unacknowledged of it moves at once. Any other is promised: its owner gets no more of it,
 * and it goes when the rest is acknowledged, or when the owner has had its time.
 */
#include "daemon/kafka_consumer.h"
#include "daemon/kafka_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/log.h"
#include "daemon/spread.h"
#include "proto/util.h"

/*
 * How long an owner may take to acknowledge what it has of a partition that is to go to another
 * reader: as long as a request may take. One that acknowledges in large steps, or has stopped,
 * would keep it for ever, and nobody would read it. What it has then comes again.
 */
#define GIVE_MS 30000

/* Whether the partition's owner has nothing that it is still going to acknowledge. */
static bool may_go(const struct kafka_partition *p)
{
	return !p->owner || !p->n_unacked || p->owner->ack == KAFKA_ACK_NONE;
}

/* What an owner was given that acknowledges nothing is not passed over for one that does. */
static void give(struct kafka_partition *p, struct kafka_reader *r)
{
	const struct kafka_reader *owner = p->owner;

	if (r && r->group && r->ack != KAFKA_ACK_NONE && owner && owner != r &&
	    owner->ack == KAFKA_ACK_NONE)
		kafka_partition_rewind(p);
	kafka_partition_give(p, r);
}

/* Have each reader list what is its own. */
static int list_all(struct kafka_consumer *c)
{
	struct kafka_reader *r;
	int error = 0;

	TAILQ_FOREACH(r, &c->readers, entry) {
		r->n_partitions = 0;
		r->n_incoming = 0;
	}
	for (size_t i = 0; i < c->n_partitions && !error; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (p->owner)
			error = kafka_reader_list(p->owner, p);
		if (p->next_owner)
			p->next_owner->n_incoming++;
	}
	return error;
}

/* A partition that is promised has its limit: the consumer's is the first of them. */
static void note_due(struct kafka_consumer *c, uint64_t give_by_ms)
{
	if (!c->give_by_ms || give_by_ms < c->give_by_ms)
		c->give_by_ms = give_by_ms;
}

/* It has a limit from the moment on when it is promised first. */
static void promise(struct kafka_consumer *c, struct kafka_partition *p, struct kafka_reader *r)
{
	if (r && !p->next_owner)
		p->give_by_ms = kafka_now_ms(c->client->kafka) + GIVE_MS;
	if (r)
		note_due(c, p->give_by_ms);
	kafka_partition_promise(p, r);
}

/* @owners are numbers of readers, one for each partition. */
static void apply(struct kafka_consumer *c, struct kafka_reader *const *readers, const int *owners)
{
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];
		struct kafka_reader *r = owners[i] == SPREAD_NONE ? NULL : readers[owners[i]];

		if (p->is_leaving)
			continue;
		if (may_go(p) && (r != p->owner || !p->lane))
			give(p, r);
		else if (p->owner)
			promise(c, p, r == p->owner ? NULL : r);
	}
}

/* What spread_evenly() is asked, in one block of memory for each kind of thing. */
struct question {
	struct spread s;
	struct kafka_reader **readers;
	size_t *topics;
	bool *subscribed;
	int *owners;
};

static void question_fini(struct question *q)
{
	free(q->readers);
	free(q->topics);
	free(q->subscribed);
	free(q->owners);
}

/* Number the topics of the consumer's partitions, which are sorted by them. */
static size_t number_topics(const struct kafka_consumer *c, size_t *topics)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_partitions; i++) {
		if (!i || strcmp(c->partitions[i]->topic, c->partitions[i - 1]->topic))
			n++;
		topics[i] = n - 1;
	}
	return n;
}

static int question_init(struct question *q, const struct kafka_consumer *c)
{
	struct kafka_reader *r;
	size_t n = 0;

	*q = (struct question){ 0 };
	q->readers = calloc(c->n_readers + 1, sizeof(struct kafka_reader *));
	q->topics = calloc(c->n_partitions + 1, sizeof *q->topics);
	q->owners = calloc(c->n_partitions + 1, sizeof *q->owners);
	if (!q->readers || !q->topics || !q->owners)
		return -ENOMEM;
	q->s = (struct spread){
		.n_readers = c->n_readers,
		.n_topics = number_topics(c, q->topics),
		.n_partitions = c->n_partitions,
		.topics = q->topics,
		.owners = q->owners,
	};
	q->subscribed = calloc(q->s.n_readers * q->s.n_topics + 1, sizeof *q->subscribed);
	if (!q->subscribed)
		return -ENOMEM;
	q->s.subscribed = q->subscribed;
	TAILQ_FOREACH(r, &c->readers, entry) {
		r->number = n;
		q->readers[n++] = r;
	}
	for (size_t i = 0; i < c->n_partitions; i++) {
		const struct kafka_partition *p = c->partitions[i];

		q->owners[i] = p->owner ? (int)p->owner->number : SPREAD_NONE;
		/* It costs a look at all names of each reader. */
		if (i && q->topics[i] == q->topics[i - 1])
			continue;
		for (size_t j = 0; j < n; j++)
			q->subscribed[j * q->s.n_topics + q->topics[i]] =
				kafka_reader_wants(q->readers[j], p->topic);
	}
	return 0;
}

void kafka_share_out(struct kafka_consumer *c)
{
	const struct log_about about = kafka_about(c->client, c->group);
	struct question q;
	int error = question_init(&q, c);

	if (!error)
		error = spread_evenly(&q.s);
	if (!error) {
		apply(c, q.readers, q.owners);
		error = list_all(c);
	}
	question_fini(&q);
	/* Who owns nothing now is at its end, and waits to hear it. */
	kafka_source_again(&c->source);
	if (error && !c->must_spread)
		log_event(LOG_ERR, LOG_EVENT_NONE, &about,
			  "group \"%s\": no memory to spread its partitions; trying again",
			  c->group ? c->group : "");
	c->must_spread = error;
}

void kafka_share_hand_over(struct kafka_consumer *c)
{
	for (size_t i = 0; i < c->n_partitions; i++)
		if (c->partitions[i]->next_owner && may_go(c->partitions[i]))
			give(c->partitions[i], c->partitions[i]->next_owner);
	c->must_spread |= list_all(c) != 0;
}

void kafka_share_take_due(struct kafka_consumer *c)
{
	struct log_about about = kafka_about(c->client, c->group);
	uint64_t now_ms = kafka_now_ms(c->client->kafka);

	if (!c->give_by_ms || now_ms < c->give_by_ms)
		return;
	c->give_by_ms = 0;
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (!p->next_owner)
			continue;
		if (p->give_by_ms > now_ms) {
			note_due(c, p->give_by_ms);
			continue;
		}
		about.topic = p->topic;
		log_event(LOG_NOTICE, LOG_EVENT_NONE, &about,
			  "group \"%s\": a reader has not acknowledged %zu records of topic %s, "
			  "partition %d, in %d s: they go to another",
			  c->group, p->n_unacked, p->topic, (int)p->number, GIVE_MS / 1000);
		kafka_partition_rewind(p);
		kafka_partition_give(p, p->next_owner);
	}
	c->must_spread |= list_all(c) != 0;
}

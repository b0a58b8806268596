/*
 * Giving partitions back
 *
 * Kafka wants partitions back when the members of a group change. What readers hold of them then and
 * acknowledge later would be read twice: by them, and by whoever has the partition next. So readers get
 * no more of them, and have a moment to acknowledge what they have. librdkafka waits for our answer, goes
 * on to tell the group that its member is alive, and nothing else here waits.
 *
 * A consumer whose profile has changed, or that would never begin to read, lets everything go in the same way,
 * before another one takes its place (kafka_rebuild.c).
 *
 * When all is acknowledged, or the time has passed, what is acknowledged is committed and the
 * partitions go. Their readers are told if records come again. An assignment that is lost is another
 * member's already: it is dropped at once, and nothing of it committed.
 */
#include <stdio.h>

#include "daemon/kafka_consumer.h"
#include "daemon/kafka_event.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * The longest that the group waits for readers here, all members of it with us. Most have acknowledged
 * within milliseconds; one that works on its records for longer is going to get them again, which
 * costs it less than a group that stands still.
 */
#define DRAIN_MS 10000

/* Whether @p is on its way out, with records that its owner may still acknowledge. */
static bool is_open(const struct kafka_partition *p)
{
	return p->is_leaving && p->owner && p->n_unacked && p->owner->ack != KAFKA_ACK_NONE;
}

static bool is_done(const struct kafka_consumer *c)
{
	for (size_t i = 0; i < c->n_partitions; i++)
		if (is_open(c->partitions[i]))
			return false;
	return true;
}

/* Tell @r if it has records of partitions that leave, and has not acknowledged them. Returns how many. */
static size_t tell(struct kafka_reader *r, const char *reason)
{
	const struct kafka_partition *first = NULL;
	size_t n_partitions = 0, n_records = 0;
	struct kafka_failure why;

	for (size_t i = 0; i < r->n_partitions; i++) {
		const struct kafka_partition *p = r->partitions[i];

		if (!is_open(p))
			continue;
		first = first ? first : p;
		n_partitions++;
		n_records += p->n_unacked;
	}
	if (!n_partitions)
		return 0;
	(void)kafka_failure_refuse(
		&why, COMM_ERECEIVE, NULL,
		"group \"%s\": %s; %zu records of topic %s, partition %d%s were not "
		"acknowledged and are delivered again, here or to another member",
		r->group, reason, n_records, first->topic, (int)first->number,
		n_partitions > 1 ? " and others" : "");
	kafka_reader_fail(r, &why);
	return n_records;
}

/* What was handed out and not acknowledged comes again. Returns how many records. */
static size_t tell_all(struct kafka_consumer *c, const char *reason)
{
	struct kafka_reader *r;
	size_t n = 0;

	TAILQ_FOREACH(r, &c->readers, entry)
		n += tell(r, reason);
	return n;
}

static size_t count_leaving(const struct kafka_consumer *c, bool with_open_only)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_partitions; i++)
		n += with_open_only ? is_open(c->partitions[i]) : c->partitions[i]->is_leaving;
	return n;
}

static void mark(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list)
{
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		p->is_leaving = c->is_outdated || !c->is_cooperative ||
				rd_kafka_topic_partition_list_find(list, p->topic, p->number);
	}
}

static void lose(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list)
{
	char sentence[256];
	size_t n;

	mark(c, list);
	n = tell_all(c, "it has put commd out, and given its partitions to others");
	(void)snprintf(sentence, sizeof sentence,
		       "the group has put commd out and given its %d partitions to others; %zu "
		       "records that readers here have come again; joining once more",
		       list->cnt, n);
	kafka_event_note(c->client, EVENT_LOST, c->group, 1, sentence);
	kafka_assignment_give_back(c, list, true);
}

/* ---- all of them, for another consumer ---- */

void kafka_drain_all(struct kafka_consumer *c, const char *reason)
{
	if (!c->is_open || c->is_outdated)
		return;
	c->is_outdated = true;
	c->outdated_reason = reason;
	c->outdated_by_ms = kafka_now_ms(c->client->kafka);
	if (c->client->health != KAFKA_DOWN)
		c->outdated_by_ms += DRAIN_MS;
	for (size_t i = 0; i < c->n_partitions; i++) {
		c->partitions[i]->is_leaving = true;
		kafka_partition_withdraw(c->partitions[i]);
	}
	kafka_source_again(&c->source);
}

/*
 * While the next consumer joins the group, a commit of this one may be refused. So the last one comes
 * before that, and its answer is waited for.
 */
static void commit(struct kafka_consumer *c)
{
	kafka_assignment_store(c);
	c->last_commit = KAFKA_COMMIT_ASKED;
	if (rd_kafka_commit_queue(c->rk, NULL, c->queue, NULL, c))
		c->last_commit = KAFKA_COMMIT_ANSWERED;
}

bool kafka_drain_is_over(struct kafka_consumer *c)
{
	if (!c->group || !c->n_readers || kafka_now_ms(c->client->kafka) >= c->outdated_by_ms)
		return true;
	if (!kafka_group_is_settled(c) || !is_done(c))
		return false;
	if (c->last_commit == KAFKA_COMMIT_NONE)
		commit(c);
	return c->last_commit == KAFKA_COMMIT_ANSWERED;
}

void kafka_drain_give_up(struct kafka_consumer *c)
{
	(void)tell_all(c, c->outdated_reason);
}

/* ---- those that Kafka wants ---- */

/* Well within the time that the group allows, whatever that is. */
static uint64_t drain_ms(const struct kafka_consumer *c)
{
	return MIN((uint64_t)DRAIN_MS, c->patience_ms / 2);
}

void kafka_drain_begin(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list)
{
	if (rd_kafka_assignment_lost(c->rk)) {
		lose(c, list);
		return;
	}
	mark(c, list);
	if (!c->is_cooperative)
		c->has_assignment = false;
	c->leaving = rd_kafka_topic_partition_list_copy(list);
	c->drained_ms = kafka_now_ms(c->client->kafka);
	if (is_done(c)) {
		kafka_drain_end(c);
		return;
	}
	for (size_t i = 0; i < c->n_partitions; i++)
		if (c->partitions[i]->is_leaving)
			kafka_partition_withdraw(c->partitions[i]);
}

void kafka_drain_step(struct kafka_consumer *c)
{
	if (c->leaving &&
	    (is_done(c) || kafka_now_ms(c->client->kafka) - c->drained_ms >= drain_ms(c)))
		kafka_drain_end(c);
}

static void note(struct kafka_consumer *c, size_t n_late, size_t n_records)
{
	unsigned long long took_ms = kafka_now_ms(c->client->kafka) - c->drained_ms;
	size_t n = count_leaving(c, false);
	char sentence[256];

	if (n) {
		(void)snprintf(sentence, sizeof sentence,
			       "Kafka wanted partitions back: %zu are given, %llu ms later", n,
			       took_ms);
		kafka_event_note(c->client, EVENT_REVOKED, c->group, (int64_t)n, sentence);
	}
	if (n_late) {
		(void)snprintf(sentence, sizeof sentence,
			       "%zu records of %zu partitions that were given back were not "
			       "acknowledged in %llu ms, and come again",
			       n_records, n_late, took_ms);
		kafka_event_note(c->client, EVENT_UNACKNOWLEDGED, c->group, (int64_t)n_late,
				 sentence);
	}
}

void kafka_drain_end(struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *list = c->leaving;
	size_t n_late;

	if (!list)
		return;
	c->leaving = NULL;
	n_late = count_leaving(c, true);
	note(c, n_late, tell_all(c, "Kafka has taken partitions back"));
	kafka_assignment_give_back(c, list, false);
	rd_kafka_topic_partition_list_destroy(list);
}

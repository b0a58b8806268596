#include "daemon/kafka_consumer.h"
#include "daemon/kafka_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/log.h"
#include "daemon/profile.h"
#include "proto/util.h"

/*
 * How long a consumer stays in its group without readers, or subscribed to a topic that no reader
 * wants. Joining takes the brokers some 3 s, and leaving makes all other members start over: a
 * process that begins within this time after another has ended gets its first record at once.
 */
#define LINGER_MS 5000

static bool has_topic(char *const *topics, size_t n, const char *topic)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(topics[i], topic))
			return true;
	return false;
}

static bool is_wanted(const struct kafka_consumer *c, const char *topic)
{
	const struct kafka_reader *r;

	TAILQ_FOREACH(r, &c->readers, entry)
		if (kafka_reader_wants(r, topic))
			return true;
	return false;
}

/* Something is held open that nobody needs now. */
static bool is_idle(const struct kafka_consumer *c)
{
	for (size_t i = 0; i < c->n_topics; i++)
		if (!is_wanted(c, c->topics[i]))
			return true;
	return !c->n_readers;
}

static void on_timer(uv_timer_t *timer)
{
	kafka_group_on_lingered(container_of(timer, struct kafka_consumer, timer));
}

static void linger(struct kafka_consumer *c)
{
	if (c->is_open && is_idle(c))
		(void)uv_timer_start(&c->timer, on_timer, LINGER_MS, 0);
	else if (c->is_open)
		(void)uv_timer_stop(&c->timer);
}

/* Tell the brokers which topics the group's member wants. */
static void subscribe(struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)c->n_topics);
	rd_kafka_resp_err_t err;
	struct log_about about = kafka_about(c->client, c->group);
	struct kafka_failure why;
	struct kafka_reader *r;

	for (size_t i = 0; i < c->n_topics; i++)
		rd_kafka_topic_partition_list_add(list, c->topics[i], RD_KAFKA_PARTITION_UA);
	err = c->n_topics ? rd_kafka_subscribe(c->rk, list) : rd_kafka_unsubscribe(c->rk);
	rd_kafka_topic_partition_list_destroy(list);
	if (!err)
		return;
	kafka_failure_set(&why, COMM_ERECEIVE, err, "group \"%s\": could not subscribe", c->group);
	about.error = why.code;
	log_event(LOG_WARNING, LOG_EVENT_NONE, &about, "%s", why.message);
	TAILQ_FOREACH(r, &c->readers, entry)
		kafka_reader_fail(r, &why);
}

/* Add @n topics to the consumer's, without doubles. Returns 0, or -ENOMEM after a part of them. */
static int add_some(struct kafka_consumer *c, char *const *topics, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (has_topic(c->topics, c->n_topics, topics[i]))
			continue;
		c->topics[c->n_topics] = strdup(topics[i]);
		if (!c->topics[c->n_topics])
			return -ENOMEM;
		c->n_topics++;
	}
	return 0;
}

/* Add @r's topics to the consumer's. Returns how many are new, or -ENOMEM with the consumer unchanged. */
static int add_topics(struct kafka_consumer *c, const struct kafka_reader *r)
{
	size_t n_before = c->n_topics,
	       n_max = n_before + r->n_topics + kafka_reader_n_matches(r) + 1;
	char **topics = reallocarray(c->topics, n_max, sizeof *topics);
	int error;

	if (!topics)
		return -ENOMEM;
	c->topics = topics;
	error = add_some(c, r->topics, r->n_topics);
	for (size_t i = 0; i < r->n_patterns && !error; i++)
		error = add_some(c, r->patterns[i].topics, r->patterns[i].n_topics);
	while (error && c->n_topics > n_before)
		free(topics[--c->n_topics]);
	return error ? error : (int)(c->n_topics - n_before);
}

int kafka_group_join(struct kafka_consumer *c, struct kafka_reader *r)
{
	int n_new = kafka_lane_open(&r->lane, c, r) ? -ENOMEM : 0;

	if (!n_new && c->group) {
		n_new = add_topics(c, r);
		if (n_new < 0)
			kafka_lane_close(&r->lane);
	}
	if (n_new < 0) {
		/* It may have been opened for this one. */
		linger(c);
		return n_new;
	}
	TAILQ_INSERT_TAIL(&c->readers, r, entry);
	c->n_readers++;
	r->consumer = c;
	if (n_new) {
		c->has_assignment = false;
		subscribe(c);
	}
	linger(c);
	kafka_share_out(c);
	return 0;
}

void kafka_group_renew(struct kafka_consumer *c)
{
	const struct log_about about = kafka_about(c->client, c->group);
	const struct kafka_reader *r;
	int n_new = 0, n;

	TAILQ_FOREACH(r, &c->readers, entry) {
		n = add_topics(c, r);
		if (n < 0)
			log_event(LOG_ERR, LOG_EVENT_NONE, &about,
				  "group \"%s\": no memory for topics that are new", c->group);
		else
			n_new += n;
	}
	if (n_new) {
		c->has_assignment = false;
		subscribe(c);
	}
	linger(c);
	kafka_share_out(c);
}

void kafka_group_give_up(struct kafka_consumer *c, const char *topic)
{
	struct kafka_reader *r;
	bool is_new = false;

	TAILQ_FOREACH(r, &c->readers, entry)
		for (size_t i = 0; i < r->n_patterns; i++)
			is_new |= kafka_pattern_drop(&r->patterns[i], topic);
	if (is_new)
		kafka_group_renew(c);
}

bool kafka_reader_is_member(const struct kafka_reader *r, const char *profile,
			    struct comm_bytes group)
{
	return r->group && !r->has_ended && comm_bytes_is(group, r->group) &&
	       !strcmp(r->client->profile->name, profile);
}

bool kafka_group_is_settled(const struct kafka_consumer *c)
{
	return c->has_assignment || (c->group && !c->n_topics);
}

/* @r, if it has @p or is to get it, does not any more; what it has not acknowledged comes again. */
static void take_away(struct kafka_partition *p, const struct kafka_reader *r)
{
	if (p->next_owner == r)
		kafka_partition_promise(p, NULL);
	if (p->owner != r)
		return;
	if (p->consumer->group)
		kafka_partition_rewind(p);
	kafka_partition_give(p, NULL);
}

void kafka_group_take_unwanted(struct kafka_consumer *c, const struct kafka_reader *r)
{
	for (size_t i = 0; i < c->n_partitions; i++)
		if (!kafka_reader_wants(r, c->partitions[i]->topic))
			take_away(c->partitions[i], r);
	kafka_assignment_store(c);
}

void kafka_group_leave(struct kafka_consumer *c, struct kafka_reader *r)
{
	TAILQ_REMOVE(&c->readers, r, entry);
	c->n_readers--;
	r->consumer = NULL;
	r->n_partitions = 0;
	for (size_t i = 0; i < c->n_partitions; i++)
		take_away(c->partitions[i], r);
	kafka_lane_close(&r->lane);
	kafka_assignment_store(c);
	/* Whoever is next may be a member elsewhere. */
	if (c->group && !c->n_readers)
		(void)rd_kafka_commit(c->rk, NULL, true);
	linger(c);
	/* Once in the loop's next turn, however many leave in this one. */
	c->must_spread = true;
	kafka_source_again(&c->source);
}

void kafka_group_on_lingered(struct kafka_consumer *c)
{
	size_t n = 0;

	if (!c->n_readers) {
		kafka_consumer_close(c, NULL);
		return;
	}
	for (size_t i = 0; i < c->n_topics; i++) {
		if (is_wanted(c, c->topics[i]))
			c->topics[n++] = c->topics[i];
		else
			free(c->topics[i]);
	}
	if (n == c->n_topics)
		return;
	c->n_topics = n;
	subscribe(c);
}

/* ready() may close any reader, and new ones may come: begin again after each. */
void kafka_group_tell(struct kafka_consumer *c)
{
	struct kafka_reader *r;

	TAILQ_FOREACH(r, &c->readers, entry)
		r->is_told = false;
	r = TAILQ_FIRST(&c->readers);
	while (r) {
		bool was_told = r->is_told;

		r->is_told = true;
		if (!was_told && kafka_reader_tell(r))
			r = TAILQ_FIRST(&c->readers);
		else
			r = TAILQ_NEXT(r, entry);
	}
}

#include "daemon/kafka_consumer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/log.h"
#include "daemon/spread.h"
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
		if (has_topic(r->topics, r->n_topics, topic))
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
	struct kafka_failure why;
	struct kafka_reader *r;

	for (size_t i = 0; i < c->n_topics; i++)
		rd_kafka_topic_partition_list_add(list, c->topics[i], RD_KAFKA_PARTITION_UA);
	err = rd_kafka_subscribe(c->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (!err)
		return;
	kafka_failure_set(&why, COMM_ERECEIVE, err, "group \"%s\": could not subscribe", c->group);
	log_msg(LOG_WARNING, "%s", why.message);
	TAILQ_FOREACH(r, &c->readers, entry)
		kafka_reader_fail(r, &why);
}

/* Add @r's topics to the consumer's. Returns how many are new, or -ENOMEM with the consumer unchanged. */
static int add_topics(struct kafka_consumer *c, const struct kafka_reader *r)
{
	size_t n = c->n_topics;
	char **topics = reallocarray(c->topics, n + r->n_topics, sizeof *topics);

	if (!topics)
		return -ENOMEM;
	c->topics = topics;
	for (size_t i = 0; i < r->n_topics; i++) {
		if (has_topic(topics, c->n_topics, r->topics[i]))
			continue;
		topics[n] = strdup(r->topics[i]);
		if (!topics[n]) {
			while (n > c->n_topics)
				free(topics[--n]);
			return -ENOMEM;
		}
		n++;
	}
	n -= c->n_topics;
	c->n_topics += n;
	return (int)n;
}

int kafka_group_join(struct kafka_consumer *c, struct kafka_reader *r)
{
	int n_new = 0;

	if (c->group) {
		n_new = add_topics(c, r);
		if (n_new < 0)
			return n_new;
	}
	TAILQ_INSERT_TAIL(&c->readers, r, entry);
	c->n_readers++;
	r->consumer = c;
	kafka_lane_open(&r->lane, c, r);
	if (n_new) {
		c->has_assignment = false;
		subscribe(c);
	}
	linger(c);
	kafka_group_spread(c);
	return 0;
}

void kafka_group_leave(struct kafka_consumer *c, struct kafka_reader *r)
{
	TAILQ_REMOVE(&c->readers, r, entry);
	c->n_readers--;
	r->consumer = NULL;
	r->n_partitions = 0;
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (p->next_owner == r)
			kafka_partition_promise(p, NULL);
		if (p->owner != r)
			continue;
		if (c->group)
			kafka_partition_rewind(p);
		kafka_partition_give(p, NULL);
	}
	kafka_lane_close(&r->lane);
	kafka_assignment_store(c);
	/* Whoever is next may be a member elsewhere. */
	if (c->group && !c->n_readers)
		(void)rd_kafka_commit(c->rk, NULL, true);
	linger(c);
	kafka_group_spread(c);
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

/* Whether the partition's owner has nothing that it is still going to acknowledge. */
static bool may_go(const struct kafka_partition *p)
{
	return !p->owner || !p->n_unacked || p->owner->ack == KAFKA_ACK_NONE;
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

/* @owners are numbers of readers, one for each partition. */
static void apply(struct kafka_consumer *c, struct kafka_reader *const *readers, const int *owners)
{
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];
		struct kafka_reader *r = owners[i] == SPREAD_NONE ? NULL : readers[owners[i]];

		if (may_go(p) && (r != p->owner || !p->lane))
			kafka_partition_give(p, r);
		else if (p->owner)
			kafka_partition_promise(p, r == p->owner ? NULL : r);
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
		for (size_t j = 0; j < n; j++)
			q->subscribed[j * q->s.n_topics + q->topics[i]] =
				has_topic(q->readers[j]->topics, q->readers[j]->n_topics, p->topic);
	}
	return 0;
}

void kafka_group_spread(struct kafka_consumer *c)
{
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
		log_msg(LOG_ERR, "group \"%s\": no memory to spread its partitions; trying again",
			c->group ? c->group : "");
	c->must_spread = error;
}

void kafka_group_hand_over(struct kafka_consumer *c)
{
	for (size_t i = 0; i < c->n_partitions; i++)
		if (c->partitions[i]->next_owner && may_go(c->partitions[i]))
			kafka_partition_give(c->partitions[i], c->partitions[i]->next_owner);
	c->must_spread |= list_all(c) != 0;
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

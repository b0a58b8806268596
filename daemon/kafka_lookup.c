#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_metadata.h"
#include "daemon/kafka_producer.h"
#include "proto/util.h"

/* One question; without an answer it is asked again as long as somebody waits. */
#define LOOKUP_TIMEOUT_MS 2000

/*
 * Brokers announce a topic before its leaders know of it. If such a leader refuses the first request
 * of a producer and takes the second, which Kafka allows as long as it knows nothing of the
 * producer, librdkafka concludes that the first is persisted as well: records would be lost and
 * reported as sent. So they go only to leaders that are ready; for a partition whose leader is
 * not within this time, see kafka_report.c. A topic that was ready, and has as many partitions as it
 * had, has leaders that know of it.
 */
#define LEADERS_TIMEOUT_MS 2000

/* At once, so that topics without leaders do not keep the others waiting: as many as may run of our own jobs. */
#define LOOKUPS_MAX 4

struct lookup {
	struct kafka_job job;
	struct kafka_topics *topics; /* borrowed */
	rd_kafka_topic_t *rkt;       /* owned; of the job's handle */
	rd_kafka_resp_err_t err;
	int32_t n_ready; /* partitions that it had when it was ready last */
	int32_t n_partitions;
	size_t len;
	char name[];
};

void kafka_topic_dequeue(struct kafka_topics *t, struct kafka_topic *topic)
{
	if (topic->is_queued)
		TAILQ_REMOVE(&t->queue, topic, entry);
	topic->is_queued = false;
}

static void run(struct kafka_job *j)
{
	struct lookup *l = container_of(j, struct lookup, job);

	l->rkt = rd_kafka_topic_new(j->rk, l->name, NULL);
	if (!l->rkt)
		l->err = rd_kafka_last_error();
	else
		l->err = kafka_metadata_topic(j, l->rkt, LOOKUP_TIMEOUT_MS, &l->n_partitions);
	if (!l->err && l->n_partitions != l->n_ready)
		kafka_metadata_await_leaders(j, l->name, l->rkt, LEADERS_TIMEOUT_MS);
}

static bool is_final(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	       err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
	       err == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
	       err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

static void enqueue(struct kafka_topics *t, struct kafka_topic *topic)
{
	topic->state = KAFKA_TOPIC_LOOKING;
	topic->is_stale = false;
	if (!topic->is_queued)
		TAILQ_INSERT_TAIL(&t->queue, topic, entry);
	topic->is_queued = true;
}

static void become_ready(struct kafka_topics *t, struct kafka_topic *topic, struct lookup *l)
{
	kafka_topic_drop_rkt(topic);
	topic->rkt = l->rkt;
	l->rkt = NULL;
	topic->state = KAFKA_TOPIC_READY;
	topic->n_partitions = l->n_partitions;
	topic->known_ms = kafka_now_ms(t->producer->client->kafka);
	kafka_replace_resend(t->producer, topic);
	kafka_topic_mark(t, topic);
}

static void become_absent(struct kafka_topics *t, struct kafka_topic *topic,
			  rd_kafka_resp_err_t err)
{
	kafka_topic_drop_rkt(topic);
	topic->state = KAFKA_TOPIC_ABSENT;
	topic->n_partitions = 0;
	topic->err = err;
	topic->known_ms = kafka_now_ms(t->producer->client->kafka);
	kafka_replace_resend(t->producer, topic);
	kafka_topic_mark(t, topic);
}

static void apply(struct kafka_topics *t, struct kafka_topic *topic, struct lookup *l)
{
	bool is_answer = !l->err || is_final(l->err);

	if (is_answer)
		kafka_client_note_success(t->producer->client);
	if (!topic || topic->state != KAFKA_TOPIC_LOOKING)
		return;
	if (topic->is_stale || l->job.handle != t->producer->handle) {
		enqueue(t, topic);
	} else if (!l->err) {
		become_ready(t, topic, l);
	} else if (is_answer) {
		become_absent(t, topic, l->err);
	} else {
		t->must_pause = true;
		enqueue(t, topic);
	}
}

static void done(struct kafka_job *j)
{
	struct lookup *l = container_of(j, struct lookup, job);
	struct kafka_topics *t = l->topics;
	struct kafka_topic *topic = kafka_topic_find(t, (struct comm_bytes){ l->name, l->len });

	t->n_looking--;
	apply(t, topic, l);
	if (l->rkt)
		rd_kafka_topic_destroy(l->rkt);
	free(l);
	kafka_topic_look_next(t);
}

static int start(struct kafka_topics *t, struct kafka_topic *topic)
{
	struct lookup *l = calloc(1, sizeof *l + topic->len + 1);

	if (!l)
		return -ENOMEM;
	l->job.run = run;
	l->job.done = done;
	l->job.is_own = true;
	l->topics = t;
	l->n_ready = topic->n_partitions;
	l->len = topic->len;
	memcpy(l->name, topic->name, topic->len);
	if (kafka_job_start(t->producer->client, &l->job)) {
		free(l);
		return COMM_EBUSY;
	}
	return 0;
}

/* The mock cluster creates what it is asked for: it is asked only for what exists. */
static bool is_absent_in_dev(const struct kafka_topics *t, const struct kafka_topic *topic)
{
	const struct kafka_dev *dev = t->producer->client->kafka->dev;

	return dev && !kafka_dev_has_topic(dev, (struct comm_bytes){ topic->name, topic->len });
}

void kafka_topic_look_next(struct kafka_topics *t)
{
	struct kafka_topic *topic;

	while (t->n_looking < LOOKUPS_MAX && !t->must_pause && (topic = TAILQ_FIRST(&t->queue))) {
		if (is_absent_in_dev(t, topic)) {
			kafka_topic_dequeue(t, topic);
			become_absent(t, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
		} else if (!start(t, topic)) {
			kafka_topic_dequeue(t, topic);
			t->n_looking++;
		} else {
			t->must_pause = true;
		}
	}
}

void kafka_topic_look(struct kafka_topics *t, struct kafka_topic *topic)
{
	if (topic->state == KAFKA_TOPIC_LOOKING)
		return;
	enqueue(t, topic);
	kafka_topic_look_next(t);
}

void kafka_topic_forget(struct kafka_topics *t, struct comm_bytes name)
{
	struct kafka_topic *topic = kafka_topic_find(t, name);

	if (!topic)
		return;
	topic->n_partitions = 0;
	if (topic->state == KAFKA_TOPIC_LOOKING) {
		topic->is_stale = true;
		return;
	}
	kafka_topic_drop_rkt(topic);
	topic->state = KAFKA_TOPIC_UNKNOWN;
	if (kafka_topic_is_wanted(topic))
		kafka_topic_look(t, topic);
}

void kafka_forget_topic(struct kafka *k, struct comm_bytes name)
{
	struct kafka_client *c;

	LIST_FOREACH(c, &k->clients, entry) {
		kafka_topic_forget(&c->producer->topics, name);
		/* It may be new, and match a pattern. */
		kafka_watch_hurry(c);
	}
}

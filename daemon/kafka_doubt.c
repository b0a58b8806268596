#include "daemon/kafka_consumer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_event.h"
#include "daemon/kafka_metadata.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * librdkafka says that a topic is not available also when only its own knowledge is behind, as when
 * a topic has just joined the subscription. Readers take that as the end, so the brokers are asked
 * first.
 */

/* How librdkafka puts it; the topic follows, and ": " behind it. */
#define SENTENCE "Subscribed topic not available: "

#define ASK_TIMEOUT_MS 2000

struct doubt {
	struct kafka_job job;
	struct kafka_client *client; /* borrowed */
	char *group;                 /* owned */
	char *topic;                 /* owned; NULL: librdkafka did not name it */
	rd_kafka_resp_err_t said;    /* by librdkafka */
	rd_kafka_resp_err_t answer;  /* of the brokers */
};

static void doubt_free(struct doubt *d)
{
	free(d->group);
	free(d->topic);
	free(d);
}

/* Tell the readers of the topic, if the group is still there; all of them if it is not known which. */
static void tell(const struct doubt *d)
{
	struct kafka_consumer *c = kafka_consumer_find(d->client, comm_bytes_of(d->group));
	struct kafka_failure why;
	struct kafka_reader *r;

	if (!c)
		return;
	kafka_failure_set(&why, COMM_ETOPIC_UNAVAILABLE, d->said, "topic %s",
			  d->topic ? d->topic : "of this group");
	kafka_event_note_topic(c->client, EVENT_UNAVAILABLE, c->group, d->topic, -1, why.message);
	TAILQ_FOREACH(r, &c->readers, entry)
		if (!d->topic || kafka_reader_names(r, d->topic))
			kafka_reader_fail(r, &why);
	if (d->topic)
		kafka_group_give_up(c, d->topic);
	kafka_source_again(&c->source);
}

static void on_run(struct kafka_job *job)
{
	struct doubt *d = container_of(job, struct doubt, job);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(job->rk, d->topic, NULL);
	int32_t n_partitions;

	d->answer = RD_KAFKA_RESP_ERR__TIMED_OUT;
	if (!rkt)
		return;
	d->answer = kafka_metadata_topic(job, rkt, ASK_TIMEOUT_MS, &n_partitions);
	rd_kafka_topic_destroy(rkt);
}

/* librdkafka says a thing once: what is not answered is asked again as long as the group is there. */
static void on_done(struct kafka_job *job)
{
	struct doubt *d = container_of(job, struct doubt, job);

	if (kafka_error_code(d->answer) != COMM_EBROKER) {
		if (d->answer)
			tell(d);
	} else if (kafka_consumer_find(d->client, comm_bytes_of(d->group)) &&
		   !kafka_job_start(d->client, &d->job)) {
		return;
	}
	doubt_free(d);
}

static void on_skip(struct kafka_job *job)
{
	doubt_free(container_of(job, struct doubt, job));
}

/* The topic that @words are about, or NULL. */
static char *topic_of(const char *words)
{
	const char *topic, *end;

	if (strncmp(words, SENTENCE, strlen(SENTENCE)))
		return NULL;
	topic = words + strlen(SENTENCE);
	end = strstr(topic, ": ");
	return end ? strndup(topic, (size_t)(end - topic)) : NULL;
}

void kafka_doubt_topic(struct kafka_consumer *c, rd_kafka_resp_err_t err, const char *words)
{
	const struct kafka *k = c->client->kafka;
	struct doubt *d = calloc(1, sizeof *d);

	if (!d)
		return;
	d->job.run = on_run;
	d->job.done = on_done;
	d->job.skip = on_skip;
	d->job.is_own = true;
	d->client = c->client;
	d->said = err;
	d->group = strdup(c->group);
	d->topic = topic_of(words);
	if (!d->group) {
		doubt_free(d);
		return;
	}
	/* The mock cluster would create it when asked. */
	if (k->dev && d->topic && kafka_dev_has_topic(k->dev, comm_bytes_of(d->topic))) {
		doubt_free(d);
		return;
	}
	if (k->dev || !d->topic)
		tell(d);
	else if (!kafka_job_start(c->client, &d->job))
		return;
	doubt_free(d);
}

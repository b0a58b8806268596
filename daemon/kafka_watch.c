#include "daemon/kafka_consumer.h"
#include "daemon/kafka_event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/log.h"
#include "daemon/profile.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * Topics that come later
 *
 * As long as a profile has readers with patterns, the brokers are asked every few seconds which topics
 * there are; one question serves all of its readers. What is new is subscribed to. A topic that is
 * missing from an answer is still wanted: brokers that have just started may not know everything. It
 * is given up when librdkafka cannot read it any more and the brokers, asked about it, say that it does
 * not exist (kafka_doubt.c).
 */

/* Between two questions; and more for many topics, since the answer names them all. */
#define INTERVAL_MS           5000
#define INTERVAL_PER_TOPIC_MS 10

/* The brokers' time for an answer. */
#define TIMEOUT_MS 10000

struct watch {
	struct kafka_job job;
	struct kafka_client *client;    /* borrowed */
	struct kafka_pattern *patterns; /* owned; those of all readers, each once */
	size_t n_patterns;
	size_t n_topics; /* that the brokers have */
	rd_kafka_resp_err_t err;
};

static void watch_free(struct watch *w)
{
	for (size_t i = 0; i < w->n_patterns; i++)
		kafka_pattern_fini(&w->patterns[i]);
	free(w->patterns);
	free(w);
}

static const struct kafka_pattern *find(const struct watch *w, const char *expression)
{
	return kafka_patterns_find(w->patterns, w->n_patterns, comm_bytes_of(expression));
}

/* Add the patterns of @r that are new. */
static int collect(struct watch *w, const struct kafka_reader *r)
{
	for (size_t i = 0; i < r->n_patterns; i++) {
		const char *expression = r->patterns[i].expression;
		struct kafka_pattern *grown;

		if (find(w, expression))
			continue;
		grown = reallocarray(w->patterns, w->n_patterns + 1, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		w->patterns = grown;
		if (kafka_pattern_init(&grown[w->n_patterns], comm_bytes_of(expression)))
			return -ENOMEM;
		w->n_patterns++;
	}
	return 0;
}

static int collect_all(struct watch *w)
{
	const struct kafka_consumer *c;
	const struct kafka_reader *r;
	int error = 0;

	LIST_FOREACH(c, &w->client->consumers, entry)
		TAILQ_FOREACH(r, &c->readers, entry)
			if (!error)
				error = collect(w, r);
	return error;
}

static void tell_too_many(struct kafka_reader *r)
{
	struct log_about about = kafka_about(r->client, r->group);
	struct kafka_failure why;

	(void)kafka_failure_refuse(&why, COMM_EBUSY, "topics",
				   "the patterns match more than %d topics; those that are new are "
				   "not read: use several subscriptions",
				   KAFKA_PATTERN_TOPICS_MAX);
	about.error = why.code;
	log_event(LOG_WARNING, LOG_EVENT_NONE, &about, "group \"%s\": %s", r->group, why.message);
	kafka_reader_fail(r, &why);
	kafka_source_again(&r->consumer->source);
}

/* Whether @r wants @topic, which matches @own, and does not know it yet. */
static bool is_new_to(const struct kafka_reader *r, const struct kafka_pattern *own,
		      const char *topic)
{
	return !kafka_pattern_has(own, topic) && kafka_reader_may_match(r, topic);
}

/* Add what @found matches to @own, of @r. Returns how many there is no room for. */
static size_t learn(struct kafka_reader *r, struct kafka_pattern *own,
		    const struct kafka_pattern *found, bool *ret_is_new)
{
	size_t n_left_out = 0;

	for (size_t i = 0; i < found->n_topics; i++) {
		if (!is_new_to(r, own, found->topics[i]))
			continue;
		if (kafka_reader_n_matches(r) >= KAFKA_PATTERN_TOPICS_MAX)
			n_left_out++;
		else
			*ret_is_new |= kafka_pattern_add(own, found->topics[i]) > 0;
	}
	return n_left_out;
}

static void learn_all(const struct watch *w, struct kafka_reader *r, bool *ret_is_new)
{
	size_t n_left_out = 0;

	for (size_t i = 0; i < r->n_patterns; i++) {
		const struct kafka_pattern *found = find(w, r->patterns[i].expression);

		/* A reader may have come since. */
		if (found)
			n_left_out += learn(r, &r->patterns[i], found, ret_is_new);
	}
	/* Told once, until there are fewer. */
	if (n_left_out && !r->has_too_many)
		tell_too_many(r);
	r->has_too_many = n_left_out;
}

static void learn_for(const struct watch *w, struct kafka_consumer *c)
{
	struct kafka_reader *r;
	bool is_new = false;

	TAILQ_FOREACH(r, &c->readers, entry)
		learn_all(w, r, &is_new);
	if (is_new)
		kafka_group_renew(c);
}

/* librdkafka's own interval, if the administrator has made it shorter. */
static uint64_t interval_ms(const struct kafka_client *c, size_t n_topics)
{
	uint64_t ours_ms = INTERVAL_MS + INTERVAL_PER_TOPIC_MS * n_topics;
	long long theirs_ms;
	char text[32];
	size_t size = sizeof text;

	if (rd_kafka_conf_get(rd_kafka_conf(kafka_client_handle(c)),
			      "topic.metadata.refresh.interval.ms", text, &size))
		return ours_ms;
	theirs_ms = strtoll(text, NULL, 10);
	return theirs_ms > 0 ? MIN(ours_ms, (uint64_t)theirs_ms) : ours_ms;
}

static void on_run(struct kafka_job *job)
{
	struct watch *w = container_of(job, struct watch, job);

	w->err = kafka_patterns_look_up(w->patterns, w->n_patterns, job, TIMEOUT_MS, &w->n_topics);
}

static void finish(struct watch *w)
{
	w->client->is_watching = false;
	watch_free(w);
}

static void on_done(struct kafka_job *job)
{
	struct watch *w = container_of(job, struct watch, job);
	struct kafka_client *client = w->client;
	struct kafka_consumer *c;

	/* Unless somebody knows of a new topic since. */
	if (client->watch_at_ms)
		client->watch_at_ms =
			kafka_now_ms(client->kafka) + interval_ms(client, w->n_topics);
	if (!w->err && !client->kafka->is_closing) {
		kafka_client_note_success(client);
		LIST_FOREACH(c, &client->consumers, entry)
			if (c->is_open)
				learn_for(w, c);
	}
	finish(w);
}

static void on_skip(struct kafka_job *job)
{
	finish(container_of(job, struct watch, job));
}

void kafka_watch_hurry(struct kafka_client *c)
{
	c->watch_at_ms = 0;
}

void kafka_watch_tick(struct kafka_client *c)
{
	uint64_t now_ms = kafka_now_ms(c->kafka);
	struct watch *w;

	if (c->is_watching || now_ms < c->watch_at_ms || kafka_client_is_down(c))
		return;
	w = calloc(1, sizeof *w);
	if (!w)
		return;
	w->client = c;
	w->job.run = on_run;
	w->job.done = on_done;
	w->job.skip = on_skip;
	if (collect_all(w) || !w->n_patterns || kafka_job_start(c, &w->job)) {
		watch_free(w);
		return;
	}
	c->is_watching = true;
	c->watch_at_ms = now_ms + INTERVAL_MS;
}

/*
 * Whether the brokers of a profile answer, and what is known if they do not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_cause.h"
#include "daemon/kafka_event.h"
#include "daemon/kafka_metadata.h"
#include "daemon/kafka_producer.h"
#include "daemon/profile.h"
#include "proto/util.h"

#define PROBE_TIMEOUT_MS 2000

struct probe {
	struct kafka_job job;
	char *topic; /* owned; NULL: ask about all */
	rd_kafka_resp_err_t err;
};

static void set_down(struct kafka_client *c)
{
	char sentence[sizeof c->last_error + 64];

	c->health = KAFKA_DOWN;
	if (c->was_down)
		return;
	c->was_down = true;
	(void)snprintf(sentence, sizeof sentence, "no broker answers: %s", c->last_error);
	kafka_event_note(c, EVENT_DOWN, NULL, 1, sentence);
}

void kafka_client_forget_health(struct kafka_client *c)
{
	c->health = KAFKA_UNUSED;
	c->was_down = false;
	c->last_error[0] = '\0';
	c->reason[0] = '\0';
	c->certificate[0] = '\0';
	c->is_distrust = false;
	free(c->stats);
	c->stats = NULL;
}

static void note_cause(struct kafka_client *c, rd_kafka_resp_err_t err, const char *words)
{
	struct kafka_cause cause;

	kafka_cause_find(c->profile, err, words, c->certificate, &cause);
	c->is_distrust = cause.is_distrust;
	(void)snprintf(c->reason, sizeof c->reason, "%s", cause.text);
}

void kafka_client_note_error(struct kafka_client *c, rd_kafka_resp_err_t err, const char *reason)
{
	if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
		(void)snprintf(c->last_error, sizeof c->last_error, "%s%s%s", reason,
			       c->reason[0] ? ": " : "", c->reason);
		set_down(c);
		return;
	}
	note_cause(c, err, reason);
	(void)snprintf(c->last_error, sizeof c->last_error, "%s", c->reason);
	if (c->health == KAFKA_UNUSED && kafka_error_code(err) == COMM_EBROKER)
		set_down(c);
}

void kafka_client_note_disconnect(struct kafka_client *c, const char *words)
{
	note_cause(c, RD_KAFKA_RESP_ERR__TRANSPORT, words);
}

void kafka_explain_silence(const struct kafka_client *c, struct kafka_failure *ret)
{
	static const char none[] = "no answer from the Kafka brokers";
	const char *name = c->profile->name;

	if (c->health == KAFKA_UP)
		(void)kafka_failure_refuse(ret, COMM_EBROKER, NULL, KAFKA_NO_ANSWER);
	else if (c->is_distrust)
		(void)kafka_failure_refuse(ret, COMM_EAUTH, NULL,
					   "profile %s and its brokers do not trust each other: %s",
					   name, c->last_error);
	else if (c->last_error[0])
		(void)kafka_failure_refuse(ret, COMM_EBROKER, NULL, "%s of profile %s: %s", none,
					   name, c->last_error);
	else
		(void)kafka_failure_refuse(
			ret, COMM_EBROKER, NULL,
			"%s of profile %s yet; see its bootstrap.servers if this goes on", none,
			name);
}

bool kafka_client_is_down(const struct kafka_client *c)
{
	return c->health == KAFKA_DOWN;
}

/* ---- asking again ---- */

static void run(struct kafka_job *j)
{
	struct probe *p = container_of(j, struct probe, job);
	const struct rd_kafka_metadata *md;
	rd_kafka_topic_t *rkt = p->topic ? rd_kafka_topic_new(j->rk, p->topic, NULL) : NULL;

	p->err = kafka_metadata_ask(j, rkt, PROBE_TIMEOUT_MS, &md);
	if (!p->err)
		rd_kafka_metadata_destroy(md);
	if (rkt)
		rd_kafka_topic_destroy(rkt);
}

static void probe_free(struct probe *p)
{
	p->job.client->is_probing = false;
	free(p->topic);
	free(p);
}

static void done(struct kafka_job *j)
{
	struct probe *p = container_of(j, struct probe, job);

	if (!p->err)
		kafka_client_note_success(j->client);
	probe_free(p);
}

static void skip(struct kafka_job *j)
{
	probe_free(container_of(j, struct probe, job));
}

static int start(struct kafka_client *c)
{
	const struct kafka_topic *topic = kafka_topics_any(&c->producer->topics);
	struct probe *p = calloc(1, sizeof *p);
	int error = -ENOMEM;

	if (!p)
		return error;
	p->topic = topic ? strdup(topic->name) : NULL;
	p->job.run = run;
	p->job.done = done;
	p->job.skip = skip;
	if (!topic || p->topic)
		error = kafka_job_start(c, &p->job);
	if (error) {
		free(p->topic);
		free(p);
	}
	return error;
}

void kafka_client_check(struct kafka_client *c)
{
	if (c->health == KAFKA_UP && c->was_down) {
		c->was_down = false;
		kafka_event_note(c, EVENT_UP, NULL, 1, "the brokers answer again");
	}
	if (c->health == KAFKA_DOWN && !c->is_probing)
		c->is_probing = !start(c);
}

#include "daemon/kafka_rebuild.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_metadata.h"
#include "daemon/profile.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * To begin to read, the brokers are asked about the topics in a thread, a tail looks up its offsets
 * and a new consumer is prepared there too, since reading certificates takes its time. Back on the
 * loop the reader joins its group's consumer: one that was there, or the new one.
 */

/* Between two attempts when a topic has no leaders for the moment, as when it is quite new. */
#define RETRY_MS 100

struct subscribe {
	struct kafka_job job;
	struct kafka *kafka;         /* borrowed */
	struct kafka_reader *reader; /* owned; until it is given to the caller */
	enum kafka_start start;
	struct kafka_tail tail;
	rd_kafka_conf_t *conf; /* owned; for a new consumer; NULL: there is one */
	rd_kafka_t *rk;        /* owned; the new consumer */
	bool is_planned;       /* counted in kafka::n_planned */
	uint64_t deadline_ms;  /* of kafka_thread_ms() */
	bool is_silent;        /* no broker has answered */
	struct kafka_failure why;
	kafka_reader_fn done;
	void *arg;
};

static void subscribe_free(struct subscribe *s)
{
	s->kafka->n_planned -= s->is_planned;
	kafka_reader_free(s->reader);
	if (s->conf)
		rd_kafka_conf_destroy(s->conf);
	kafka_tail_fini(&s->tail);
	free(s);
}

/* ---- in the thread ---- */

/* How many partitions @topic has. */
static rd_kafka_resp_err_t look_up(struct subscribe *s, const char *topic,
				   int32_t *ret_n_partitions)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(s->job.rk, topic, NULL);
	rd_kafka_resp_err_t err;

	if (!rkt)
		return rd_kafka_last_error();
	err = kafka_metadata_topic(&s->job, rkt, kafka_left_ms(s->deadline_ms), ret_n_partitions);
	s->is_silent = err == RD_KAFKA_RESP_ERR__TIMED_OUT || err == RD_KAFKA_RESP_ERR__TRANSPORT;
	rd_kafka_topic_destroy(rkt);
	return err;
}

static int check_topic(struct subscribe *s, const char *topic, int32_t *ret_n_partitions)
{
	rd_kafka_resp_err_t err;
	int code;

	while ((err = look_up(s, topic, ret_n_partitions))) {
		bool may_pass = err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;

		if (!may_pass || kafka_left_ms(s->deadline_ms) <= RETRY_MS ||
		    s->job.client->kafka->is_closing)
			break;
		uv_sleep(RETRY_MS);
	}
	if (!err)
		return 0;
	code = kafka_error_code(err);
	if (code != COMM_EBROKER)
		code = COMM_ETOPIC_UNAVAILABLE;
	kafka_failure_set(&s->why, code, err, "topic %s", topic);
	return code;
}

static int match_patterns(struct subscribe *s)
{
	struct kafka_reader *r = s->reader;
	size_t n_topics;
	rd_kafka_resp_err_t err = kafka_patterns_look_up(r->patterns, r->n_patterns, &s->job,
							 kafka_left_ms(s->deadline_ms), &n_topics);

	s->is_silent = err == RD_KAFKA_RESP_ERR__TIMED_OUT || err == RD_KAFKA_RESP_ERR__TRANSPORT;
	if (!err)
		return 0;
	kafka_failure_set(&s->why, kafka_error_code(err) == COMM_EBROKER ? 0 : COMM_ETOPIC_QUERY,
			  err, "the topics were not listed");
	return s->why.code;
}

static int prepare(struct subscribe *s)
{
	rd_kafka_conf_t *conf;
	int32_t n_partitions = 0;
	int error = 0;

	for (size_t i = 0; i < s->reader->n_topics && !error; i++) {
		error = check_topic(s, s->reader->topics[i], &n_partitions);
		if (!error && s->tail.list)
			error = kafka_tail_add_topic(&s->tail, s->reader->topics[i],
						     s->tail.is_whole[i], n_partitions, &s->why);
	}
	if (!error && s->reader->n_patterns)
		error = match_patterns(s);
	if (!error && s->tail.list)
		error = kafka_tail_resolve(&s->tail, &s->job, s->deadline_ms, &s->why);
	if (error || !s->conf)
		return error;
	conf = s->conf;
	s->conf = NULL;
	return kafka_open(s->job.profile, RD_KAFKA_CONSUMER, conf, &s->rk, &s->why);
}

static void on_run(struct kafka_job *job)
{
	(void)prepare(container_of(job, struct subscribe, job));
}

/* ---- on the loop again ---- */

/* The consumer that the reader is to join; NULL with the reason in @s->why. */
static struct kafka_consumer *find_or_open(struct subscribe *s)
{
	const struct kafka_reader *r = s->reader;
	struct kafka_consumer *c =
		r->group ? kafka_consumer_find(r->client, comm_bytes_of(r->group)) : NULL;

	if (c)
		return c;
	if (!s->rk) {
		(void)kafka_failure_refuse(&s->why, COMM_EBUSY, NULL,
					   "group \"%s\" has just been left; try again", r->group);
		return NULL;
	}
	c = kafka_consumer_new(r->client, r->group, s->start, s->rk);
	s->rk = NULL;
	/* The profile may have changed since it was prepared. */
	if (!c)
		(void)kafka_failure_refuse(&s->why, COMM_ENO_MEMORY, NULL, "out of memory");
	else if (s->job.serial != r->client->serial)
		kafka_drain_all(c, KAFKA_PROFILE_CHANGED);
	return c;
}

/* Another reader has opened one in the meantime, or nobody waits any more. */
static void drop_handle(struct subscribe *s)
{
	struct kafka_consumer *c;

	if (!s->rk)
		return;
	c = kafka_consumer_new(s->reader->client, NULL, s->start, s->rk);
	if (c)
		kafka_consumer_close(c, NULL);
}

/* Of the topics that match, those that it is to read. */
static int choose_topics(struct subscribe *s)
{
	size_t n;

	(void)kafka_reader_forget(s->reader);
	n = kafka_reader_n_matches(s->reader);
	if (n <= KAFKA_PATTERN_TOPICS_MAX)
		return 0;
	return kafka_failure_refuse(&s->why, COMM_ETOO_BIG, "topics",
				    "the patterns match %zu topics, and at most %d are read by one "
				    "subscription; use several",
				    n, KAFKA_PATTERN_TOPICS_MAX);
}

static void start(struct subscribe *s)
{
	struct kafka_consumer *c = choose_topics(s) ? NULL : find_or_open(s);
	bool is_tail = !s->reader->group;
	int error = 0;

	if (!c)
		return;
	error = kafka_group_join(c, s->reader);
	if (!error)
		kafka_rebuild_join(c);
	if (!error && is_tail)
		error = kafka_assignment_take(c, s->tail.list);
	if (!error)
		return;
	(void)kafka_failure_refuse(&s->why, COMM_ENO_MEMORY, NULL, "out of memory");
	if (s->reader->consumer)
		kafka_group_leave(c, s->reader);
	if (is_tail)
		kafka_consumer_close(c, NULL);
}

static void finish(struct subscribe *s)
{
	struct kafka_reader *r = s->reader;

	drop_handle(s);
	if (s->why.code) {
		s->done(s->arg, &s->why, NULL, (struct comm_list){ NULL, 0 });
	} else {
		s->reader = NULL;
		s->done(s->arg, NULL, r, kafka_tail_begins(&s->tail));
	}
	subscribe_free(s);
}

static void on_done(struct kafka_job *job)
{
	struct subscribe *s = container_of(job, struct subscribe, job);
	struct kafka_client *client = s->reader->client;

	if (client->kafka->is_closing)
		(void)kafka_failure_refuse(&s->why, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	else if (client->is_removed)
		kafka_explain_removal(client, &s->why);
	else if (s->is_silent)
		kafka_explain_silence(client, &s->why);
	else
		kafka_client_note_success(client);
	if (!s->why.code)
		start(s);
	finish(s);
}

static void on_skip(struct kafka_job *job)
{
	struct subscribe *s = container_of(job, struct subscribe, job);

	(void)kafka_failure_refuse(&s->why, COMM_ESHUTDOWN, NULL, "commd is shutting down");
	finish(s);
}

/* ---- the beginning ---- */

/* Those that only linger make room for those that are needed. */
static void close_idle(const struct kafka *k)
{
	struct kafka_client *client;
	struct kafka_consumer *c;

	LIST_FOREACH(client, &k->clients, entry)
		LIST_FOREACH(c, &client->consumers, entry)
			if (!c->n_readers)
				kafka_consumer_close(c, NULL);
}

/* Have a consumer prepared unless there is one to join. */
static int plan_consumer(struct subscribe *s, struct kafka_failure *ret_why)
{
	struct kafka_client *client = s->reader->client;
	struct kafka *k = s->kafka;
	const char *group = s->reader->group;
	struct kafka_consumer *c = group ? kafka_consumer_find(client, comm_bytes_of(group)) : NULL;
	int error;

	/* One that lingers has begun elsewhere, wherever nothing was committed. */
	if (c && !c->n_readers && c->start != s->start) {
		kafka_consumer_close(c, NULL);
		c = NULL;
	}
	if (c)
		return 0;
	if (k->n_consumers + k->n_planned >= k->options.max_consumers) {
		close_idle(k);
		return kafka_failure_refuse(ret_why, COMM_EBUSY, NULL,
					    "%zu Kafka consumers are open; end subscriptions, or "
					    "raise consumers in [limits] of commd.conf",
					    k->n_consumers + k->n_planned);
	}
	error = kafka_conf_new(k, client->profile, RD_KAFKA_CONSUMER, &s->conf, ret_why);
	if (error)
		return error;
	kafka_consumer_configure(s->conf, group, s->start);
	s->is_planned = true;
	k->n_planned++;
	return 0;
}

static int begin(struct subscribe *s, struct kafka_failure *ret_why)
{
	int error = kafka_job_start(s->reader->client, &s->job);

	if (error == COMM_EBUSY)
		return kafka_failure_refuse(ret_why, error, NULL,
					    "too many requests wait for the brokers of profile %s",
					    s->reader->client->profile->name);
	return error;
}

bool kafka_needs_consumer(const struct kafka_client *c, struct comm_bytes group)
{
	return !group.data || !kafka_consumer_find(c, group);
}

int kafka_subscribe(struct kafka_client *c, const struct kafka_reader_options *o,
		    kafka_reader_fn done, void *arg, struct kafka_failure *ret_why)
{
	struct subscribe *s;
	int error;

	if (c->kafka->is_closing)
		return kafka_failure_refuse(ret_why, COMM_ESHUTDOWN, NULL,
					    "commd is shutting down");
	error = kafka_ask_check(c->kafka, o, ret_why);
	if (error)
		return error;
	s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->kafka = c->kafka;
	s->job.run = on_run;
	s->job.done = on_done;
	s->job.skip = on_skip;
	s->start = o->start;
	s->tail.start = o->start;
	s->tail.at = o->at;
	s->deadline_ms = kafka_thread_ms() + (uint64_t)MAX(o->timeout_ms, 0);
	s->done = done;
	s->arg = arg;
	s->reader = kafka_reader_new(c, o);
	error = s->reader ? 0 : -ENOMEM;
	if (!error && !o->group.data)
		error = kafka_ask_list(o, s->reader, &s->tail);
	if (!error)
		error = plan_consumer(s, ret_why);
	if (!error)
		error = begin(s, ret_why);
	if (error)
		subscribe_free(s);
	return error;
}

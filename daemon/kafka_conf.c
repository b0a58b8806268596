#include "daemon/kafka_certificate.h"
#include "daemon/kafka_member.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "daemon/profile.h"
#include "proto/limits.h"
#include "proto/suggest.h"
#include "proto/util.h"

/* librdkafka's limit for requests in flight to one broker with an idempotent producer. */
#define IDEMPOTENT_IN_FLIGHT_MAX 5

#define TOPIC_PREFIX "topic."

struct setting {
	const char *key;
	const char *value;
};

static const struct setting common[] = {
	{ "client.id", "commd" },
	{ "socket.nagle.disable", "true" }, /* false before 2.10 */
	{ "socket.keepalive.enable", "true" },
	{ "reconnect.backoff.max.ms", "1000" }, /* the next host is near, and we are few */
};

/*
 * Without linger a lone record leaves at once, and while requests are in flight a flood forms batches
 * by itself. A broker deals with the requests of one connection one after the other: a second one in
 * flight hides the way there and back, and a third would only wait in the broker, before records
 * that are more urgent. It would cost, too: an idempotent librdkafka asks the socket without a
 * pause while a partition has a request in flight and more to send, unless a request of another
 * partition is ready to follow.
 *
 * Records without a key stay together for a moment, so that a batch of them is one run of offsets in one
 * partition; but not for long, so that while one partition's records are on their way another's are
 * gathered.
 */
static const struct setting producing[] = {
	{ "linger.ms", "0" },
	{ "max.in.flight", "2" },
	{ "sticky.partitioning.linger.ms", "1" },
	{ "partitioner", "murmur2_random" }, /* as Java and most other clients do */
	{ "message.timeout.ms", "30000" },
	{ "statistics.interval.ms", "5000" },    /* more often than anybody looks at graphs */
	{ "allow.auto.create.topics", "false" }, /* true for a producer, false for a consumer */
	/*
	 * The client's window decides how much is in flight, whatever it may be by then. librdkafka's
	 * own limits are never met: a refusal in the middle of a request cannot be undone.
	 */
	{ "queue.buffering.max.messages", "0" },
	{ "queue.buffering.max.kbytes", "2147483647" },
};

static const struct setting consuming[] = {
	/* Of each reader, so that it stays in the cache; and of one answer, if nobody sets fetch.max.bytes. */
	{ "queued.max.messages.kbytes", "4096" },
	{ "auto.commit.interval.ms", "1000" }, /* what may be read twice after a crash */
	{ "session.timeout.ms", "30000" },
	{ "fetch.wait.max.ms", "100" }, /* also until a partition's end is noticed */
	/* Until a topic that was deleted is called so, by a newer librdkafka; of one that was only just
	 * created we make sure before. */
	{ "topic.metadata.propagation.max.ms", "5000" },
};

/* Not known to every librdkafka. */
static const struct setting consuming_if_known[] = {
	{ "fetch.queue.backoff.ms", "10" }, /* otherwise a full queue is looked at once a second */
};

/*
 * The mock cluster answers an empty fetch only when its time has passed, and lets new members of a
 * group wait for as long as a session may last.
 */
static const struct setting consuming_dev[] = {
	{ "fetch.wait.max.ms", "5" },
	{ "session.timeout.ms", "6000" },
	{ "heartbeat.interval.ms", "200" },
};

static void set_all(rd_kafka_conf_t *conf, const struct setting *settings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kafka_conf_set(conf, settings[i].key, settings[i].value);
}

/* librdkafka takes a topic's property with and without the prefix. */
static const char *plain_key(const char *key)
{
	return strncmp(key, TOPIC_PREFIX "metadata.", strlen(TOPIC_PREFIX "metadata.")) &&
			       !strncmp(key, TOPIC_PREFIX, strlen(TOPIC_PREFIX)) &&
			       strcmp(key, "topic.blacklist")
		       ? key + strlen(TOPIC_PREFIX)
		       : key;
}

/* What @p sets @key or its other name @alias to, or NULL. */
static const char *value_of(const struct profile *p, const char *key, const char *alias)
{
	for (size_t i = 0; i < p->n_properties; i++) {
		const char *k = plain_key(p->properties[i].key);

		if (!strcmp(k, key) || (alias && !strcmp(k, alias)))
			return p->properties[i].value;
	}
	return NULL;
}

static const char *acks_of(const struct profile *p)
{
	return value_of(p, "acks", "request.required.acks");
}

/* Whether the profile asks for something that an idempotent producer cannot do. */
static bool forbids_idempotence(const struct profile *p)
{
	const char *acks = acks_of(p);
	const char *in_flight =
		value_of(p, "max.in.flight", "max.in.flight.requests.per.connection");
	const char *retries = value_of(p, "retries", "message.send.max.retries");
	const char *strategy = value_of(p, "queuing.strategy", NULL);
	const char *threshold = value_of(p, "queue.buffering.backpressure.threshold", NULL);

	return (acks && strcmp(acks, "all") && strcmp(acks, "-1")) ||
	       (in_flight && atoi(in_flight) > IDEMPOTENT_IN_FLIGHT_MAX) ||
	       (retries && atoi(retries) < 1) || (strategy && strcmp(strategy, "fifo")) ||
	       (threshold && atoi(threshold) > 1);
}

/* As librdkafka reads it. */
static bool is_true(const char *value)
{
	return !strcasecmp(value, "true") || !strcasecmp(value, "t") || !strcmp(value, "1");
}

/* Without idempotence a retried request overtakes those behind it, unless there are none. */
static void set_delivery(rd_kafka_conf_t *conf, const struct profile *p)
{
	const char *asked = value_of(p, "enable.idempotence", NULL);
	bool idempotent = asked ? is_true(asked) : !forbids_idempotence(p);

	if (!acks_of(p))
		kafka_conf_set(conf, "acks", "all");
	if (idempotent && !asked)
		kafka_conf_set(conf, "enable.idempotence", "true");
	if (!idempotent)
		kafka_conf_set(conf, "max.in.flight", "1");
}

static void set_defaults(rd_kafka_conf_t *conf, const struct kafka *k, const struct profile *p,
			 rd_kafka_type_t type)
{
	set_all(conf, common, ARRAY_SIZE(common));
	if (type == RD_KAFKA_PRODUCER) {
		set_all(conf, producing, ARRAY_SIZE(producing));
		set_delivery(conf, p);
		return;
	}
	set_all(conf, consuming, ARRAY_SIZE(consuming));
	for (size_t i = 0; i < ARRAY_SIZE(consuming_if_known); i++)
		kafka_conf_try(conf, consuming_if_known[i].key, consuming_if_known[i].value);
	if (k && k->dev)
		set_all(conf, consuming_dev, ARRAY_SIZE(consuming_dev));
}

/* How to reach the real brokers is of no use for the mock cluster. */
static bool is_about_connection(const char *key)
{
	static const char *const prefixes[] = { "security.",   "sasl.",
						"ssl.",        "enable.ssl.",
						"enable.sasl", "bootstrap.servers",
						"test.mock",   "metadata.broker.list" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(key, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static void offer_all(struct suggest *s, const char **pairs, size_t n_pairs)
{
	for (size_t i = 0; i < n_pairs; i += 2)
		suggest_offer(s, pairs[i]);
}

/* A question about the property that was probably meant, into @out, if one is near. */
static void suggest_key(const char *key, rd_kafka_conf_t *conf, char *out, size_t size)
{
	/* Names that are more usual than the ones they stand for. */
	static const char *aliases[] = { "bootstrap.servers", "acks",
					 "linger.ms",         "compression.type",
					 "retries",           "max.in.flight",
					 "sasl.mechanism",    "delivery.timeout.ms" };
	rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
	size_t n_global, n_topic;
	const char **global = rd_kafka_conf_dump(conf, &n_global);
	const char **topic = rd_kafka_topic_conf_dump(topic_conf, &n_topic);
	struct suggest s;

	suggest_init(&s, key);
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		suggest_offer(&s, aliases[i]);
	offer_all(&s, global, n_global);
	offer_all(&s, topic, n_topic);
	if (s.best)
		(void)snprintf(out, size, "; did you mean \"%s\"?", s.best);
	rd_kafka_conf_dump_free(global, n_global);
	rd_kafka_conf_dump_free(topic, n_topic);
	rd_kafka_topic_conf_destroy(topic_conf);
}

static int set_property(rd_kafka_conf_t *conf, const struct profile *p,
			const struct property *property, struct kafka_failure *ret_why)
{
	char why[256], hint[128] = "", id[COMM_NAME_MAX + 1];
	const char *value = property->value, *refused;

	if (!strcmp(property->key, "group.instance.id")) {
		refused = kafka_member_expand(p, value, id, sizeof id);
		if (refused) {
			(void)snprintf(why, sizeof why, "\"%s\": %s", property->key, refused);
			return kafka_open_refuse(p, property, why, "", ret_why);
		}
		value = id;
	}
	switch (rd_kafka_conf_set(conf, property->key, value, why, sizeof why)) {
	case RD_KAFKA_CONF_OK:
		return 0;
	case RD_KAFKA_CONF_UNKNOWN:
		suggest_key(property->key, conf, hint, sizeof hint);
		/* fallthrough */
	default:
		return kafka_open_refuse(p, property, why, hint, ret_why);
	}
}

/* That a consumer goes on elsewhere, for a record is not there any more, is said by a warning alone. */
static void hear_of_resets(rd_kafka_conf_t *conf)
{
	if (kafka_conf_number(conf, "log_level") < LOG_WARNING)
		kafka_conf_set(conf, "log_level", "4");
}

int kafka_conf_log_level(const struct profile *p)
{
	const char *level = value_of(p, "log_level", NULL), *debug = value_of(p, "debug", NULL);

	return level && !(debug && *debug) ? atoi(level) : LOG_DEBUG;
}

int kafka_conf_new(const struct kafka *k, const struct profile *p, rd_kafka_type_t type,
		   rd_kafka_conf_t **ret, struct kafka_failure *ret_why)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	int error = 0;

	set_defaults(conf, k, p, type);
	for (size_t i = 0; i < p->n_properties && !error; i++)
		if (!k || !k->dev || !is_about_connection(p->properties[i].key))
			error = set_property(conf, p, &p->properties[i], ret_why);
	if (error) {
		rd_kafka_conf_destroy(conf);
		return error;
	}
	if (type == RD_KAFKA_CONSUMER)
		hear_of_resets(conf);
	kafka_conf_set(conf, "log.queue", "true");
	kafka_certificate_watch(conf);
	if (k && k->dev) {
		kafka_conf_set(conf, "bootstrap.servers", kafka_dev_servers(k->dev));
		/* Topics come and go at our word, not within some time. */
		kafka_conf_set(conf, "topic.metadata.propagation.max.ms", "0");
	}
	*ret = conf;
	return 0;
}

void kafka_conf_set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
	char why[256];
	rd_kafka_conf_res_t r = rd_kafka_conf_set(conf, key, value, why, sizeof why);

	assert(r == RD_KAFKA_CONF_OK);
	(void)r;
}

void kafka_conf_try(rd_kafka_conf_t *conf, const char *key, const char *value)
{
	char why[256];

	(void)rd_kafka_conf_set(conf, key, value, why, sizeof why);
}

int64_t kafka_conf_number(const rd_kafka_conf_t *conf, const char *key)
{
	char text[32];
	size_t size = sizeof text;
	rd_kafka_conf_res_t r = rd_kafka_conf_get(conf, key, text, &size);

	assert(r == RD_KAFKA_CONF_OK);
	(void)r;
	return strtoll(text, NULL, 10);
}

#include "daemon/kafka_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/util.h"

#define NOT_ALLOWED \
	"the brokers must allow it to the user of this profile by an ACL (kafka-acls --add)"

#define E(name) RD_KAFKA_RESP_ERR_##name

/* Kafka's codes that have a meaning of ours, and what to do about them; the others are told in Kafka's
 * words under the code of what was being done. */
static const struct meaning {
	rd_kafka_resp_err_t err;
	int code;
	const char *next_step; /* or NULL */
} meanings[] = {
	{ E(_UNKNOWN_TOPIC), COMM_ETOPIC_UNAVAILABLE, "create it: commctl create-topic NAME" },
	{ E(_UNKNOWN_PARTITION), COMM_ETOPIC_UNAVAILABLE, NULL },
	{ E(UNKNOWN_TOPIC_OR_PART), COMM_ETOPIC_UNAVAILABLE,
	  "create it: commctl create-topic NAME" },
	{ E(TOPIC_EXCEPTION), COMM_ETOPIC_UNAVAILABLE, NULL },
	{ E(TOPIC_AUTHORIZATION_FAILED), COMM_ETOPIC_UNAVAILABLE, NOT_ALLOWED },
	{ E(NON_EMPTY_GROUP), COMM_EGROUP_ACTIVE, "stop its members first" },
	{ E(GROUP_AUTHORIZATION_FAILED), COMM_EDENIED, NOT_ALLOWED },
	{ E(CLUSTER_AUTHORIZATION_FAILED), COMM_EDENIED, NOT_ALLOWED },
	{ E(MSG_SIZE_TOO_LARGE), COMM_ETOO_BIG,
	  "it, or the batch that it was sent in, exceeds the topic's max.message.bytes (or the "
	  "brokers' message.max.bytes); the profile's batch.size bounds batches" },
	{ E(RECORD_LIST_TOO_LARGE), COMM_ETOO_BIG,
	  "it, or the batch that it was sent in, exceeds the topic's segment.bytes (or the "
	  "brokers' log.segment.bytes); the profile's batch.size bounds batches" },
	{ E(_QUEUE_FULL), COMM_EBUSY, NULL },
	{ E(_PURGE_QUEUE), COMM_ESHUTDOWN, NULL },
	{ E(_PURGE_INFLIGHT), COMM_ESHUTDOWN, NULL },
	{ E(_DESTROY), COMM_ESHUTDOWN, NULL },
	{ E(_AUTHENTICATION), COMM_EBROKER, "see sasl.username and sasl.password of the profile" },
	{ E(SASL_AUTHENTICATION_FAILED), COMM_EBROKER,
	  "see sasl.username and sasl.password of the profile" },
	{ E(_SSL), COMM_EBROKER, "see the ssl.* properties of the profile" },
	{ E(_RESOLVE), COMM_EBROKER, "see bootstrap.servers of the profile" },
	{ KAFKA_INFERRED, COMM_EUNKNOWN_OUTCOME,
	  "the brokers have later records of the partition, but never confirmed this one" },
	{ E(_TRANSPORT), COMM_EBROKER, NULL },
	{ E(_ALL_BROKERS_DOWN), COMM_EBROKER, NULL },
	{ E(_MSG_TIMED_OUT), COMM_EBROKER, NULL },
	{ E(_TIMED_OUT), COMM_EBROKER, NULL },
	{ E(_TIMED_OUT_QUEUE), COMM_EBROKER, NULL },
	{ E(_WAIT_COORD), COMM_EBROKER, NULL },
	{ E(_NODE_UPDATE), COMM_EBROKER, NULL },
	{ E(_UNKNOWN_BROKER), COMM_EBROKER, NULL },
	{ E(LEADER_NOT_AVAILABLE), COMM_EBROKER, NULL },
	{ E(NOT_LEADER_FOR_PARTITION), COMM_EBROKER, NULL },
	{ E(REQUEST_TIMED_OUT), COMM_EBROKER, NULL },
	{ E(BROKER_NOT_AVAILABLE), COMM_EBROKER, NULL },
	{ E(REPLICA_NOT_AVAILABLE), COMM_EBROKER, NULL },
	{ E(NETWORK_EXCEPTION), COMM_EBROKER, NULL },
	{ E(COORDINATOR_LOAD_IN_PROGRESS), COMM_EBROKER, NULL },
	{ E(COORDINATOR_NOT_AVAILABLE), COMM_EBROKER, NULL },
	{ E(NOT_COORDINATOR), COMM_EBROKER, NULL },
	{ E(NOT_CONTROLLER), COMM_EBROKER, NULL },
	{ E(NOT_ENOUGH_REPLICAS), COMM_EBROKER,
	  "too few replicas are in sync for the topic's min.insync.replicas" },
	{ E(NOT_ENOUGH_REPLICAS_AFTER_APPEND), COMM_EBROKER,
	  "too few replicas are in sync for the topic's min.insync.replicas" },
	{ E(KAFKA_STORAGE_ERROR), COMM_EBROKER, NULL },
};

static const struct meaning *find(rd_kafka_resp_err_t err)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].err == err)
			return &meanings[i];
	return NULL;
}

int kafka_error_code(rd_kafka_resp_err_t err)
{
	const struct meaning *m = find(err);

	return m ? m->code : COMM_EINTERNAL;
}

const char *kafka_error_next_step(rd_kafka_resp_err_t err)
{
	const struct meaning *m = find(err);

	return m ? m->next_step : NULL;
}

int kafka_error_refusal(rd_kafka_resp_err_t err, int code)
{
	int own = kafka_error_code(err);

	return own == COMM_EBROKER || own == COMM_EDENIED || own == COMM_EGROUP_ACTIVE ? own : code;
}

bool kafka_error_is_open(rd_kafka_resp_err_t err, const char *words)
{
	if (kafka_error_code(err) != COMM_EBROKER)
		return false;
	if (err > 0)
		return err == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
		       err == RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION;
	/* It tells in words only what it waited for in vain. */
	return !words ||
	       (!strstr(words, "waiting for controller") && !strstr(words, "waiting for broker"));
}

rd_kafka_resp_err_t kafka_error_of_group(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
			       err == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
			       err == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS
		       ? RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP
		       : err;
}

const char *kafka_error_words(rd_kafka_resp_err_t err, char *out, size_t size)
{
	(void)snprintf(out, size, "%s: %s", rd_kafka_err2name(err), rd_kafka_err2str(err));
	return out;
}

static void add(struct kafka_failure *f, const char *separator, const char *words)
{
	size_t len = strlen(f->message);

	(void)snprintf(f->message + len, sizeof f->message - len, "%s%s", len ? separator : "",
		       words);
}

static void set(struct kafka_failure *f, int code, rd_kafka_resp_err_t err, const char *words,
		const char *format, va_list ap)
{
	const struct meaning *m = find(err);
	char own[256];

	f->code = code ? code : kafka_error_code(err);
	f->detail[0] = '\0';
	(void)vsnprintf(f->message, sizeof f->message, format, ap);
	add(f, ": ", kafka_error_words(err, own, sizeof own));
	/* Some brokers' words are but librdkafka's. */
	if (words && strcmp(words, rd_kafka_err2str(err)))
		add(f, ": ", words);
	if (m && m->next_step)
		add(f, "; ", m->next_step);
}

void kafka_failure_set(struct kafka_failure *f, int code, rd_kafka_resp_err_t err,
		       const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(f, code, err, NULL, format, ap);
	va_end(ap);
}

void kafka_failure_set_words(struct kafka_failure *f, int code, rd_kafka_resp_err_t err,
			     const char *words, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(f, code, err, words, format, ap);
	va_end(ap);
}

int kafka_failure_refuse(struct kafka_failure *f, int code, const char *detail, const char *format,
			 ...)
{
	va_list ap;

	f->code = code;
	(void)snprintf(f->detail, sizeof f->detail, "%s", detail ? detail : "");
	va_start(ap, format);
	(void)vsnprintf(f->message, sizeof f->message, format, ap);
	va_end(ap);
	return code;
}

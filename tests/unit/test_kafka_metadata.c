/*
 * What is waited for until the brokers have told each other, where each says what a script has for it.
 */
#include "daemon/kafka_metadata.h"

#include "proto/util.h"
#include "tests/lib/main.h"

enum { BROKERS = 3 };

/* An answer of one broker: whether it knows the topic, which has one partition. */
struct reply {
	int32_t id;
	bool knows;
};

static const struct reply *script;
static size_t n_replies, n_asked;

rd_kafka_resp_err_t __wrap_rd_kafka_metadata(rd_kafka_t *rk, int all_topics,
					     rd_kafka_topic_t *only_rkt,
					     const struct rd_kafka_metadata **ret, int timeout_ms);
void __wrap_rd_kafka_metadata_destroy(const struct rd_kafka_metadata *md);

/* The last answer of the script is given again and again. */
rd_kafka_resp_err_t __wrap_rd_kafka_metadata(rd_kafka_t *rk, int all_topics,
					     rd_kafka_topic_t *only_rkt,
					     const struct rd_kafka_metadata **ret, int timeout_ms)
{
	static rd_kafka_metadata_partition_t partition = { .leader = 1 };
	static rd_kafka_metadata_topic_t topic = { .partitions = &partition };
	static rd_kafka_metadata_t md = { .topic_cnt = 1, .topics = &topic, .broker_cnt = BROKERS };
	const struct reply *reply = &script[MIN(n_asked, n_replies - 1)];

	(void)rk;
	(void)all_topics;
	(void)only_rkt;
	(void)timeout_ms;
	n_asked++;
	md.orig_broker_id = reply->id;
	topic.partition_cnt = reply->knows;
	topic.err =
		reply->knows ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	*ret = &md;
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void __wrap_rd_kafka_metadata_destroy(const struct rd_kafka_metadata *md)
{
	(void)md;
}

/* Returns how often a broker was asked. */
static size_t await(const struct reply *answers, size_t n, int n_partitions)
{
	struct kafka kafka = { .n_consumers = 0 };
	struct kafka_client client = { .kafka = &kafka };
	struct kafka_job job = { .client = &client };
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	/* Without a word about brokers that it does not have. */
	ck_assert_int_eq(rd_kafka_conf_set(conf, "log_level", "0", NULL, 0), RD_KAFKA_CONF_OK);
	job.rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
	ck_assert_ptr_nonnull(job.rk);
	script = answers;
	n_replies = n;
	n_asked = 0;
	kafka_metadata_await(&job, "t", n_partitions, 60000);
	rd_kafka_destroy(job.rk);
	return n_asked;
}

START_TEST(a_topic_is_there_when_each_broker_knows_it)
{
	static const struct reply answers[] = { { 1, false }, { 1, true }, { 2, false },
						{ 1, true },  { 3, true }, { 2, false },
						{ 2, true } };

	ck_assert_uint_eq(await(answers, ARRAY_SIZE(answers), 1), ARRAY_SIZE(answers));
}
END_TEST

START_TEST(and_gone_when_none_does)
{
	static const struct reply answers[] = {
		{ 1, false }, { 2, true }, { 3, false }, { 2, false }
	};

	ck_assert_uint_eq(await(answers, ARRAY_SIZE(answers), 0), ARRAY_SIZE(answers));
}
END_TEST

/* There may be a connection to one alone, or none of which one knows which broker it is. */
START_TEST(what_cannot_be_asked_is_not_waited_for)
{
	static const struct reply one[] = { { 2, true } }, unnamed[] = { { -1, true } };

	ck_assert_uint_lt(await(one, 1, 1), 30);
	ck_assert_uint_lt(await(unnamed, 1, 1), 30);
}
END_TEST

TEST_MAIN("kafka_metadata", a_topic_is_there_when_each_broker_knows_it, and_gone_when_none_does,
	  what_cannot_be_asked_is_not_waited_for)

#include "tests/bench/bench.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <unistd.h>

/* A deleted topic shall be off the disk before the next measurement, not a minute later. */
#define DELETE_DELAY_MS "500"

static rd_kafka_t *admin_open(const char *bootstrap)
{
	char reason[512];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;

	if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, reason, sizeof reason))
		bench_fail("%s", reason);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
	if (!rk)
		bench_fail("%s", reason);
	return rk;
}

static void check_results(const rd_kafka_topic_result_t **results, size_t n_results)
{
	size_t i;

	for (i = 0; i < n_results; i++) {
		if (rd_kafka_topic_result_error(results[i]))
			bench_fail("topic %s: %s", rd_kafka_topic_result_name(results[i]),
				   rd_kafka_topic_result_error_string(results[i]));
	}
}

static rd_kafka_event_t *answer_wait(rd_kafka_queue_t *queue)
{
	rd_kafka_event_t *answer = rd_kafka_queue_poll(queue, BENCH_LIMIT_MS);

	if (!answer)
		bench_fail("the broker does not answer");
	if (rd_kafka_event_error(answer))
		bench_fail("%s", rd_kafka_event_error_string(answer));
	return answer;
}

static bool has_leaders(rd_kafka_t *rk, rd_kafka_topic_t *topic, int n_partitions)
{
	const struct rd_kafka_metadata *metadata;
	int n_led = 0, i;

	if (rd_kafka_metadata(rk, 0, topic, &metadata, BENCH_LIMIT_MS))
		return false;
	if (metadata->topic_cnt == 1) {
		for (i = 0; i < metadata->topics[0].partition_cnt; i++)
			n_led += metadata->topics[0].partitions[i].leader >= 0;
	}
	rd_kafka_metadata_destroy(metadata);
	return n_led == n_partitions;
}

static void leaders_wait(rd_kafka_t *rk, const char *name, int n_partitions)
{
	double start_us = bench_now_us();
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);

	while (!has_leaders(rk, topic, n_partitions)) {
		if (bench_now_us() - start_us > BENCH_LIMIT_MS * 1e3)
			bench_fail("topic %s has no leaders", name);
		usleep(10000);
	}
	rd_kafka_topic_destroy(topic);
}

void topic_create(const char *bootstrap, const char *topic, int n_partitions)
{
	char reason[512];
	const rd_kafka_topic_result_t **results;
	size_t n_results;
	rd_kafka_t *rk = admin_open(bootstrap);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_NewTopic_t *wanted =
		rd_kafka_NewTopic_new(topic, n_partitions, -1, reason, sizeof reason);
	rd_kafka_event_t *answer;

	if (!wanted)
		bench_fail("topic %s: %s", topic, reason);
	if (rd_kafka_NewTopic_set_config(wanted, "file.delete.delay.ms", DELETE_DELAY_MS))
		bench_fail("topic %s: out of memory", topic);
	rd_kafka_CreateTopics(rk, &wanted, 1, NULL, queue);
	answer = answer_wait(queue);
	results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer),
						      &n_results);
	check_results(results, n_results);
	leaders_wait(rk, topic, n_partitions);
	rd_kafka_event_destroy(answer);
	rd_kafka_NewTopic_destroy(wanted);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
}

void topic_delete(const char *bootstrap, const char *topic)
{
	const rd_kafka_topic_result_t **results;
	size_t n_results;
	rd_kafka_t *rk = admin_open(bootstrap);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_DeleteTopic_t *unwanted = rd_kafka_DeleteTopic_new(topic);
	rd_kafka_event_t *answer;

	rd_kafka_DeleteTopics(rk, &unwanted, 1, NULL, queue);
	answer = answer_wait(queue);
	results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(answer),
						      &n_results);
	check_results(results, n_results);
	rd_kafka_event_destroy(answer);
	rd_kafka_DeleteTopic_destroy(unwanted);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
}

/* Not so before the group's coordinator has been chosen. */
static bool is_settled(rd_kafka_t *rk, rd_kafka_queue_t *queue, const char *group)
{
	const rd_kafka_ConsumerGroupDescription_t **groups;
	rd_kafka_event_t *answer;
	size_t n_groups;
	bool is_so;

	rd_kafka_DescribeConsumerGroups(rk, &group, 1, NULL, queue);
	answer = answer_wait(queue);
	groups = rd_kafka_DescribeConsumerGroups_result_groups(
		rd_kafka_event_DescribeConsumerGroups_result(answer), &n_groups);
	is_so = n_groups == 1 && !rd_kafka_ConsumerGroupDescription_error(groups[0]) &&
		rd_kafka_ConsumerGroupDescription_state(groups[0]) ==
			RD_KAFKA_CONSUMER_GROUP_STATE_STABLE &&
		rd_kafka_ConsumerGroupDescription_member_count(groups[0]) == 1;
	rd_kafka_event_destroy(answer);
	return is_so;
}

void group_settle(const char *bootstrap, const char *group)
{
	double start_us = bench_now_us();
	rd_kafka_t *rk = admin_open(bootstrap);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);

	while (!is_settled(rk, queue, group)) {
		if (bench_now_us() - start_us > BENCH_LIMIT_MS * 1e3)
			bench_fail("group %s does not settle", group);
		usleep(10000);
	}
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
}

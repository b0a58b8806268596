#include "tests/e2e/outside.h"

#include <check.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/e2e.h"
#include "tests/lib/wire.h"

#define LIMIT_MS 60000

/* Between two questions where nobody tells that something has changed. */
#define STEP_MS 50

static rd_kafka_t *open_handle(const char *kafka, rd_kafka_type_t type, const char *group)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	rd_kafka_t *rk;

	ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers", kafka, why, sizeof why), 0);
	if (group)
		ck_assert_int_eq(rd_kafka_conf_set(conf, "group.id", group, why, sizeof why), 0);
	rk = rd_kafka_new(type, conf, why, sizeof why);
	ck_assert_msg(rk != NULL, "%s", why);
	return rk;
}

static rd_kafka_topic_partition_list_t *list_one(const char *topic, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, topic, 0)->offset = offset;
	return list;
}

void outside_delete_records(const char *kafka, const char *topic, int64_t offset)
{
	rd_kafka_t *rk = open_handle(kafka, RD_KAFKA_PRODUCER, NULL);
	rd_kafka_topic_partition_list_t *list = list_one(topic, offset);
	rd_kafka_DeleteRecords_t *request = rd_kafka_DeleteRecords_new(list);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_event_t *e;

	rd_kafka_DeleteRecords(rk, &request, 1, NULL, queue);
	e = rd_kafka_queue_poll(queue, LIMIT_MS);
	ck_assert_ptr_nonnull(e);
	ck_assert_msg(!rd_kafka_event_error(e), "%s", rd_kafka_event_error_string(e));
	rd_kafka_event_destroy(e);
	rd_kafka_queue_destroy(queue);
	rd_kafka_DeleteRecords_destroy(request);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
}

void outside_commit(const char *kafka, const char *group, const char *topic, int64_t offset)
{
	rd_kafka_t *rk = open_handle(kafka, RD_KAFKA_CONSUMER, group);
	rd_kafka_topic_partition_list_t *list = list_one(topic, offset);
	rd_kafka_resp_err_t err = rd_kafka_commit(rk, list, 0);

	ck_assert_msg(!err, "%s", rd_kafka_err2str(err));
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
}

void outside_await_group(const char *kafka, const char *group, const char *state, int n_members)
{
	rd_kafka_t *rk = open_handle(kafka, RD_KAFKA_PRODUCER, NULL);
	int64_t deadline_ms = e2e_now_ms() + LIMIT_MS;
	const struct rd_kafka_group_list *list;
	bool is_there = false;

	while (!is_there) {
		ck_assert_msg(e2e_now_ms() < deadline_ms, "group %s is not %s with %d members",
			      group, state, n_members);
		if (rd_kafka_list_groups(rk, group, &list, LIMIT_MS))
			continue;
		is_there = list->group_cnt == 1 && !strcmp(list->groups[0].state, state) &&
			   list->groups[0].member_cnt == n_members;
		rd_kafka_group_list_destroy(list);
		if (!is_there)
			poll(NULL, 0, STEP_MS);
	}
	rd_kafka_destroy(rk);
}

int64_t outside_times(const struct daemon_under_test *d, const char *event)
{
	struct comm_status_result result;
	const struct comm_wire_event *e;
	struct wire_reply reply;
	int fd = wire_connect(d);
	int64_t n = 0;

	wire_call(fd, 1, COMM_METHOD_STATUS, NULL, &reply, &result);
	e = result.events.items;
	for (size_t i = 0; i < result.events.n; i++)
		if (comm_bytes_is(e[i].event, event))
			n += e[i].times;
	wire_reply_fini(&reply);
	close(fd);
	return n;
}

void outside_await_event(const struct daemon_under_test *d, const char *event)
{
	int64_t deadline_ms = e2e_now_ms() + LIMIT_MS;

	while (!outside_times(d, event)) {
		ck_assert_msg(e2e_now_ms() < deadline_ms, "status has no event %s", event);
		poll(NULL, 0, STEP_MS);
	}
}

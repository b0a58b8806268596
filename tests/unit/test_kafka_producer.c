#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "daemon/kafka_producer.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

#define PRODUCE_API      0
#define LIST_OFFSETS_API 2

static rd_kafka_mock_cluster_t *mock_of(const struct world *w)
{
	return kafka_dev_cluster(w->kafka->dev);
}

/* ---- records ---- */

START_TEST(test_every_record_has_its_outcome)
{
	enum { SENDS = 40, RECORDS = 500 };
	static struct comm_wire_record records[RECORDS];
	static char values[RECORDS][16];
	struct sending s[SENDS];
	struct world w;

	world_init(&w, 100000, "");
	world_create(&w, "t", 4);
	records_fill(records, values, RECORDS, 0);
	for (size_t i = 0; i < RECORDS; i++)
		records[i].partition = 3;
	for (int i = 0; i < SENDS; i++)
		sending_start(&s[i], &w, "t", records, RECORDS);
	for (int64_t i = 0; i < SENDS; i++) {
		sending_await(&s[i]);
		ck_assert_int_eq(s[i].error, 0);
		for (int64_t n = 0; n < RECORDS; n++) {
			const struct kafka_outcome *o = &s[i].batch->outcomes[n];

			ck_assert(o->done && !o->reason && !o->maybe_persisted);
			ck_assert_int_eq(o->partition, 3);
			ck_assert_int_eq(o->offset, i * RECORDS + n);
		}
		sending_fini(&s[i]);
	}
	world_assert_balanced(&w, SENDS * RECORDS, 0);
	world_fini(&w);
}
END_TEST

static void look_at_plain(void *arg, size_t i, const rd_kafka_message_t *m)
{
	(void)arg;
	switch (i) {
	case 0: /* a tombstone with a key */
		ck_assert_ptr_null(m->payload);
		ck_assert_mem_eq(m->key, "k", 1);
		break;
	case 1: /* an empty value and no key */
		ck_assert_ptr_nonnull(m->payload);
		ck_assert_uint_eq(m->len, 0);
		ck_assert_ptr_null(m->key);
		break;
	case 2: /* an empty key */
		ck_assert_ptr_nonnull(m->key);
		ck_assert_uint_eq(m->key_len, 0);
		ck_assert_mem_eq(m->payload, "v\0w", 3);
		break;
	default:
		ck_abort();
	}
}

START_TEST(test_nil_is_not_empty)
{
	struct comm_wire_record records[] = { record_of(NULL), record_of(""), record_of("") };
	struct sending s;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	records[0].key = comm_bytes_of("k");
	records[2].key = comm_bytes_of("");
	records[2].value = (struct comm_bytes){ "v\0w", 3 };
	sending_start(&s, &w, "t", records, 3);
	sending_await(&s);
	ck_assert_int_eq(s.error, 0);
	sending_fini(&s);
	world_read(&w, "t", 0, 3, look_at_plain, NULL);
	world_fini(&w);
}
END_TEST

static void look_at_headers(void *arg, size_t i, const rd_kafka_message_t *m)
{
	rd_kafka_timestamp_type_t type;
	rd_kafka_headers_t *headers;
	const void *value;
	const char *name;
	size_t size;

	(void)arg;
	ck_assert_int_eq(rd_kafka_message_timestamp(m, &type), 1700000000000 + (int64_t)i);
	ck_assert_mem_eq(m->payload, "v", 1);
	ck_assert_mem_eq(m->key, "k", 1);
	if (i == 1) {
		ck_assert_int_ne(rd_kafka_message_headers(m, &headers), 0);
		return;
	}
	ck_assert_int_eq(rd_kafka_message_headers(m, &headers), 0);
	ck_assert_uint_eq(rd_kafka_header_cnt(headers), 3);
	(void)rd_kafka_header_get_all(headers, 0, &name, &value, &size);
	ck_assert_str_eq(name, "a");
	ck_assert_mem_eq(value, "1\0", 2);
	ck_assert_uint_eq(size, 2);
	(void)rd_kafka_header_get_all(headers, 1, &name, &value, &size);
	ck_assert_str_eq(name, "a");
	ck_assert_ptr_null(value);
	(void)rd_kafka_header_get_all(headers, 2, &name, &value, &size);
	ck_assert_str_eq(name, "");
	ck_assert_ptr_nonnull(value);
	ck_assert_uint_eq(size, 0);
}

START_TEST(test_headers_and_timestamps)
{
	/* The name is not a C string: it ends with its length. */
	struct comm_wire_header headers[] = { { { "a!", 1 }, { "1\0", 2 } },
					      { { "a", 1 }, { NULL, 0 } },
					      { { "", 0 }, { "", 0 } } };
	struct comm_wire_record records[] = { record_of("v"), record_of("v") };
	struct sending s;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	records[0].headers = (struct comm_list){ headers, 3 };
	for (int i = 0; i < 2; i++) {
		records[i].key = comm_bytes_of("k");
		records[i].timestamp_ms = 1700000000000 + i;
	}
	sending_start(&s, &w, "t", records, 2);
	sending_await(&s);
	ck_assert_int_eq(s.error, 0);
	ck_assert_int_eq(s.batch->outcomes[1].offset, 1);
	sending_fini(&s);
	world_read(&w, "t", 0, 2, look_at_headers, NULL);
	world_assert_balanced(&w, 2, 0);
	world_fini(&w);
}
END_TEST

/* ---- refused before anything is sent ---- */

START_TEST(test_unknown_topic)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "");
	ck_assert_int_eq(world_send(&w, "t", &r, &why), COMM_ETOPIC_UNAVAILABLE);
	ck_assert_str_eq(why.detail, "topic");
	ck_assert_ptr_nonnull(
		strstr(why.message, "UNKNOWN_TOPIC_OR_PART: Broker: Unknown topic or partition"));
	ck_assert_ptr_nonnull(strstr(why.message, "commctl create-topic t"));
	/* Creating it helps at once. */
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_assert_balanced(&w, 1, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_topic_names)
{
	static const char *const names[] = { "", ".", "..", "a b", "a/b", "\xc3\xa4" };
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	char longest[251];
	struct world w;

	world_init(&w, 1000, "");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert_int_eq(world_send(&w, names[i], &r, &why), COMM_ETOPIC_UNAVAILABLE);
	memset(longest, 'x', sizeof longest);
	longest[250] = '\0';
	ck_assert_int_eq(world_send(&w, longest, &r, &why), COMM_ETOPIC_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(why.message, "249"));
	longest[249] = '\0';
	world_create(&w, longest, 1);
	ck_assert_int_eq(world_send(&w, longest, &r, &why), 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_partition_beyond)
{
	struct comm_wire_record records[] = { record_of("v"), record_of("v"), record_of("v") };
	struct sending s;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 2);
	records[1].partition = 2;
	sending_start(&s, &w, "t", records, 3);
	sending_await(&s);
	ck_assert_int_eq(s.error, COMM_EBAD_VALUE);
	ck_assert_str_eq(s.why.detail, "records[1].partition");
	ck_assert_str_eq(s.why.message, "records[1].partition: topic t has no partition 2; "
					"it has 2, numbered from 0");
	sending_fini(&s);
	records[1].partition = -1;
	sending_start(&s, &w, "t", records, 3);
	ck_assert_int_eq(s.error, COMM_EBAD_VALUE);
	sending_fini(&s);
	world_assert_balanced(&w, 0, 0);
	world_fini(&w);
}
END_TEST

/* Whoever asks for partitions that are not there makes nobody wait for leaders that are. */
START_TEST(test_leaders_are_awaited_once)
{
	const rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
	struct comm_wire_record r = record_of("v");
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	kafka_topic_find(&w.client->producer->topics, comm_bytes_of("t"))->known_ms -= 1000;
	rd_kafka_mock_push_request_errors(mock_of(&w), LIST_OFFSETS_API, 1, refused);
	r.partition = INT32_MAX;
	ck_assert_int_eq(world_send(&w, "t", &r, &why), COMM_EBAD_VALUE);
	/* Nobody has asked a leader: the error is still there. */
	rd_kafka_topic_partition_list_add(list, "t", 0)->offset = RD_KAFKA_OFFSET_END;
	ck_assert_int_eq(rd_kafka_offsets_for_times(kafka_client_handle(w.client), list, 10000),
			 refused);
	rd_kafka_topic_partition_list_destroy(list);
	world_fini(&w);
}
END_TEST

START_TEST(test_bad_timestamp)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	for (r.timestamp_ms = -5; r.timestamp_ms <= 0; r.timestamp_ms += 5) {
		ck_assert_int_eq(world_send(&w, "t", &r, &why), COMM_EBAD_VALUE);
		ck_assert_str_eq(why.detail, "records[0].timestamp_ms");
	}
	r.timestamp_ms = 1;
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_too_big)
{
	struct comm_wire_header header = { { "name", 4 }, { "value", 5 } };
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	static char bytes[2000];
	struct world w;

	world_init(&w, 1000, "bootstrap.servers=x:1\nmessage.max.bytes=1000\n");
	world_create(&w, "t", 1);
	/* 36 bytes are librdkafka's, and 11 the header's. */
	r.headers = (struct comm_list){ &header, 1 };
	r.key = (struct comm_bytes){ bytes, 500 };
	r.value = (struct comm_bytes){ bytes, 454 };
	ck_assert_int_eq(world_send(&w, "t", &r, &why), COMM_ETOO_BIG);
	ck_assert_str_eq(why.detail, "records[0].value");
	ck_assert_ptr_nonnull(strstr(why.message, "message.max.bytes"));
	ck_assert_ptr_nonnull(strstr(why.message, "test.conf"));
	r.value.len--;
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_assert_balanced(&w, 1, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_more_than_the_profile_can_queue)
{
	enum { RECORDS = 20 };
	struct comm_wire_record records[RECORDS];
	char values[RECORDS][16];
	struct sending s;
	struct world w;

	world_init(&w, 1000, "bootstrap.servers=x:1\nqueue.buffering.max.messages=10\n");
	world_create(&w, "t", 1);
	records_fill(records, values, RECORDS, 0);
	sending_start(&s, &w, "t", records, RECORDS);
	ck_assert_int_eq(s.error, COMM_ETOO_BIG);
	ck_assert_ptr_nonnull(strstr(s.why.message, "queue.buffering.max.messages"));
	sending_fini(&s);
	sending_start(&s, &w, "t", records, 10);
	sending_await(&s);
	ck_assert_int_eq(s.error, 0);
	ck_assert_int_eq(s.batch->outcomes[9].reason, 0);
	sending_fini(&s);
	world_fini(&w);
}
END_TEST

/* ---- what brokers refuse ---- */

static int send_refused(struct world *w, rd_kafka_resp_err_t err, struct kafka_failure *ret_why)
{
	struct comm_wire_record r = record_of("v");

	rd_kafka_mock_push_request_errors(mock_of(w), PRODUCE_API, 1, err);
	return world_send(w, "t", &r, ret_why);
}

START_TEST(test_refused_by_brokers)
{
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "bootstrap.servers=x:1\nenable.idempotence=false\n");
	world_create(&w, "t", 1);
	ck_assert_int_eq(send_refused(&w, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, &why),
			 COMM_ETOO_BIG);
	ck_assert_ptr_nonnull(strstr(why.message, "MSG_SIZE_TOO_LARGE: Broker: "));
	ck_assert_ptr_nonnull(strstr(why.message, "max.message.bytes"));
	ck_assert_str_eq(why.detail, "records[0]");
	ck_assert_int_eq(send_refused(&w, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, &why),
			 COMM_ETOPIC_UNAVAILABLE);
	ck_assert_int_eq(send_refused(&w, RD_KAFKA_RESP_ERR_INVALID_RECORD, &why), COMM_ESEND);
	/* This one is tried again by librdkafka. */
	ck_assert_int_eq(send_refused(&w, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, &why), 0);
	world_assert_balanced(&w, 1, 3);
	world_fini(&w);
}
END_TEST

START_TEST(test_timed_out)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "bootstrap.servers=x:1\nmessage.timeout.ms=2000\n");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	(void)rd_kafka_mock_broker_set_down(mock_of(&w), 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), COMM_EBROKER);
	ck_assert_ptr_nonnull(strstr(why.message, "_MSG_TIMED_OUT"));
	world_assert_balanced(&w, 1, 1);
	(void)rd_kafka_mock_broker_set_up(mock_of(&w), 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_producer", test_every_record_has_its_outcome, test_nil_is_not_empty,
	  test_headers_and_timestamps, test_unknown_topic, test_topic_names, test_partition_beyond,
	  test_leaders_are_awaited_once, test_bad_timestamp, test_too_big,
	  test_more_than_the_profile_can_queue, test_refused_by_brokers, test_timed_out)

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "daemon/kafka_producer.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

static rd_kafka_mock_cluster_t *mock_of(const struct world *w)
{
	return kafka_dev_cluster(w->kafka->dev);
}

#define FIRST_MS 1700000000000

/* Nothing of a record is lost, nor its place. */
static void look_at_all(void *arg, size_t i, const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *headers;
	const void *value;
	size_t size;

	look_for_order(arg, i, m);
	ck_assert_int_eq(rd_kafka_message_timestamp(m, NULL), FIRST_MS + (int64_t)i);
	ck_assert_int_eq(!m->key, i % 2);
	ck_assert_int_eq(!rd_kafka_message_headers(m, &headers), !(i % 3));
	if (i % 3)
		return;
	ck_assert_int_eq(rd_kafka_header_get_last(headers, "h", &value, &size), 0);
	ck_assert_uint_eq(size, 1);
	ck_assert_mem_eq(value, "x", 1);
}

START_TEST(test_a_failed_producer_is_replaced)
{
	enum { SENDS = 20, RECORDS = 100 };
	static struct comm_wire_record records[SENDS * RECORDS];
	static char values[SENDS * RECORDS][16];
	struct comm_wire_header header = { { "h", 1 }, { "x", 1 } };
	struct sending s[SENDS];
	struct world w;

	world_init(&w, 100000, "");
	world_create(&w, "t", 1);
	records_fill(records, values, SENDS * RECORDS, 0);
	for (size_t i = 0; i < SENDS * RECORDS; i++) {
		records[i].timestamp_ms = FIRST_MS + (int64_t)i;
		records[i].key = comm_bytes_of(i % 2 ? NULL : "");
		if (!(i % 3))
			records[i].headers = (struct comm_list){ &header, 1 };
	}
	sending_start(&s[0], &w, "t", records, RECORDS);
	sending_await(&s[0]);
	/* Slow enough that most are still queued. */
	(void)rd_kafka_mock_broker_set_rtt(mock_of(&w), 1, 50);
	for (int i = 1; i < SENDS; i++) {
		sending_start(&s[i], &w, "t", records + i * RECORDS, RECORDS);
		if (i == SENDS / 2)
			(void)rd_kafka_test_fatal_error(
				kafka_client_handle(w.client),
				RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
	}
	for (int i = 0; i < SENDS; i++) {
		sending_await(&s[i]);
		ck_assert_int_eq(s[i].error, 0);
		for (int n = 0; n < RECORDS; n++)
			ck_assert_int_eq(s[i].batch->outcomes[n].reason, 0);
	}
	ck_assert_uint_eq(w.client->producer->n_replaced, 1);
	(void)rd_kafka_mock_broker_set_rtt(mock_of(&w), 1, 0);
	for (int i = 0; i < SENDS; i++)
		sending_fini(&s[i]);
	world_read(&w, "t", 0, SENDS * RECORDS, look_at_all, NULL);
	world_assert_balanced(&w, SENDS * RECORDS, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_a_producer_that_may_not_be_idempotent)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	(void)rd_kafka_test_fatal_error(kafka_client_handle(w.client),
					RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "test");
	ck_assert_int_eq(world_send(&w, "t", &r, &why), COMM_EDENIED);
	ck_assert_ptr_nonnull(strstr(why.message, "CLUSTER_AUTHORIZATION_FAILED"));
	/* It goes on once it is permitted. */
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_fini(&w);
}
END_TEST

static bool says_why(void *arg)
{
	struct world *w = arg;
	struct comm_wire_profile status;

	kafka_profile_status(w->kafka, w->profile, &status);
	return status.error.data && strstr(status.error.data, "ssl.ca.location failed");
}

static bool has_new_producer(void *arg)
{
	const struct world *w = arg;

	return !w->client->producer->handle->has_failed;
}

/* As when a certificate has been removed since the first producer. */
START_TEST(test_a_new_producer_that_is_refused)
{
	struct property *ca;
	struct world w;

	world_init_real(&w, "bootstrap.servers=127.0.0.1:1\nsecurity.protocol=ssl\n"
			    "ssl.ca.location=\n");
	ca = &w.profile->properties[2];
	free(ca->value);
	ca->value = strdup("/nowhere/ca.pem");
	(void)rd_kafka_test_fatal_error(kafka_client_handle(w.client),
					RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
	world_run(&w, says_why, &w);
	/* It is put right: then there is one. */
	free(ca->value);
	ca->value = strdup("");
	world_run(&w, has_new_producer, &w);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_replace", test_a_failed_producer_is_replaced,
	  test_a_producer_that_may_not_be_idempotent, test_a_new_producer_that_is_refused)

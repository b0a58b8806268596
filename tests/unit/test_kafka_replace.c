#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "daemon/kafka_producer.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

#define PRODUCE_API 0

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
	ck_assert_uint_eq(w.client->producer->handle->n_replaced, 1);
	(void)rd_kafka_mock_broker_set_rtt(mock_of(&w), 1, 0);
	for (int i = 0; i < SENDS; i++)
		sending_fini(&s[i]);
	world_read(&w, "t", 0, SENDS * RECORDS, look_at_all, NULL);
	world_assert_balanced(&w, SENDS * RECORDS, 0);
	world_fini(&w);
}
END_TEST

static bool is_down(void *arg)
{
	return kafka_client_is_down(((struct world *)arg)->client);
}

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

static void look_past_the_second(void *arg, size_t i, const rd_kafka_message_t *m)
{
	look_for_order(arg, i ? i + 1 : 0, m);
}

/* Records are handed over in two ways; each finds out that the producer has failed. */
START_TEST(test_every_record_finds_out)
{
	struct comm_wire_record records[2] = { record_of("v"), record_of("v") };
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	records[1].timestamp_ms = FIRST_MS;
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(world_send(&w, "t", &records[i], &why), 0);
		(void)rd_kafka_test_fatal_error(kafka_client_handle(w.client),
						RD_KAFKA_RESP_ERR__INCONSISTENT, "test");
		ck_assert_int_eq(world_send(&w, "t", &records[i], &why), 0);
		ck_assert_uint_eq(w.client->producer->handle->n_replaced, i + 1);
	}
	world_assert_balanced(&w, 4, 0);
	world_fini(&w);
}
END_TEST

/* Nobody is to take it for the end of commd. */
START_TEST(test_what_is_purged_is_told_why)
{
	const rd_kafka_resp_err_t denied = RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
	enum { RECORDS = 3 };
	struct comm_wire_record records[RECORDS];
	char values[RECORDS][16];
	struct sending s;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	records_fill(records, values, RECORDS, 0);
	ck_assert_int_eq(world_send(&w, "t", records, &s.why), 0);
	(void)rd_kafka_mock_broker_set_down(mock_of(&w), 1);
	world_run(&w, is_down, &w);
	sending_start(&s, &w, "t", records, RECORDS);
	ck_assert(!s.is_waiting);
	(void)rd_kafka_test_fatal_error(kafka_client_handle(w.client), denied, "test");
	sending_await(&s);
	for (int i = 0; i < RECORDS; i++) {
		ck_assert_int_eq(s.batch->outcomes[i].reason, denied);
		ck_assert(!s.batch->outcomes[i].maybe_persisted);
	}
	sending_fini(&s);
	world_assert_balanced(&w, 1, RECORDS);
	world_fini(&w);
}
END_TEST

static bool is_kept(void *arg)
{
	const struct kafka_producer *p = ((struct world *)arg)->client->producer;

	return p->handle->n_replaced == 1 && p->n_kept;
}

/* Begin a send of @r that a failed producer gives back, and that the next one cannot send yet. */
static void start_kept(struct world *w, struct sending *s, const struct comm_wire_record *r)
{
	world_create(w, "t", 1);
	ck_assert_int_eq(world_send(w, "t", r, &s->why), 0);
	(void)rd_kafka_mock_broker_set_down(mock_of(w), 1);
	world_run(w, is_down, w);
	sending_start(s, w, "t", r, 1);
	(void)rd_kafka_test_fatal_error(kafka_client_handle(w->client),
					RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
	world_run(w, is_kept, w);
}

START_TEST(test_what_is_kept_does_not_wait_for_a_third)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct sending s;
	struct world w;

	world_init(&w, 1000, "");
	start_kept(&w, &s, &r);
	(void)rd_kafka_test_fatal_error(kafka_client_handle(w.client),
					RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, "test");
	sending_await(&s);
	ck_assert_int_eq(s.batch->outcomes[0].reason, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID);
	ck_assert(!s.batch->outcomes[0].maybe_persisted);
	sending_fini(&s);
	(void)rd_kafka_mock_broker_set_up(mock_of(&w), 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	world_assert_balanced(&w, 2, 1);
	world_fini(&w);
}
END_TEST

START_TEST(test_what_is_kept_has_its_time)
{
	struct comm_wire_record r = record_of("v");
	struct sending s;
	struct world w;

	world_init(&w, 1000, "");
	start_kept(&w, &s, &r);
	ck_assert_uint_ne(s.batch->kept_ms, 0);
	s.batch->kept_ms -= (uint64_t)w.client->producer->message_timeout_ms + 1;
	sending_await(&s);
	ck_assert_int_eq(s.batch->outcomes[0].reason, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
	ck_assert(!s.batch->outcomes[0].maybe_persisted);
	sending_fini(&s);
	world_assert_balanced(&w, 1, 1);
	world_fini(&w);
}
END_TEST

/*
 * The first of several requests in flight is refused for good, and the others only after librdkafka
 * has purged its queues: they go back there, and nothing would ever send them.
 */
START_TEST(test_requests_that_fail_after_the_first)
{
	enum { RECORDS = 5, OUT_OF_ORDER = RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER };
	struct comm_wire_record records[RECORDS];
	char values[RECORDS][16];
	struct kafka_outcome *o;
	struct sending s;
	struct world w;

	world_init(&w, 1000, "bootstrap.servers=x:1\nbatch.num.messages=1\nmax.in.flight=5\n");
	world_create(&w, "t", 1);
	records_fill(records, values, RECORDS, 0);
	ck_assert_int_eq(world_send(&w, "t", records, &s.why), 0);
	/* So that all requests go at once, when it is up again. */
	(void)rd_kafka_mock_broker_set_down(mock_of(&w), 1);
	world_run(&w, is_down, &w);
	(void)rd_kafka_mock_broker_push_request_error_rtts(mock_of(&w), 1, PRODUCE_API, 4,
							   OUT_OF_ORDER, 200, OUT_OF_ORDER, 600,
							   OUT_OF_ORDER, 600, OUT_OF_ORDER, 600);
	sending_start(&s, &w, "t", records + 1, RECORDS - 1);
	(void)rd_kafka_mock_broker_set_up(mock_of(&w), 1);
	sending_await(&s);
	ck_assert_int_eq(s.error, 0);
	ck_assert_uint_eq(w.client->producer->handle->n_replaced, 1);
	o = s.batch->outcomes;
	ck_assert_int_eq(o[0].reason, OUT_OF_ORDER);
	ck_assert(o[0].maybe_persisted);
	for (int i = 1; i < RECORDS - 1; i++) {
		ck_assert_int_eq(o[i].reason, 0);
		ck_assert_int_eq(o[i].offset, i);
	}
	sending_fini(&s);
	world_read(&w, "t", 0, RECORDS - 1, look_past_the_second, NULL);
	world_assert_balanced(&w, RECORDS - 1, 1);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_replace", test_a_failed_producer_is_replaced,
	  test_a_producer_that_may_not_be_idempotent, test_every_record_finds_out,
	  test_what_is_purged_is_told_why, test_what_is_kept_does_not_wait_for_a_third,
	  test_what_is_kept_has_its_time, test_requests_that_fail_after_the_first,
	  test_a_new_producer_that_is_refused)

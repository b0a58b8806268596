#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "daemon/kafka_producer.h"
#include "daemon/profile_set.h"
#include "tests/lib/broker.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

#define PRODUCE_API 0

/* Longer than the test waits. */
#define HANG_MS 300000

static bool has_retired(void *arg)
{
	return ((struct world *)arg)->client->producer->n_retired == 1;
}

static bool has_none_retired(void *arg)
{
	return ((struct world *)arg)->client->producer->n_retired == 0;
}

static void change_profile(struct world *w, const char *properties)
{
	struct profile_set set;

	ck_assert_int_eq(profile_set_init_one(&set, profile_of(properties)), 0);
	kafka_reload(w->kafka, &set);
	profile_set_fini(&set);
}

/* The old producer tries the first record again after a second; the second one must not overtake it. */
START_TEST(test_what_comes_later_stays_behind)
{
	struct comm_wire_record first = record_of("first"), second = record_of("second");
	struct sending s[2];
	struct world w;

	world_init(&w, 100, "bootstrap.servers=mock\nretry.backoff.ms=1000\n");
	world_create(&w, "t", 1);
	sending_start(&s[0], &w, "t", &first, 1);
	sending_await(&s[0]);
	sending_fini(&s[0]);
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(w.kafka->dev), PRODUCE_API, 1,
					  RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
	sending_start(&s[0], &w, "t", &first, 1);
	change_profile(&w, "bootstrap.servers=mock\nclient.id=another\n");
	world_run(&w, has_retired, &w);
	sending_start(&s[1], &w, "t", &second, 1);
	sending_await(&s[1]);
	sending_await(&s[0]);
	ck_assert_int_eq(s[0].batch->outcomes[0].reason, 0);
	ck_assert_int_eq(s[1].batch->outcomes[0].reason, 0);
	ck_assert_int_eq(s[0].batch->outcomes[0].offset, 1);
	ck_assert_int_eq(s[1].batch->outcomes[0].offset, 2);
	world_run(&w, has_none_retired, &w);
	ck_assert_int_eq(w.client->ledger.persisted, 3);
	for (int i = 0; i < 2; i++)
		sending_fini(&s[i]);
	world_fini(&w);
}
END_TEST

static bool is_third(void *arg)
{
	const struct kafka_handle *h = ((struct world *)arg)->client->producer->handle;
	char id[16] = "";
	size_t size = sizeof id;

	(void)rd_kafka_conf_get(rd_kafka_conf(h->rk), "client.id", id, &size);
	ck_assert_str_ne(id, "second");
	return !strcmp(id, "third");
}

static bool is_at_rest(void *arg)
{
	const struct kafka_producer *p = ((struct world *)arg)->client->producer;

	return !p->is_opening && p->n_handles == 1;
}

/* One that was still being opened when the settings became others is not to send anything. */
static void come_too_late(bool has_failed)
{
	struct comm_wire_record r = record_of("v");
	struct kafka_failure why;
	struct world w;

	world_init(&w, 100, "bootstrap.servers=mock\nclient.id=first\n");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	change_profile(&w, "bootstrap.servers=mock\nclient.id=second\n");
	ck_assert(w.client->producer->is_opening);
	if (has_failed) {
		(void)rd_kafka_test_fatal_error(kafka_client_handle(w.client),
						RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
						"test");
		kafka_replace_begin(w.client->producer);
	}
	change_profile(&w, "bootstrap.servers=mock\nclient.id=third\n");
	world_run(&w, is_third, &w);
	world_run(&w, is_at_rest, &w);
	ck_assert(is_third(&w));
	ck_assert_uint_eq(w.client->producer->handle->n_replaced, has_failed);
	ck_assert_int_eq(world_send(&w, "t", &r, &why), 0);
	ck_assert_int_eq(w.client->ledger.persisted, 2);
	world_fini(&w);
}

START_TEST(test_what_comes_too_late_takes_no_place)
{
	come_too_late(false);
}
END_TEST

START_TEST(test_nor_that_of_one_that_has_failed)
{
	come_too_late(true);
}
END_TEST

/* ---- a failed one ---- */

/* Topics "a" and "b" of one partition each, led by the first and the second of three brokers. */
struct hanging {
	struct broker broker;
	struct world world;
	struct comm_wire_record records[4]; /* for "a", in their order; the first is there */
	char values[4][16];
	struct sending in_flight; /* the second: the broker has it, and nobody hears of it */
	struct sending queued;    /* the third: librdkafka has it */
};

static void hanging_init(struct hanging *h)
{
	struct kafka_failure why;

	broker_init_many(&h->broker, 3,
			 "socket.timeout.ms=4000\nbatch.num.messages=1\nmax.in.flight=1\n");
	for (int i = 0; i < 2; i++) {
		const char *topic = i ? "b" : "a";

		broker_create_topic(&h->broker, topic, 1);
		ck_assert_int_eq(
			rd_kafka_mock_partition_set_leader(h->broker.cluster, topic, 0, i + 1), 0);
	}
	world_init_real(&h->world, h->broker.properties);
	records_fill(h->records, h->values, 4, 0);
	ck_assert_int_eq(world_send(&h->world, "a", &h->records[0], &why), 0);
	ck_assert_int_eq(world_send(&h->world, "b", &h->records[0], &why), 0);
	ck_assert_int_eq(
		rd_kafka_mock_broker_push_request_error_rtts(h->broker.cluster, 1, PRODUCE_API, 1,
							     RD_KAFKA_RESP_ERR_NO_ERROR, HANG_MS),
		0);
	sending_start(&h->in_flight, &h->world, "a", &h->records[1], 1);
	sending_start(&h->queued, &h->world, "a", &h->records[2], 1);
	world_read(&h->world, "a", 0, 2, look_for_order, NULL);
	(void)rd_kafka_test_fatal_error(kafka_client_handle(h->world.client),
					RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
}

static void hanging_fini(struct hanging *h)
{
	sending_fini(&h->in_flight);
	sending_fini(&h->queued);
	world_fini(&h->world);
	broker_fini(&h->broker);
}

START_TEST(test_a_broker_that_hangs_stops_its_topics_only)
{
	struct kafka_failure why;
	struct sending last;
	struct hanging h;

	hanging_init(&h);
	ck_assert_int_eq(world_send(&h.world, "b", &h.records[1], &why), 0);
	ck_assert(!h.in_flight.is_done);
	sending_start(&last, &h.world, "a", &h.records[3], 1);
	ck_assert(last.is_waiting);
	sending_await(&last);
	sending_await(&h.queued);
	ck_assert(h.in_flight.is_done);
	ck_assert(h.in_flight.batch->outcomes[0].maybe_persisted);
	ck_assert_int_eq(h.queued.batch->outcomes[0].reason, 0);
	ck_assert_int_eq(last.batch->outcomes[0].reason, 0);
	world_read(&h.world, "a", 0, 4, look_for_order, NULL);
	world_read(&h.world, "b", 0, 2, look_for_order, NULL);
	world_run(&h.world, has_none_retired, &h.world);
	ck_assert_uint_eq(h.world.client->producer->handle->n_replaced, 1);
	world_assert_balanced(&h.world, 5, 1);
	sending_fini(&last);
	hanging_fini(&h);
}
END_TEST

START_TEST(test_the_end_comes_while_one_hangs)
{
	struct hanging h;

	hanging_init(&h);
	world_run(&h.world, has_retired, &h.world);
	world_close(&h.world, 0);
	sending_await(&h.in_flight);
	sending_await(&h.queued);
	ck_assert(h.in_flight.batch->outcomes[0].maybe_persisted);
	ck_assert_int_ne(h.queued.batch->outcomes[0].reason, 0);
	ck_assert(!h.queued.batch->outcomes[0].maybe_persisted);
	hanging_fini(&h);
}
END_TEST

TEST_MAIN("kafka_retire", test_what_comes_later_stays_behind,
	  test_what_comes_too_late_takes_no_place, test_nor_that_of_one_that_has_failed,
	  test_a_broker_that_hangs_stops_its_topics_only, test_the_end_comes_while_one_hangs)

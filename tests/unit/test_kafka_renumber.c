#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "daemon/kafka_producer.h"
#include "proto/errors.h"
#include "tests/lib/broker.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

/*
 * A record that waits for too long, or is refused, while another has been sent and not confirmed: librdkafka by
 * itself would send that twice.
 */

#define PRODUCE_API 0

/* What the second has more of its time than the first. */
#define BEHIND_MS 700

struct moment {
	struct world *world;
	uint64_t ms;
};

static bool is_over(void *arg)
{
	const struct moment *m = arg;

	return kafka_now_ms(m->world->kafka) >= m->ms;
}

static void rest(struct world *w, uint64_t ms)
{
	struct moment m = { w, kafka_now_ms(w->kafka) + ms };

	world_run(w, is_over, &m);
}

/* Of the first broker. */
static void set_rtt(rd_kafka_mock_cluster_t *cluster, int ms)
{
	ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(cluster, 1, ms), 0);
}

START_TEST(test_what_is_late_doubles_nothing)
{
	enum { N = 4 };
	struct comm_wire_record records[N];
	struct sending first, second;
	struct kafka_failure why;
	char values[N][16];
	struct world w;

	world_init(&w, 1000, "bootstrap.servers=mock\nmessage.timeout.ms=5000\n");
	world_create(&w, "t", 2);
	records_fill(records, values, N, 0);
	for (int i = 0; i < N; i++)
		records[i].partition = 1;
	ck_assert_int_eq(world_send(&w, "t", &records[0], &why), 0);
	/* The broker has what is sent from here on, and nobody hears of it. */
	set_rtt(kafka_dev_cluster(w.kafka->dev), 60000);
	records[N - 1].partition = 0;
	sending_start(&first, &w, "t", &records[N - 1], 1);
	rest(&w, BEHIND_MS);
	sending_start(&second, &w, "t", &records[1], 1);
	sending_await(&first);
	set_rtt(kafka_dev_cluster(w.kafka->dev), 0);
	sending_await(&second);
	ck_assert(first.batch->outcomes[0].maybe_persisted);
	ck_assert_int_eq(world_send(&w, "t", &records[2], &why), 0);
	world_read(&w, "t", 1, N - 1, look_for_order, NULL);
	sending_fini(&first);
	sending_fini(&second);
	world_fini(&w);
}
END_TEST

struct patience {
	struct moment moment;
	const struct sending *sending;
};

static bool has_ended(void *arg)
{
	struct patience *p = arg;

	return p->sending->is_done || is_over(&p->moment);
}

/* Until @s has its outcome, or at least its request has failed, after socket.timeout.ms and what that may be late. */
static void await_timeout(struct world *w, const struct sending *s, uint64_t timeout_ms)
{
	struct patience p = { { w, kafka_now_ms(w->kafka) + 2 * timeout_ms }, s };

	world_run(w, has_ended, &p);
}

/* Partition 0 is the first broker's, 1 the second's. */
START_TEST(test_what_is_refused_doubles_nothing)
{
	enum { N = 4 };
	struct comm_wire_record records[N];
	struct kafka_failure why;
	struct sending doubtful;
	char values[N][16];
	struct broker b;
	struct world w;

	broker_init_many(&b, 2, "socket.timeout.ms=4000\n");
	broker_create_topic(&b, "t", 2);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(rd_kafka_mock_partition_set_leader(b.cluster, "t", i, i + 1), 0);
	world_init_real(&w, b.properties);
	records_fill(records, values, N, 0);
	for (int i = 0; i < N; i++)
		records[i].partition = i == N - 1;
	ck_assert_int_eq(world_send(&w, "t", &records[0], &why), 0);
	ck_assert_int_eq(world_send(&w, "t", &records[N - 1], &why), 0);
	/* The broker has what is sent from here on, and nobody hears of it. */
	set_rtt(b.cluster, 60000);
	sending_start(&doubtful, &w, "t", &records[1], 1);
	rest(&w, BEHIND_MS);
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_API, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	ck_assert_int_eq(world_send(&w, "t", &records[N - 1], &why), COMM_ETOO_BIG);
	await_timeout(&w, &doubtful, 4000);
	set_rtt(b.cluster, 0);
	sending_await(&doubtful);
	ck_assert(doubtful.batch->outcomes[0].maybe_persisted);
	ck_assert_int_eq(world_send(&w, "t", &records[2], &why), 0);
	world_read(&w, "t", 0, N - 1, look_for_order, NULL);
	sending_fini(&doubtful);
	world_fini(&w);
	broker_fini(&b);
}
END_TEST

/* One that was refused while nothing was in doubt is nobody else's trouble. */
START_TEST(test_a_refusal_alone_fails_no_producer)
{
	struct comm_wire_record record = record_of("x");
	struct kafka_failure why;
	struct world w;

	world_init(&w, 1000, "");
	world_create(&w, "t", 1);
	ck_assert_int_eq(world_send(&w, "t", &record, &why), 0);
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(w.kafka->dev), PRODUCE_API, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	ck_assert_int_eq(world_send(&w, "t", &record, &why), COMM_ETOO_BIG);
	rest(&w, 2000);
	ck_assert_int_eq(world_send(&w, "t", &record, &why), 0);
	ck_assert_uint_eq(w.client->producer->handle->n_replaced, 0);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_renumber", test_what_is_late_doubles_nothing, test_what_is_refused_doubles_nothing,
	  test_a_refusal_alone_fails_no_producer)

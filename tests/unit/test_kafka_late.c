#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "daemon/kafka_producer.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

/*
 * A record that waits for too long, while another has been sent and not confirmed: librdkafka by itself
 * would send that twice.
 */

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

static void set_rtt(const struct world *w, int ms)
{
	ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(kafka_dev_cluster(w->kafka->dev), 1, ms), 0);
}

START_TEST(test_what_is_late_doubles_nothing)
{
	enum { N = 4 };
	struct comm_wire_record records[N];
	struct sending first, second;
	struct kafka_failure why;
	char values[N][16];
	struct world w;

	world_init(&w, 1000, "bootstrap.servers=mock\nmessage.timeout.ms=1500\n");
	world_create(&w, "t", 2);
	records_fill(records, values, N, 0);
	for (int i = 0; i < N; i++)
		records[i].partition = 1;
	ck_assert_int_eq(world_send(&w, "t", &records[0], &why), 0);
	/* The broker has what is sent from here on, and nobody hears of it. */
	set_rtt(&w, 60000);
	records[N - 1].partition = 0;
	sending_start(&first, &w, "t", &records[N - 1], 1);
	rest(&w, BEHIND_MS);
	sending_start(&second, &w, "t", &records[1], 1);
	sending_await(&first);
	set_rtt(&w, 0);
	sending_await(&second);
	ck_assert(first.batch->outcomes[0].maybe_persisted);
	ck_assert_int_eq(world_send(&w, "t", &records[2], &why), 0);
	world_read(&w, "t", 1, N - 1, look_for_order, NULL);
	sending_fini(&first);
	sending_fini(&second);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_late", test_what_is_late_doubles_nothing)

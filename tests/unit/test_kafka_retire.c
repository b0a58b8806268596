#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "daemon/kafka_producer.h"
#include "daemon/profile_set.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

#define PRODUCE_API 0

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

TEST_MAIN("kafka_retire", test_what_comes_later_stays_behind)

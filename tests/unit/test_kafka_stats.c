/*
 * What is told of brokers, out of statistics that are not librdkafka's.
 */
#include <stdio.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "daemon/kafka_producer.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

/* More than any list has room for. */
enum { N_BROKERS = 1200, ROW_SIZE = 128 };

static char json[(N_BROKERS + 2) * ROW_SIZE];
static struct comm_wire_broker_seen rows[N_BROKERS + 1];

const char *rd_kafka_event_stats(rd_kafka_event_t *e)
{
	(void)e;
	return json;
}

static void write_brokers(int n)
{
	size_t len = (size_t)snprintf(json, sizeof json, "{\"brokers\":{\"%s\":{\"source\":\"%s\"}",
				      "GroupCoordinator", "logical");

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(json + len, sizeof json - len,
					",\"%d\":{\"source\":\"learned\",\"nodeid\":%d,"
					"\"nodename\":\"host-%d:9092\",\"state\":\"UP\"}",
					i, i, i);
	(void)snprintf(json + len, sizeof json - len, "}}");
}

static bool has_stats(void *arg)
{
	const struct world *w = arg;

	return w->client->stats;
}

static void begin(struct world *w, int n_brokers)
{
	write_brokers(n_brokers);
	world_init(w, 1000, "");
	kafka_stats_take(w->client->producer->handle, NULL);
	world_run(w, has_stats, w);
}

START_TEST(what_is_no_broker_is_not_told)
{
	struct world w;

	begin(&w, 1);
	ck_assert_uint_eq(kafka_brokers(w.kafka, rows, N_BROKERS), 1);
	ck_assert(comm_bytes_is(rows[0].profile, "default"));
	ck_assert(comm_bytes_is(rows[0].broker, "host-0:9092"));
	ck_assert(comm_bytes_is(rows[0].state, "UP"));
	ck_assert_int_eq(rows[0].id, 0);
	ck_assert_int_eq(rows[0].rtt_us, COMM_NONE);
	world_fini(&w);
}
END_TEST

START_TEST(every_broker_is_told)
{
	struct world w;

	begin(&w, N_BROKERS);
	ck_assert_uint_eq(kafka_brokers(w.kafka, NULL, 0), N_BROKERS);
	ck_assert_uint_eq(kafka_brokers(w.kafka, rows, N_BROKERS), N_BROKERS);
	for (int i = 0; i < N_BROKERS; i++) {
		ck_assert_int_eq(rows[i].id, i);
		ck_assert(comm_bytes_is(rows[i].profile, "default"));
	}
	world_fini(&w);
}
END_TEST

START_TEST(those_without_room_are_only_counted)
{
	struct world w;

	begin(&w, N_BROKERS);
	memset(rows, 0, sizeof rows);
	ck_assert_uint_eq(kafka_brokers(w.kafka, rows, 3), N_BROKERS);
	ck_assert(comm_bytes_is(rows[2].broker, "host-2:9092"));
	ck_assert_ptr_null(rows[3].broker.data);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_stats", what_is_no_broker_is_not_told, every_broker_is_told,
	  those_without_room_are_only_counted)

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "daemon/kafka_reset.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/* The next record is not there any more. */

#define ALL 1000, 1024 * 1024

#define RECORDS 5

#define FETCH_API 1

#define REASON                                                               \
	"fetch failed due to requested offset not available on the broker: " \
	"Broker: Offset out of range"

START_TEST(test_lines_of_the_log)
{
	struct kafka_reset r;

	ck_assert(kafka_reset_parse(
		"[thrd:main]: my.topic [12]: offset reset (at offset 100, broker 1) "
		"to BEGINNING: " REASON,
		&r));
	ck_assert_str_eq(r.topic, "my.topic");
	ck_assert_int_eq(r.partition, 12);
	ck_assert_int_eq(r.offset, 100);
	ck_assert(!r.is_to_end);
	ck_assert(
		kafka_reset_parse("t [0]: offset reset (at offset 7 (leader epoch 3), broker 1) to "
				  "END: " REASON,
				  &r));
	ck_assert_str_eq(r.topic, "t");
	ck_assert_int_eq(r.offset, 7);
	ck_assert(r.is_to_end);
	ck_assert(
		kafka_reset_parse("t [0]: offset reset (at offset 9, broker 1) to cached BEGINNING "
				  "offset 5: " REASON,
				  &r));
	ck_assert(!r.is_to_end);
}
END_TEST

START_TEST(test_other_lines)
{
	static const char *const lines[] = {
		"",
		"t [0]: offset reset (at offset 9, broker 1) to END: failed to query logical "
		"offset: Broker: Topic authorization failed",
		"t [0]: offset reset (at offset INVALID, broker 1) to END: " REASON,
		"[0]: offset reset (at offset 9, broker 1) to END: " REASON,
		" [0]: offset reset (at offset 9, broker 1) to END: " REASON,
		"t []: offset reset (at offset 9, broker 1) to END: " REASON,
		"]: offset reset (at offset 9, broker 1) to END: " REASON,
		"t [0]: offset reset (at offset 9, broker 1): " REASON,
		REASON,
	};
	struct kafka_reset r;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		ck_assert_msg(!kafka_reset_parse(lines[i], &r), "%s", lines[i]);
}
END_TEST

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

static int ack(struct receiver *w, int64_t offset)
{
	struct comm_wire_position position = { comm_bytes_of("t"), 0, offset };

	return kafka_reader_ack(w->reader, &position);
}

static bool is_told(void *arg)
{
	return ((struct receiver *)arg)->reader->has_failure;
}

/*
 * A group that has been told goes on at the beginning, and what it acknowledges from there on is what
 * the next reader of the group begins with, although more had been acknowledged before.
 */
START_TEST(test_a_reader_is_told_once_and_goes_on)
{
	struct kafka_client *other;
	struct profile *profile;
	struct kafka_failure why;
	struct receiver w;
	struct world world;

	receiver_world(&world, 4);
	ck_assert_int_eq(profile_new("other", &profile), 0);
	ck_assert_int_eq(kafka_client_get(world.kafka, profile, &other, &why), 0);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, RECORDS);
	receiver_open(&w, &world, world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&w, RECORDS);
	/* librdkafka takes the first answer at the end for that end, whatever error is in it. */
	receiver_await_end(&w);
	ck_assert_int_eq(ack(&w, RECORDS), 0);
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(world.kafka->dev), FETCH_API, 1,
					  RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
	world_run(&world, is_told, &w);
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(w.why.code, COMM_ERECEIVE);
	ck_assert_ptr_nonnull(strstr(w.why.message, "offset 5 is not there"));
	receiver_forget(&w);
	receiver_await_just(&w, RECORDS);
	ck_assert_int_eq(w.got[0].offset, 0);
	ck_assert_int_eq(kafka_events(world.kafka)->counts[EVENT_RESET], 1);
	ck_assert_int_eq(ack(&w, 2), 0);
	receiver_close(&w);
	receiver_open(&w, &world, other, receiver_options("g", &topic_t, 1));
	receiver_await(&w, 1);
	ck_assert_int_eq(w.got[0].offset, 2);
	receiver_close(&w);
	world_fini(&world);
	profile_free(profile);
}
END_TEST

/* The second property is an old one, which librdkafka warns of. */
#define PROFILE                      \
	"bootstrap.servers=mock\n"   \
	"socket.blocking.max.ms=1\n" \
	"log_level="

/* Who wants fewer lines in the log is told all the same. Returns how many lines there were. */
static unsigned count_lines_and_reset(const char *properties)
{
	struct world world;
	struct receiver w;
	unsigned n_lines;

	world_init(&world, 20000, properties);
	world_create(&world, "t", 1);
	receiver_fill(&world, "t", 0, 0, RECORDS);
	receiver_open(&w, &world, world.client, receiver_options("g", &topic_t, 1));
	receiver_await_just(&w, RECORDS);
	receiver_await_end(&w);
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(world.kafka->dev), FETCH_API, 1,
					  RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
	world_run(&world, is_told, &w);
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(w.why.code, COMM_ERECEIVE);
	ck_assert_int_eq(kafka_events(world.kafka)->counts[EVENT_RESET], 1);
	n_lines = world.client->log.n_lines + world.client->log.n_dropped;
	receiver_close(&w);
	world_fini(&world);
	return n_lines;
}

START_TEST(test_whatever_the_log_level)
{
	ck_assert_uint_eq(count_lines_and_reset(PROFILE "3\n"), 0);
	ck_assert_uint_gt(count_lines_and_reset(PROFILE "4\n"), 0);
}
END_TEST

TEST_MAIN("kafka_reset", test_lines_of_the_log, test_other_lines,
	  test_a_reader_is_told_once_and_goes_on, test_whatever_the_log_level)

#include <stdio.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "daemon/kafka_consumer.h"
#include "proto/errors.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/*
 * Joining a group takes the mock cluster three seconds, and again for each new topic.
 */

#define ALL 1000, 1024 * 1024

static struct comm_wire_topic_ref named(const char *topic)
{
	return (struct comm_wire_topic_ref){ comm_bytes_of(topic), COMM_NONE, COMM_NONE };
}

static void open_member(struct receiver *w, struct world *world, const char *topic)
{
	const struct comm_wire_topic_ref ref = named(topic);

	receiver_open(w, world, world->client, receiver_options("g", &ref, 1));
	ck_assert_msg(!w->why.code, "%s", w->why.message);
}

/* How many records of @topic have come. */
static size_t count(const struct receiver *w, const char *topic)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_got; i++)
		n += !strcmp(w->got[i].topic, topic);
	return n;
}

static int check(const char *expression, const char *part)
{
	struct kafka_failure why = { .code = 0 };
	int error = kafka_pattern_check(comm_bytes_of(expression), "topics[0].topic", &why);

	ck_assert_int_eq(error, why.code);
	ck_assert_msg(strstr(why.message, part) != NULL, "%s: %s", expression, why.message);
	return error;
}

START_TEST(test_what_is_an_expression)
{
	static const char *const good[] = {
		"^",
		"^.*",
		"^a$|^b",
		"^[]{9999}]x",
		"^[[:alpha:]{]+[0-9]{4}-[0-9]{2}",
		"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
		"^(a|b(c|d){1,3})\\.\\(x",
		"^\\{99999",
		"^([a-z]+-)*(prod|)x?$",
	};
	static const char *const heavy[] = {
		"^a{1025}",          "^(.{100}){100}",     "^a{0,2000}",
		"^(a{1000,}){1000}", "^((a{11}){11}){11}", "^(((((((((((a+)+)+)+)+)+)+)+)+)+)+)+",
	};
	static const char *const endless[] = {
		"^([ab]?+*{31})",
		"^((((a)*{10})*{10})*{10})*{10}",
		"^((((){10}){10}){10}){10}a",
		"^(a?b*){2,7}",
		"^(a|){9}",
		"^(^){9}",
	};
	char nested[100], longest[256];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_int_eq(check(good[i], ""), 0);
	for (size_t i = 0; i < sizeof heavy / sizeof *heavy; i++)
		ck_assert_int_eq(check(heavy[i], "too many characters"), COMM_EBAD_VALUE);
	for (size_t i = 0; i < sizeof endless / sizeof *endless; i++)
		ck_assert_int_eq(check(endless[i], "it repeats "), COMM_EBAD_VALUE);
	ck_assert_int_eq(check("^(a", "Unmatched"), COMM_EBAD_VALUE);
	ck_assert_int_eq(check("^[a", "\"^[a\""), COMM_EBAD_VALUE);
	ck_assert_int_eq(check("^(a)\\1", "refers back"), COMM_EBAD_VALUE);
	memset(nested, '(', sizeof nested - 1);
	nested[0] = '^';
	nested[sizeof nested - 1] = '\0';
	ck_assert_int_eq(check(nested, "nested"), COMM_EBAD_VALUE);
	memset(longest, 'a', sizeof longest - 1);
	longest[0] = '^';
	longest[249] = '\0';
	ck_assert_int_eq(check(longest, ""), 0);
	longest[249] = 'a';
	longest[250] = '\0';
	ck_assert_int_eq(check(longest, "249 bytes"), COMM_EBAD_VALUE);
}
END_TEST

static int refusal(struct world *world, const char *group, const struct comm_wire_topic_ref *refs,
		   size_t n, const char *detail)
{
	struct receiver w;

	receiver_open(&w, world, world->client, receiver_options(group, refs, n));
	ck_assert_ptr_null(w.reader);
	ck_assert_str_eq(w.why.detail, detail);
	return w.why.code;
}

START_TEST(test_what_is_refused)
{
	struct comm_wire_topic_ref many[KAFKA_PATTERNS_MAX + 1], ref = named("^t");
	char names[KAFKA_PATTERNS_MAX + 1][8];
	struct world world;

	receiver_world(&world, 4);
	ck_assert_int_eq(refusal(&world, NULL, &ref, 1, "topics[0].topic"), COMM_EBAD_VALUE);
	ref = named("^(t");
	ck_assert_int_eq(refusal(&world, "g", &ref, 1, "topics[0].topic"), COMM_EBAD_VALUE);
	for (size_t i = 0; i < KAFKA_PATTERNS_MAX + 1; i++) {
		(void)snprintf(names[i], sizeof names[i], "^t%zu", i);
		many[i] = named(names[i]);
	}
	ck_assert_int_eq(refusal(&world, "g", many, KAFKA_PATTERNS_MAX + 1, "topics"),
			 COMM_EBAD_VALUE);
	world_fini(&world);
}
END_TEST

/* Have the mock cluster create a topic that nobody has asked us for. */
static void make_up(struct world *world, const char *topic)
{
	rd_kafka_t *rk = kafka_client_handle(world->client);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	const struct rd_kafka_metadata *md;

	ck_assert_int_eq(rd_kafka_metadata(rk, 0, rkt, &md, 10000), 0);
	rd_kafka_metadata_destroy(md);
	rd_kafka_topic_destroy(rkt);
}

START_TEST(test_topics_that_match_now_and_later)
{
	struct receiver w;
	struct world world;

	receiver_world(&world, 2);
	make_up(&world, "a.made-up");
	open_member(&w, &world, "^a\\.");
	/* Nothing matches: that is an end, and no failure. */
	receiver_await_end(&w);
	ck_assert_uint_eq(w.n_got, 0);
	world_create(&world, "a.1", 1);
	world_create(&world, "b.1", 1);
	receiver_fill(&world, "a.1", 0, 0, 5);
	receiver_fill(&world, "b.1", 0, 0, 5);
	receiver_await_just(&w, 5);
	ck_assert_uint_eq(count(&w, "a.1"), 5);
	kafka_reader_ack_all(w.reader);
	world_create(&world, "a.2", 1);
	receiver_fill(&world, "a.2", 0, 0, 5);
	receiver_await_just(&w, 10);
	ck_assert_uint_eq(count(&w, "a.2"), 5);
	ck_assert_uint_eq(w.reader->consumer->n_topics, 2);
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

/* Each gets what it wants, whoever else is in its group. */
START_TEST(test_readers_that_want_different_topics)
{
	struct receiver by_name, by_a, by_all;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "a.1", 1);
	world_create(&world, "b.1", 1);
	world_create(&world, "c.1", 1);
	open_member(&by_all, &world, "^c|^nothing|^.\\.1");
	open_member(&by_a, &world, "^a");
	open_member(&by_name, &world, "b.1");
	receiver_fill(&world, "a.1", 0, 0, 5);
	receiver_fill(&world, "b.1", 0, 0, 5);
	receiver_fill(&world, "c.1", 0, 0, 5);
	receiver_await_just(&by_name, 5);
	receiver_await_just(&by_a, 5);
	receiver_await_just(&by_all, 5);
	ck_assert_uint_eq(count(&by_name, "b.1"), 5);
	ck_assert_uint_eq(count(&by_a, "a.1"), 5);
	ck_assert_uint_eq(count(&by_all, "c.1"), 5);
	kafka_reader_ack_all(by_name.reader);
	receiver_close(&by_name);
	receiver_fill(&world, "b.1", 0, 5, 5);
	receiver_await_just(&by_all, 10);
	ck_assert_uint_eq(count(&by_all, "b.1"), 5);
	receiver_close(&by_a);
	receiver_close(&by_all);
	world_fini(&world);
}
END_TEST

/* One that goes is no failure for who has not asked for it by its name. */
START_TEST(test_a_topic_that_is_deleted)
{
	struct receiver by_pattern, by_name;
	struct world world;

	receiver_world(&world, 2);
	world_create(&world, "a.1", 1);
	world_create(&world, "a.2", 1);
	open_member(&by_pattern, &world, "^a");
	open_member(&by_name, &world, "a.2");
	receiver_fill(&world, "a.1", 0, 0, 5);
	receiver_await_just(&by_pattern, 5);
	world_delete(&world, "a.2");
	kafka_doubt_topic(
		by_pattern.reader->consumer, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
		"Subscribed topic not available: a.2: Broker: Unknown topic or partition");
	ck_assert(!kafka_reader_wants(by_pattern.reader, "a.2"));
	ck_assert_uint_eq(receiver_fetch(&by_name, ALL), 0);
	ck_assert_int_eq(by_name.why.code, COMM_ETOPIC_UNAVAILABLE);
	receiver_close(&by_name);
	receiver_fill(&world, "a.1", 0, 5, 5);
	receiver_await_just(&by_pattern, 10);
	receiver_close(&by_pattern);
	world_fini(&world);
}
END_TEST

static struct kafka_pattern *pattern_of(struct receiver *w)
{
	return &w->reader->patterns[0];
}

static bool has_failed(void *arg)
{
	return ((struct receiver *)arg)->reader->has_failure;
}

/* It reads what it has, and is told once. */
START_TEST(test_too_many_topics)
{
	struct receiver w;
	struct world world;
	char name[16];

	receiver_world(&world, 2);
	open_member(&w, &world, "^a");
	for (int i = 0; i < KAFKA_PATTERN_TOPICS_MAX; i++) {
		(void)snprintf(name, sizeof name, "absent%d", i);
		ck_assert_int_eq(kafka_pattern_add(pattern_of(&w), name), 1);
		ck_assert_int_eq(kafka_pattern_add(pattern_of(&w), name), 0);
	}
	world_create(&world, "a", 1);
	world_run(&world, has_failed, &w);
	ck_assert_uint_eq(receiver_fetch(&w, ALL), 0);
	ck_assert_int_eq(w.why.code, COMM_EBUSY);
	ck_assert(!kafka_reader_wants(w.reader, "a"));
	ck_assert(kafka_pattern_drop(pattern_of(&w), "absent7"));
	ck_assert(!kafka_pattern_drop(pattern_of(&w), "absent7"));
	receiver_close(&w);
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_pattern", test_what_is_an_expression, test_what_is_refused,
	  test_topics_that_match_now_and_later, test_readers_that_want_different_topics,
	  test_a_topic_that_is_deleted, test_too_many_topics)

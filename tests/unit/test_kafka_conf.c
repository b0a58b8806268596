#include <stdio.h>
#include <string.h>

#include "daemon/kafka_internal.h"
#include "daemon/profile.h"
#include "tests/lib/main.h"

static struct profile *parse(const char *properties)
{
	struct config_problem why;
	struct profile *p;
	struct text text;

	ck_assert_int_eq(text_init(&text, properties, strlen(properties)), 0);
	ck_assert_msg(!profile_parse("/etc/p.conf", "p", &text, &p, &why), "%s", why.text);
	text_fini(&text);
	return p;
}

/* What @key is in the configuration for a profile of @properties. */
static const char *effect(const char *properties, rd_kafka_type_t type, const char *key)
{
	static char value[256];
	const struct kafka k = { .options = { .max_inflight_records = 100000,
					      .max_inflight_bytes = 64 * 1024 * 1024 } };
	size_t size = sizeof value;
	struct kafka_failure why;
	struct profile *p = parse(properties);
	rd_kafka_conf_t *conf;

	ck_assert_msg(!kafka_conf_new(&k, p, type, &conf, &why), "%s", why.message);
	ck_assert_int_eq(rd_kafka_conf_get(conf, key, value, &size), RD_KAFKA_CONF_OK);
	rd_kafka_conf_destroy(conf);
	profile_free(p);
	return value;
}

static const char *refusal(const char *properties)
{
	static struct kafka_failure why;
	struct profile *p = parse(properties);

	ck_assert_int_eq(kafka_check_profile(p, &why), COMM_EBAD_PROFILE);
	ck_assert_int_eq(why.code, COMM_EBAD_PROFILE);
	profile_free(p);
	return why.message;
}

#define BROKER "bootstrap.servers=b:1\n"

START_TEST(test_defaults)
{
	static const char *const expected[][2] = {
		{ "bootstrap.servers", "b:1" },
		{ "client.id", "commd" },
		{ "enable.idempotence", "true" },
		{ "acks", "-1" },
		{ "linger.ms", "0" },
		{ "partitioner", "murmur2_random" },
		{ "message.timeout.ms", "30000" },
		{ "socket.nagle.disable", "true" },
		{ "reconnect.backoff.max.ms", "1000" },
		{ "allow.auto.create.topics", "false" },
		{ "log.queue", "true" },
		{ "queue.buffering.max.messages", "210000" },
		{ "queue.buffering.max.kbytes", "147456" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ck_assert_str_eq(effect(BROKER, RD_KAFKA_PRODUCER, expected[i][0]), expected[i][1]);
}
END_TEST

START_TEST(test_the_profile_decides)
{
	ck_assert_str_eq(effect(BROKER "linger.ms=7\n", RD_KAFKA_PRODUCER, "linger.ms"), "7");
	ck_assert_str_eq(effect(BROKER "client.id=x\n", RD_KAFKA_PRODUCER, "client.id"), "x");
	ck_assert_str_eq(
		effect(BROKER "topic.partitioner=random\n", RD_KAFKA_PRODUCER, "partitioner"),
		"random");
	ck_assert_str_eq(
		effect(BROKER "fetch.wait.max.ms=3\n", RD_KAFKA_CONSUMER, "fetch.wait.max.ms"),
		"3");
	ck_assert_str_eq(effect(BROKER "queue.buffering.max.messages=5\n", RD_KAFKA_PRODUCER,
				"queue.buffering.max.messages"),
			 "5");
	ck_assert_str_eq(effect(BROKER "commd.description=mine\n", RD_KAFKA_PRODUCER, "client.id"),
			 "commd");
}
END_TEST

/* What an idempotent producer cannot do is not refused: the producer then is not idempotent, and keeps
 * the order by having one request in flight. */
START_TEST(test_idempotence_gives_way)
{
	static const char *const properties[] = { "acks=1",          "request.required.acks=0",
						  "max.in.flight=6", "retries=0",
						  "topic.acks=1",    "enable.idempotence=false" };
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
		(void)snprintf(text, sizeof text, BROKER "%s\n", properties[i]);
		ck_assert_str_eq(effect(text, RD_KAFKA_PRODUCER, "enable.idempotence"), "false");
	}
	ck_assert_str_eq(effect(BROKER "acks=1\n", RD_KAFKA_PRODUCER, "max.in.flight"), "1");
	ck_assert_str_eq(effect(BROKER "acks=1\n", RD_KAFKA_PRODUCER, "acks"), "1");
	ck_assert_str_eq(effect(BROKER "max.in.flight=6\n", RD_KAFKA_PRODUCER, "max.in.flight"),
			 "6");
	ck_assert_str_eq(effect(BROKER "acks=all\nmax.in.flight=2\n", RD_KAFKA_PRODUCER,
				"enable.idempotence"),
			 "true");
	ck_assert_str_eq(
		effect(BROKER "enable.idempotence=1\n", RD_KAFKA_PRODUCER, "max.in.flight"),
		"1000000");
}
END_TEST

START_TEST(test_refusals)
{
	ck_assert_str_eq(refusal(BROKER "\nlinger.ms=soon\n"),
			 "/etc/p.conf:3: Invalid value for configuration property "
			 "\"queue.buffering.max.ms\"");
	ck_assert_str_eq(refusal("bootstrap.servers=b\nbootstrap.server=b\n"),
			 "/etc/p.conf:2: No such configuration property: \"bootstrap.server\"; "
			 "did you mean \"bootstrap.servers\"?");
	ck_assert_str_eq(refusal(BROKER "partitoner=random\n"),
			 "/etc/p.conf:2: No such configuration property: \"partitoner\"; "
			 "did you mean \"partitioner\"?");
	ck_assert_str_eq(refusal(BROKER "xyzzy=1\n"),
			 "/etc/p.conf:2: No such configuration property: \"xyzzy\"");
}
END_TEST

START_TEST(test_secrets_are_not_told)
{
	static const char *const keys[] = { "sasl.password", "ssl.key.password", "ssl.key.pem" };
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct kafka_failure why;
		struct profile *p;

		(void)snprintf(text, sizeof text, BROKER "%s=hunter2\n", keys[i]);
		p = parse(text);
		if (kafka_check_profile(p, &why))
			ck_assert_ptr_null(strstr(why.message, "hunter2"));
		profile_free(p);
	}
}
END_TEST

TEST_MAIN("kafka_conf", test_defaults, test_the_profile_decides, test_idempotence_gives_way,
	  test_refusals, test_secrets_are_not_told)

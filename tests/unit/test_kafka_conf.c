#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
		{ "statistics.interval.ms", "5000" },
		{ "socket.nagle.disable", "true" },
		{ "reconnect.backoff.max.ms", "1000" },
		{ "allow.auto.create.topics", "false" },
		{ "log.queue", "true" },
		{ "queue.buffering.max.messages", "0" },
		{ "queue.buffering.max.kbytes", "2147483647" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ck_assert_str_eq(effect(BROKER, RD_KAFKA_PRODUCER, expected[i][0]), expected[i][1]);
}
END_TEST

/* The id is Kafka's; what stands for something is replaced. */
START_TEST(test_group_instance_id)
{
	const char *key = "group.instance.id";
	char expected[300], host[100];

	ck_assert_int_eq(gethostname(host, sizeof host), 0);
	ck_assert_str_eq(effect(BROKER "group.instance.id=a.B_c-9\n", RD_KAFKA_CONSUMER, key),
			 "a.B_c-9");
	(void)snprintf(expected, sizeof expected, "x-%s-p", host);
	ck_assert_str_eq(effect(BROKER "group.instance.id=x-%h-%p\n", RD_KAFKA_CONSUMER, key),
			 expected);
	(void)snprintf(expected, sizeof expected, BROKER "group.instance.id=%0249d\n", 1);
	ck_assert_uint_eq(strlen(effect(expected, RD_KAFKA_CONSUMER, key)), 249);
}
END_TEST

START_TEST(test_group_instance_id_is_checked)
{
	char pattern[300];

	ck_assert_ptr_nonnull(strstr(refusal(BROKER "group.instance.id=a b\n"), "/etc/p.conf:2"));
	ck_assert_ptr_nonnull(strstr(refusal(BROKER "group.instance.id=..\n"), "letters"));
	ck_assert_ptr_nonnull(strstr(refusal(BROKER "group.instance.id=%g\n"), "followed by h"));
	ck_assert_ptr_nonnull(strstr(refusal(BROKER "group.instance.id=a%\n"), "followed by h"));
	(void)snprintf(pattern, sizeof pattern, BROKER "group.instance.id=%0248d%%p%%p\n", 1);
	ck_assert_ptr_nonnull(strstr(refusal(pattern), "249 characters"));
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
		effect(BROKER "enable.idempotence=1\n", RD_KAFKA_PRODUCER, "max.in.flight"), "2");
}
END_TEST

/* A consumer says by a warning that it goes on elsewhere. */
START_TEST(test_consumers_warn)
{
	ck_assert_str_eq(effect(BROKER "log_level=3\n", RD_KAFKA_CONSUMER, "log_level"), "4");
	ck_assert_str_eq(effect(BROKER "log_level=3\n", RD_KAFKA_PRODUCER, "log_level"), "3");
	ck_assert_str_eq(effect(BROKER "log_level=5\n", RD_KAFKA_CONSUMER, "log_level"), "5");
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

/* What librdkafka makes of all of them together, for a consumer of @properties. */
static int64_t in_use(const char *properties, const char *key)
{
	struct profile *p = parse(properties);
	struct kafka_failure why;
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;
	int64_t value;

	ck_assert_msg(!kafka_conf_new(NULL, p, RD_KAFKA_CONSUMER, &conf, &why), "%s", why.message);
	ck_assert_msg(!kafka_open(p, RD_KAFKA_CONSUMER, conf, &rk, &why), "%s", why.message);
	value = kafka_conf_number(rd_kafka_conf(rk), key);
	rd_kafka_destroy(rk);
	profile_free(p);
	return value;
}

/* Each record that has come with an answer may hold on to all of it. */
START_TEST(test_an_answer_is_no_larger_than_a_queue)
{
	ck_assert_int_eq(in_use(BROKER, "fetch.max.bytes"), 4 << 20);
	ck_assert_int_eq(in_use(BROKER "fetch.max.bytes=9999999\n", "fetch.max.bytes"), 9999999);
	ck_assert_int_eq(in_use(BROKER "queued.max.messages.kbytes=2048\n", "fetch.max.bytes"),
			 2 << 20);
	ck_assert_int_eq(in_use(BROKER "message.max.bytes=9999999\n", "fetch.max.bytes"), 9999999);
}
END_TEST

#define TLS BROKER "security.protocol=ssl\n"

/* Properties that are good one by one, and no good together or with what they name. */
START_TEST(test_refusals_as_a_whole)
{
	static const char nowhere[] = "/nowhere/ca.pem: No such file or directory";
	const char *why = refusal(TLS "\nssl.ca.location=/nowhere/ca.pem\n");

	ck_assert_ptr_eq(strstr(why, "/etc/p.conf:4: ssl.ca.location failed: "), why);
	ck_assert_str_eq(why + strlen(why) - strlen(nowhere), nowhere);
	/* Of those named the first that is in the file. */
	ck_assert_str_eq(refusal(BROKER "enable.idempotence=true\nmax.in.flight=9\n"),
			 "/etc/p.conf:3: `max.in.flight` must be set <= 5 when "
			 "`enable.idempotence` is true");
	/* Only a consumer minds; fetch.max.bytes has max.bytes in its name. */
	ck_assert_str_eq(refusal(BROKER "message.max.bytes=2000\nfetch.max.bytes=1000\n"),
			 "/etc/p.conf:3: `fetch.max.bytes` must be >= `message.max.bytes`");
	ck_assert_str_eq(refusal(BROKER "partition.assignment.strategy=best\n"),
			 "/etc/p.conf:2: Unsupported partition.assignment.strategy: best");
	ck_assert_str_eq(refusal(BROKER "security.protocol=sasl_plaintext\nsasl.mechanism=PLAIN\n"),
			 "/etc/p.conf: sasl.username and sasl.password must be set");
}
END_TEST

START_TEST(test_refusals_are_printable)
{
	const char *why =
		refusal(TLS "ssl.keystore.location=/no\x1b\xff\nssl.keystore.password=p\n");

	ck_assert_ptr_nonnull(strstr(why, "/etc/p.conf:3: "));
	ck_assert_ptr_nonnull(strstr(why, "/no??"));
}
END_TEST

START_TEST(test_secrets_are_not_told)
{
	static const char *const keys[] = { "sasl.password", "ssl.key.password", "ssl.key.pem",
					    "ssl.keystore.password" };
	const char *why;
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct kafka_failure failure;
		struct profile *p;

		(void)snprintf(text, sizeof text, TLS "%s=hunter2\n", keys[i]);
		p = parse(text);
		if (kafka_check_profile(p, &failure))
			ck_assert_ptr_null(strstr(failure.message, "hunter2"));
		profile_free(p);
	}
	/* A file with the name of the password: the sentence of librdkafka has it. */
	why = refusal(TLS "ssl.keystore.password=hunter2\nssl.keystore.location=/no/hunter2\n");
	ck_assert_ptr_nonnull(strstr(why, "/no/*******"));
	ck_assert_ptr_null(strstr(why, "hunter2"));
}
END_TEST

/* A port of this host that somebody listens on, as a property. */
static int listen_as_broker(char *ret_property, size_t size)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(ret_property, size, "bootstrap.servers=127.0.0.1:%d\n", ntohs(a.sin_port));
	return fd;
}

/* Neither to the brokers nor to whoever gives out tickets and tokens. */
START_TEST(test_checking_connects_to_nothing)
{
	static const char *const more[] = {
		"",
		"test.mock.num.brokers=1\n",
		"security.protocol=sasl_plaintext\nsasl.mechanism=OAUTHBEARER\n",
		"security.protocol=sasl_plaintext\nsasl.mechanism=OAUTHBEARER\n"
		"enable.sasl.oauthbearer.unsecure.jwt=true\n"
		"sasl.oauthbearer.config=principal=p\n",
		"security.protocol=sasl_plaintext\nsasl.mechanism=GSSAPI\n"
		"sasl.kerberos.kinit.cmd=echo kinit was run >&2; kill -9 $PPID\n",
	};
	char broker[64], text[512];
	int fd = listen_as_broker(broker, sizeof broker);

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		struct kafka_failure why;
		struct profile *p;

		(void)snprintf(text, sizeof text, "%s%s", broker, more[i]);
		p = parse(text);
		ck_assert_msg(!kafka_check_profile(p, &why), "%s", why.message);
		ck_assert_int_lt(accept(fd, NULL, NULL), 0);
		ck_assert_int_eq(errno, EAGAIN);
		profile_free(p);
	}
	close(fd);
}
END_TEST

TEST_MAIN("kafka_conf", test_group_instance_id, test_group_instance_id_is_checked, test_defaults,
	  test_the_profile_decides, test_idempotence_gives_way, test_consumers_warn, test_refusals,
	  test_refusals_as_a_whole, test_refusals_are_printable, test_secrets_are_not_told,
	  test_checking_connects_to_nothing, test_an_answer_is_no_larger_than_a_queue)

/*
 * What the log says about what somebody was denied. Who is denied what is for test_wire_permit.c.
 */
#include "daemon/permit.h"

#include <stdio.h>
#include <string.h>

#include "daemon/acl.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "tests/lib/main.h"

/* In the place of daemon/log.c: what the last line was about. */
static struct log_about logged;
static char profile[64], topic[512], group[512];

static const char *copy(char *to, size_t size, const char *text)
{
	return text && snprintf(to, size, "%s", text) >= 0 ? to : NULL;
}

void log_event(int level, enum log_event event, const struct log_about *about, const char *format,
	       ...)
{
	(void)level;
	(void)format;
	ck_assert_int_eq(event, LOG_EVENT_DENIED);
	logged = *about;
	logged.profile = copy(profile, sizeof profile, about->profile);
	logged.topic = copy(topic, sizeof topic, about->topic);
	logged.group = copy(group, sizeof group, about->group);
}

void log_msg(int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

void log_problem(const char *sentence)
{
	(void)sentence;
}

static const char rules[] = "[rule nobody]\n"
			    "users = *\n"
			    "deny = produce consume administer status\n";

static uv_loop_t loop;
static struct config config;
static struct daemon d;
static struct session s;

static void setup(void)
{
	static const struct acl_host host = { 0 };
	struct config_problem why;
	struct text text;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(text_init(&text, rules, sizeof rules - 1), 0);
	ck_assert_int_eq(config_parse("commd.conf", &text, &config, &why), 0);
	text_fini(&text);
	d = (struct daemon){ .loop = &loop, .config = &config };
	ck_assert_int_eq(acl_load(&config, &host, &d.rules, &why), 0);
	s = (struct session){ .daemon = &d, .name = "shop", .pipe = { .loop = &loop } };
}

static void teardown(void)
{
	free(s.profile_name);
	quotas_fini(&d.quotas);
	acl_free(d.rules);
	config_fini(&config);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* NULL: there is no such field. */
static void expect_text(const char *text, const char *expected)
{
	ck_assert(!text == !expected);
	if (expected)
		ck_assert_str_eq(text, expected);
}

static void expect_denied(enum comm_method_id method, const void *params, const char *by_topic,
			  const char *by_group)
{
	struct request r = { .session = &s, .method = &comm_methods[method] };
	struct kafka_failure why;

	logged = (struct log_about){ 0 };
	s.was_denied = false;
	ck_assert_int_eq(permit_check(&r, params, &why), COMM_EDENIED);
	ck_assert_str_eq(logged.client, "shop");
	ck_assert_int_eq(logged.error, COMM_EDENIED);
	expect_text(logged.topic, by_topic);
	expect_text(logged.group, by_group);
}

static void expect_subscribe(const char *by_group, const char *of_topic, const char *expected_topic)
{
	const struct comm_wire_topic_ref ref = { comm_bytes_of(of_topic), COMM_NONE, COMM_NONE };
	const struct comm_subscribe_params params = { .group = comm_bytes_of(by_group),
						      .topics = { &ref, 1 } };

	expect_denied(COMM_METHOD_SUBSCRIBE, &params, expected_topic, by_group);
}

START_TEST(a_denial_is_found_by_topic_and_by_group)
{
	const struct comm_send_params send = { .topic = comm_bytes_of("orders") };
	const struct comm_offsets_params offsets = { .topic = comm_bytes_of("invoices") };
	const struct comm_delete_group_params delete = { .group = comm_bytes_of("old") };
	const struct comm_trace_params trace = { .topic = comm_bytes_of("orders") };

	setup();
	expect_denied(COMM_METHOD_SEND, &send, "orders", NULL);
	expect_denied(COMM_METHOD_OFFSETS, &offsets, "invoices", NULL);
	expect_denied(COMM_METHOD_DELETE_GROUP, &delete, NULL, "old");
	expect_subscribe("readers", "orders", NULL);
	expect_subscribe(NULL, "orders", "orders");
	/* Nothing was said about the topic: nobody may look on at all. */
	expect_denied(COMM_METHOD_TRACE, &trace, NULL, NULL);
	expect_denied(COMM_METHOD_RELOAD, NULL, NULL, NULL);
	teardown();
}
END_TEST

START_TEST(and_by_profile)
{
	const struct comm_send_params send = { .topic = comm_bytes_of("orders") };

	setup();
	expect_denied(COMM_METHOD_SEND, &send, "orders", NULL);
	ck_assert_str_eq(logged.profile, "default");
	ck_assert_int_eq(session_set_profile(&s, comm_bytes_of("other")), 0);
	expect_denied(COMM_METHOD_SEND, &send, "orders", NULL);
	ck_assert_str_eq(logged.profile, "other");
	teardown();
}
END_TEST

/* Its user's other programs have used up what may be said. */
START_TEST(one_that_was_left_out_is_told_when_there_is_room)
{
	const struct comm_send_params send = { .topic = comm_bytes_of("orders") };
	struct request r = { .session = &s, .method = &comm_methods[COMM_METHOD_SEND] };
	struct kafka_failure why;

	setup();
	for (int i = 0; i < SAID_LINES_MAX; i++)
		expect_denied(COMM_METHOD_SEND, &send, "orders", NULL);
	logged = (struct log_about){ 0 };
	s.was_denied = false;
	ck_assert_int_eq(permit_check(&r, &send, &why), COMM_EDENIED);
	ck_assert_ptr_null(logged.client);
	loop.time += SAID_PERIOD_MS;
	ck_assert_int_eq(permit_check(&r, &send, &why), COMM_EDENIED);
	ck_assert_str_eq(logged.client, "shop");
	logged = (struct log_about){ 0 };
	ck_assert_int_eq(permit_check(&r, &send, &why), COMM_EDENIED);
	ck_assert_ptr_null(logged.client);
	ck_assert_int_eq(d.stats.denied_total, SAID_LINES_MAX + 3);
	teardown();
}
END_TEST

/* A name is what a client says it is, and of any length. */
START_TEST(a_name_is_cut_between_characters)
{
	char name[2 * COMM_NAME_MAX + 1] = "", expected[COMM_NAME_MAX + 1] = "";
	struct comm_send_params send = { 0 };

	for (size_t i = 0; i < COMM_NAME_MAX; i++)
		memcpy(name + 2 * i, "\xc3\xa4", 3);
	memcpy(expected, name, COMM_NAME_MAX - 1);
	send.topic = comm_bytes_of(name);
	setup();
	expect_denied(COMM_METHOD_SEND, &send, expected, NULL);
	teardown();
}
END_TEST

TEST_MAIN("permit", a_denial_is_found_by_topic_and_by_group, and_by_profile,
	  one_that_was_left_out_is_told_when_there_is_room, a_name_is_cut_between_characters)

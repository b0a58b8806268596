/*
 * Profiles, against a real Kafka: the one that a connection names is the one that it uses, and a
 * bad one is told to those who name it, and to nobody else.
 */
#include "tests/lib/main.h"

#include <string.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define KAFKA     "bootstrap.servers=@KAFKA@\n"
#define NO_BROKER "bootstrap.servers=127.0.0.1:1\n"

static struct comm *connect_as(const struct daemon_under_test *d, const char *profile,
			       int timeout_ms)
{
	const struct comm_options options = { .timeout_ms = timeout_ms };
	struct comm *c;

	assert_ok(c, comm_connect(dut_socket(d), profile, &options, &c));
	return c;
}

static const struct comm_profile_status *find_profile(const struct comm_status *s, const char *name)
{
	for (size_t i = 0; i < s->n_profiles; i++)
		if (strcmp(s->profiles[i].name, name) == 0)
			return &s->profiles[i];
	ck_abort_msg("there is no profile %s", name);
}

/* @name is in @state, and what is said about it has @part in it. */
static void expect_state(struct comm *c, const char *name, const char *state, const char *part)
{
	const struct comm_profile_status *p;
	struct comm_status *status;

	assert_ok(c, comm_status(c, &status));
	p = find_profile(status, name);
	ck_assert_str_eq(p->state, state);
	ck_assert_msg(strstr(p->error, part) != NULL, "\"%s\" has no \"%s\"", p->error, part);
	comm_status_free(status);
}

/* The rows' NoConfigFileException. */
START_TEST(an_unknown_profile_is_named)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c;

	assert_error(c, comm_connect(dut_socket(d), "payments", NULL, &c), COMM_ENO_PROFILE,
		     "profiles/payments.conf");
	comm_close(c, 0, NULL);
	dut_stop(d);
}
END_TEST

/* The rows' WrongConfigContextException: every verb says file, line and librdkafka's sentence. */
START_TEST(a_bad_profile_is_named_with_file_line_and_reason)
{
	struct daemon_under_test *d =
		dut_start_files(NULL, "# the bus\n" NO_BROKER "compression.codec=zip\n", NULL);
	static const char where[] = "profiles/default.conf:3";
	struct comm_subscription *s;
	struct comm_topics *all;
	struct comm *c;

	assert_error(c, comm_connect(dut_socket(d), "default", NULL, &c), COMM_EBAD_PROFILE, where);
	ck_assert_ptr_nonnull(strstr(comm_error_message(c), "Invalid value"));
	ck_assert_ptr_nonnull(strstr(comm_error_message(c), "compression.codec"));
	comm_close(c, 0, NULL);
	if (comm_connect(dut_socket(d), NULL, NULL, &c) == 0) {
		const char *topic = "t";

		assert_error(c, comm_create_topic(c, topic, 1, 1, NULL, 0), COMM_EBAD_PROFILE,
			     where);
		assert_error(c, comm_delete_topic(c, topic), COMM_EBAD_PROFILE, where);
		assert_error(c, comm_list_topics(c, NULL, &all), COMM_EBAD_PROFILE, where);
		assert_error(c, comm_send(c, topic, "a", 1, NULL, 0), COMM_EBAD_PROFILE, where);
		assert_error(c, comm_subscribe(c, NULL, &topic, 1, NULL, &s), COMM_EBAD_PROFILE,
			     where);
	}
	comm_close(c, 0, NULL);
	dut_stop(d);
}
END_TEST

START_TEST(a_bad_profile_harms_no_other)
{
	const struct dut_profile profiles[] = { { "default", KAFKA },
						{ "bad", KAFKA "linger.mss=5\n" },
						{ 0 } };
	static const char words[] = "bad.conf:2: No such configuration property: \"linger.mss\"";
	struct daemon_under_test *d = dut_start_profiles(NULL, profiles, NULL);
	struct comm *c = e2e_connect(d), *bad;
	_cleanup_free_ char *topic = e2e_topic("harm");

	/* Nobody has used it, and its owner can see it already. */
	expect_state(c, "bad", "bad", words);
	e2e_create(c, topic, 1);
	assert_ok(c, comm_send(c, topic, "before", 6, NULL, 0));
	assert_error(bad, comm_connect(dut_socket(d), "bad", NULL, &bad), COMM_EBAD_PROFILE, words);
	assert_ok(c, comm_send(c, topic, "after", 5, NULL, 0));
	/* The handle is of use only to tell why. */
	assert_error(bad, comm_send(bad, topic, "no", 2, NULL, 0), COMM_EBAD_PROFILE, words);
	comm_close(bad, 0, NULL);
	assert_ok(c, comm_send(c, topic, "at last", 7, NULL, 0));
	expect_state(c, "bad", "bad", words);
	expect_state(c, "default", "up", "");
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* It sends; and each subscription says what is wrong. */
START_TEST(a_profile_that_is_bad_for_consumers)
{
	struct daemon_under_test *d = dut_start_files(NULL, KAFKA "fetch.max.bytes=1000\n", NULL);
	static const char words[] = "default.conf:2: `fetch.max.bytes` must be >= "
				    "`message.max.bytes`";
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("consumers");
	const char *const topics[] = { topic };
	struct comm_subscription *s;

	expect_state(c, "default", "bad", words);
	e2e_create(c, topic, 1);
	assert_ok(c, comm_send(c, topic, "v", 1, NULL, 0));
	assert_error(c, comm_subscribe(c, NULL, topics, 1, NULL, &s), COMM_EBAD_PROFILE, words);
	assert_error(c, comm_subscribe(c, "g", topics, 1, NULL, &s), COMM_EBAD_PROFILE, words);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

static void expect_persisted(struct comm *c, const char *profile, int64_t n)
{
	struct comm_status *status;

	assert_ok(c, comm_status(c, &status));
	ck_assert_int_eq(find_profile(status, profile)->persisted, n);
	comm_status_free(status);
}

START_TEST(a_connection_is_bound_to_its_profile)
{
	const struct dut_profile profiles[] = { { "default", KAFKA },
						{ "small", KAFKA "message.max.bytes=2000\n" },
						{ "away", NO_BROKER },
						{ 0 } };
	struct daemon_under_test *d = dut_start_profiles(NULL, profiles, NULL);
	struct comm *c = e2e_connect(d);
	struct comm *small = connect_as(d, "small", E2E_LIMIT_MS);
	struct comm *away = connect_as(d, "away", E2E_SHORT_MS);
	_cleanup_free_ char *topic = e2e_topic("bound");
	const char big[3000] = { 0 };

	e2e_create(c, topic, 1);
	assert_ok(c, comm_send(c, topic, big, sizeof big, NULL, 0));
	assert_error(small, comm_send(small, topic, big, sizeof big, NULL, 0), COMM_ETOO_BIG,
		     "profiles/small.conf");
	assert_ok(small, comm_send(small, topic, big, 1000, NULL, 0));
	assert_silence(away, comm_send(away, topic, "v", 1, NULL, 0), "127.0.0.1:1");
	/* In any order, and each as often as it likes. */
	assert_ok(small, comm_send(small, topic, "v", 1, NULL, 0));
	assert_ok(c, comm_send(c, topic, "v", 1, NULL, 0));
	assert_ok(c, comm_send(c, topic, "v", 1, NULL, 0));
	expect_persisted(c, "default", 3);
	expect_persisted(c, "small", 2);
	expect_persisted(c, "away", 0);
	expect_state(c, "away", "down", "127.0.0.1:1");
	e2e_delete(c, topic);
	e2e_close(c);
	e2e_close(small);
	comm_close(away, 0, NULL);
	dut_stop(d);
}
END_TEST

TEST_MAIN("rows: profiles", an_unknown_profile_is_named,
	  a_bad_profile_is_named_with_file_line_and_reason, a_bad_profile_harms_no_other,
	  a_profile_that_is_bad_for_consumers, a_connection_is_bound_to_its_profile)

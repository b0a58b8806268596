#include <string.h>

#include "daemon/kafka_internal.h"
#include "tests/lib/main.h"

START_TEST(test_codes)
{
	static const struct {
		rd_kafka_resp_err_t err;
		int code;
	} cases[] = {
		{ RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, COMM_ETOPIC_UNAVAILABLE },
		{ RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, COMM_ETOPIC_UNAVAILABLE },
		{ RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, COMM_EDENIED },
		{ RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, COMM_ETOO_BIG },
		{ RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, COMM_EBROKER },
		{ RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, COMM_EBROKER },
		{ RD_KAFKA_RESP_ERR__AUTHENTICATION, COMM_EBROKER },
		{ RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, COMM_EBROKER },
		{ RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, COMM_ESHUTDOWN },
		{ RD_KAFKA_RESP_ERR_INVALID_RECORD, COMM_EINTERNAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_int_eq(kafka_error_code(cases[i].err), cases[i].code);
}
END_TEST

START_TEST(test_words)
{
	char words[128];

	ck_assert_str_eq(
		kafka_error_words(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, words, sizeof words),
		"UNKNOWN_TOPIC_OR_PART: Broker: Unknown topic or partition");
}
END_TEST

START_TEST(test_failure)
{
	struct kafka_failure f = { .detail = "old" };

	kafka_failure_set(&f, 0, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic %s", "t");
	ck_assert_int_eq(f.code, COMM_ETOPIC_UNAVAILABLE);
	ck_assert_str_eq(f.detail, "");
	ck_assert_str_eq(f.message, "topic t: UNKNOWN_TOPIC_OR_PART: Broker: Unknown topic or "
				    "partition; create it: commctl create-topic NAME");
	kafka_failure_set(&f, COMM_ETOPIC_QUERY, RD_KAFKA_RESP_ERR__TRANSPORT, "%s", "");
	ck_assert_int_eq(f.code, COMM_ETOPIC_QUERY);
	ck_assert_str_eq(f.message, "_TRANSPORT: Local: Broker transport failure");
}
END_TEST

START_TEST(test_failure_with_words)
{
	const rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP;
	struct kafka_failure f;

	kafka_failure_set_words(&f, 0, err, "two members", "group %s", "g");
	ck_assert_int_eq(f.code, COMM_EGROUP_ACTIVE);
	ck_assert_str_eq(f.message, "group g: NON_EMPTY_GROUP: Broker: The group is not empty: two "
				    "members; stop its members first");
	/* Nothing is said twice. */
	kafka_failure_set_words(&f, 0, err, rd_kafka_err2str(err), "group %s", "g");
	ck_assert_str_eq(f.message,
			 "group g: NON_EMPTY_GROUP: Broker: The group is not empty; stop "
			 "its members first");
}
END_TEST

START_TEST(test_refusals)
{
	ck_assert_int_eq(kafka_error_refusal(RD_KAFKA_RESP_ERR_INVALID_CONFIG, COMM_ETOPIC_ALTER),
			 COMM_ETOPIC_ALTER);
	ck_assert_int_eq(
		kafka_error_refusal(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, COMM_ETOPIC_QUERY),
		COMM_ETOPIC_QUERY);
	ck_assert_int_eq(kafka_error_refusal(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
					     COMM_EGROUP_ALTER),
			 COMM_EDENIED);
	ck_assert_int_eq(kafka_error_refusal(RD_KAFKA_RESP_ERR_NOT_CONTROLLER, COMM_ETOPIC_ALTER),
			 COMM_EBROKER);
	/* Who commits for a group without being a member of it is told so when it has some. */
	ck_assert_int_eq(kafka_error_of_group(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID),
			 RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP);
	ck_assert_int_eq(kafka_error_of_group(RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND),
			 RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND);
}
END_TEST

/* A change that was not refused and not asked for in vain may have been made. */
START_TEST(test_what_is_open)
{
	const rd_kafka_resp_err_t late = RD_KAFKA_RESP_ERR__TIMED_OUT;

	ck_assert(kafka_error_is_open(late, NULL));
	ck_assert(kafka_error_is_open(late, "Failed while waiting for response from broker: "
					    "Local: Timed out"));
	ck_assert(kafka_error_is_open(RD_KAFKA_RESP_ERR__TRANSPORT, ""));
	ck_assert(kafka_error_is_open(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, NULL));
	ck_assert(!kafka_error_is_open(late, "Failed while waiting for controller: Local: Timed "
					     "out"));
	ck_assert(!kafka_error_is_open(late, "Failed while waiting for broker: Local: Timed out"));
	ck_assert(!kafka_error_is_open(RD_KAFKA_RESP_ERR_NOT_CONTROLLER, NULL));
	ck_assert(!kafka_error_is_open(RD_KAFKA_RESP_ERR_INVALID_CONFIG, NULL));
}
END_TEST

START_TEST(test_what_is_too_long_is_cut)
{
	char long_text[4096];
	struct kafka_failure f;

	memset(long_text, 'x', sizeof long_text);
	long_text[sizeof long_text - 1] = '\0';
	kafka_failure_set(&f, 0, RD_KAFKA_RESP_ERR__SSL, "%s", long_text);
	ck_assert_uint_eq(strlen(f.message), sizeof f.message - 1);
	ck_assert_int_eq(kafka_failure_refuse(&f, COMM_EBUSY, long_text, "%s", long_text),
			 COMM_EBUSY);
	ck_assert_uint_eq(strlen(f.detail), sizeof f.detail - 1);
}
END_TEST

TEST_MAIN("kafka_error", test_codes, test_words, test_failure, test_failure_with_words,
	  test_refusals, test_what_is_open, test_what_is_too_long_is_cut)

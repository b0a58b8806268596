#include <string.h>

#include "daemon/kafka_cause.h"
#include "daemon/profile.h"
#include "tests/lib/main.h"

static void find(struct property *properties, size_t n, rd_kafka_resp_err_t err, const char *words,
		 const char *certificate, struct kafka_cause *ret)
{
	const struct profile p = { .properties = properties, .n_properties = n };

	kafka_cause_find(&p, err, words, certificate, ret);
}

START_TEST(test_how_long_it_took_is_left_out)
{
	struct kafka_cause cause;

	find(NULL, 0, RD_KAFKA_RESP_ERR__TRANSPORT,
	     "b:1/bootstrap: Connect failed: Connection refused (after 0ms in state CONNECT, 3 "
	     "identical error(s) suppressed)",
	     "", &cause);
	ck_assert_str_eq(cause.text, "b:1/bootstrap: Connect failed: Connection refused; see "
				     "whether the broker runs, and bootstrap.servers of the "
				     "profile");
	ck_assert(!cause.is_distrust);
	find(NULL, 0, RD_KAFKA_RESP_ERR__TRANSPORT, "something else", "", &cause);
	ck_assert_str_eq(cause.text, "something else");
}
END_TEST

START_TEST(test_a_certificate_has_its_own_words)
{
	static const char words[] =
		"b:1: SSL handshake failed: error:1: certificate verify failed: "
		"broker certificate could not be verified, install "
		"ca-certificates (after 1ms in state SSL_HANDSHAKE)";
	struct kafka_cause cause;

	find(NULL, 0, RD_KAFKA_RESP_ERR__SSL, words, "hostname mismatch: it is for b2", &cause);
	ck_assert_str_eq(cause.text, "b:1: SSL handshake failed: error:1: certificate verify "
				     "failed: hostname mismatch: it is for b2");
	ck_assert(cause.is_distrust);
	find(NULL, 0, RD_KAFKA_RESP_ERR__SSL, words, "", &cause);
	ck_assert_ptr_nonnull(strstr(cause.text, "install ca-certificates"));
	/* What was wrong with one has nothing to do with what comes later. */
	find(NULL, 0, RD_KAFKA_RESP_ERR__TRANSPORT, "b:1: Disconnected", "hostname mismatch",
	     &cause);
	ck_assert_str_eq(cause.text, "b:1: Disconnected");
}
END_TEST

START_TEST(test_what_the_profile_has_decides)
{
	struct property certificate = { .key = (char[]){ "ssl.certificate.location" },
					.value = (char[]){ "c.pem" } };
	struct property scram = { .key = (char[]){ "sasl.mechanisms" },
				  .value = (char[]){ "SCRAM-SHA-512" } };
	static const char alert[] = "tlsv13 alert certificate required: SSL alert number 116";
	struct kafka_cause cause;

	find(NULL, 0, RD_KAFKA_RESP_ERR__TRANSPORT, alert, "", &cause);
	ck_assert_ptr_nonnull(strstr(cause.text, "; the brokers want a certificate"));
	ck_assert(cause.is_distrust);
	find(&certificate, 1, RD_KAFKA_RESP_ERR__TRANSPORT, alert, "", &cause);
	ck_assert_ptr_nonnull(strstr(cause.text, "; the brokers do not accept the certificate"));
	find(&scram, 1, RD_KAFKA_RESP_ERR__AUTHENTICATION, "no", "", &cause);
	ck_assert_int_eq(!!strstr(cause.text, "before 2.6.1"), rd_kafka_version() < 0x020601ff);
	ck_assert_ptr_nonnull(strstr(cause.text, "see sasl.username and sasl.password"));
}
END_TEST

TEST_MAIN("kafka_cause", test_how_long_it_took_is_left_out, test_a_certificate_has_its_own_words,
	  test_what_the_profile_has_decides)

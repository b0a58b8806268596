#include "daemon/kafka_cause.h"

#include <stdio.h>
#include <string.h>

#include "daemon/profile.h"
#include "daemon/profile_secret.h"
#include "proto/util.h"

/* From this version on SCRAM works with Kafka 4. */
#define SCRAM_VERSION 0x020601ff

#define UNVERIFIED "certificate verify failed"

#define OLD_SCRAM_WORDS                                                                            \
	"librdkafka before 2.6.1 cannot log in by SCRAM to Kafka 4, whatever the password; use a " \
	"newer one, PLAIN, or a TLS certificate"

#define NEEDLESS_TLS                                                                         \
	"see security.protocol and the ssl.* properties of the profile: this may be a port " \
	"without TLS"

/* How long an attempt took, and how often it was made: of no use for a reader. */
#define AFTER " (after "

/* What a profile must be like for a cause to be the one. */
enum kind { ANY, ANONYMOUS, CERTIFIED, OLD_SCRAM };

static const struct cause {
	rd_kafka_resp_err_t err; /* 0: any */
	const char *words;       /* part of librdkafka's sentence; "": any */
	enum kind kind;
	bool is_distrust;
	const char *next_step; /* or NULL */
} causes[] = {
	{ 0, UNVERIFIED, ANY, true, NULL },
	{ 0, "supported mechanisms", ANY, true,
	  "set sasl.mechanism of the profile to one of them" },
	/* Kafka 4 refuses a right password in the same words as a wrong one. */
	{ RD_KAFKA_RESP_ERR__AUTHENTICATION, "", OLD_SCRAM, true,
	  OLD_SCRAM_WORDS ", or with an older Kafka see sasl.username and sasl.password of the "
			  "profile" },
	{ RD_KAFKA_RESP_ERR__AUTHENTICATION, "", ANY, true,
	  "see sasl.username and sasl.password of the profile" },
	{ 0, "SSL alert number", ANONYMOUS, true,
	  "the brokers want a certificate of their clients: set ssl.certificate.location and "
	  "ssl.key.location of the profile" },
	{ 0, "SSL alert number", CERTIFIED, true,
	  "the brokers do not accept the certificate of ssl.certificate.location: see its "
	  "authority "
	  "and until when it is valid: openssl x509 -noout -issuer -dates -in FILE" },
	{ 0, "might require SASL", ANY, false,
	  "set security.protocol of the profile to sasl_ssl, and sasl.mechanism, sasl.username and "
	  "sasl.password" },
	{ 0, "to a SSL listener", ANY, false,
	  "set security.protocol of the profile to ssl or sasl_ssl" },
	{ RD_KAFKA_RESP_ERR__SSL, "", ANY, false, NEEDLESS_TLS },
	{ 0, "PLAINTEXT broker listener", ANY, false, NEEDLESS_TLS },
	{ 0, "in state SSL_HANDSHAKE", ANY, false, NEEDLESS_TLS },
	/* Newer ones say no more than that, which may have other causes. */
	{ 0, "SSL connection closed by peer", ANY, false,
	  "if the brokers want a login, set security.protocol of the profile to sasl_ssl, and "
	  "sasl.mechanism, sasl.username and sasl.password" },
	{ 0, "in state APIVERSION_QUERY", ANY, false,
	  "if this is a port with TLS, set security.protocol of the profile to ssl or sasl_ssl" },
	{ RD_KAFKA_RESP_ERR__RESOLVE, "", ANY, false, "see bootstrap.servers of the profile" },
	{ 0, "Connection refused", ANY, false,
	  "see whether the broker runs, and bootstrap.servers of the profile" },
};

static const char *value_of(const struct profile *p, const char *prefix)
{
	for (size_t i = 0; i < p->n_properties; i++)
		if (!strncmp(p->properties[i].key, prefix, strlen(prefix)))
			return p->properties[i].value;
	return "";
}

const char *kafka_profile_warning(const struct profile *p)
{
	bool is_scram = !strncmp(value_of(p, "sasl.mechanism"), "SCRAM", strlen("SCRAM"));

	return is_scram && rd_kafka_version() < SCRAM_VERSION ? OLD_SCRAM_WORDS : NULL;
}

static bool is_of_kind(const struct profile *p, enum kind kind)
{
	bool is_certified = *value_of(p, "ssl.certificate.") || *value_of(p, "ssl.keystore.");

	switch (kind) {
	case ANONYMOUS:
		return !is_certified;
	case CERTIFIED:
		return is_certified;
	case OLD_SCRAM:
		return kafka_profile_warning(p);
	default:
		return true;
	}
}

static const struct cause *find(const struct profile *p, rd_kafka_resp_err_t err, const char *words)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		const struct cause *c = &causes[i];

		if ((!c->err || c->err == err) && strstr(words, c->words) && is_of_kind(p, c->kind))
			return c;
	}
	return NULL;
}

void kafka_cause_find(const struct profile *p, rd_kafka_resp_err_t err, const char *words,
		      const char *certificate, struct kafka_cause *ret)
{
	const struct cause *cause = find(p, err, words);
	const char *end = strstr(words, AFTER), *unverified = strstr(words, UNVERIFIED);
	const char *next = cause ? cause->next_step : NULL, *separator = "; ";

	/* What librdkafka guesses about a certificate is wrong more often than not. */
	if (unverified && *certificate) {
		end = unverified + strlen(UNVERIFIED);
		next = certificate;
		separator = ": ";
	}
	ret->is_distrust = cause && cause->is_distrust;
	(void)snprintf(ret->text, sizeof ret->text, "%.*s%s%s",
		       (int)(end ? (size_t)(end - words) : strlen(words)), words,
		       next ? separator : "", next ? next : "");
	profile_secret_hide(p, ret->text);
}

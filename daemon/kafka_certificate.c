/*
 * librdkafka asks a function of ours about each certificate that a broker shows, in one of its own
 * threads, and puts into its log the words with which the function refuses one. That is how they
 * come here, with the error about the connection right behind them.
 */
#include "daemon/kafka_certificate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

/* What librdkafka puts in front of our words. */
#define FACILITY "SSLCERTVRFY"
#define PREFIX   "callback failed: "

/* All that was written to @bio, as far as there is room in @out. */
static const char *text_of(BIO *bio, char *out, size_t size)
{
	int n = bio ? BIO_read(bio, out, (int)size - 1) : 0;

	out[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
	return out;
}

static const char *names_of(X509 *certificate, char *out, size_t size)
{
	int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && at >= 0)
		(void)X509V3_EXT_print(bio, X509_get_ext(certificate, at), 0, 0);
	else if (bio)
		(void)X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
					 XN_FLAG_ONELINE);
	return text_of(bio, out, size);
}

static const char *issuer_of(X509 *certificate, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio)
		(void)X509_NAME_print_ex(bio, X509_get_issuer_name(certificate), 0,
					 XN_FLAG_ONELINE);
	return text_of(bio, out, size);
}

static const char *time_of(const ASN1_TIME *time, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio)
		(void)ASN1_TIME_print(bio, time);
	return text_of(bio, out, size);
}

static void explain_dates(X509 *certificate, int error, char *out, size_t size)
{
	bool is_late = error == X509_V_ERR_CERT_HAS_EXPIRED;
	char date[64], now[32];
	time_t seconds = time(NULL);
	struct tm tm;

	(void)strftime(now, sizeof now, "%b %e %H:%M:%S %Y GMT", gmtime_r(&seconds, &tm));
	(void)time_of(is_late ? X509_get0_notAfter(certificate) : X509_get0_notBefore(certificate),
		      date, sizeof date);
	(void)snprintf(out, size,
		       "it is valid %s %s and this host's clock says %s; the certificate or the "
		       "clock must be set right",
		       is_late ? "until" : "from", date, now);
}

static void explain(X509 *certificate, int error, char *out, size_t size)
{
	char words[256];

	switch (error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		(void)snprintf(out, size,
			       "it is for %s; bootstrap.servers of the profile and the brokers' "
			       "advertised.listeners must use such a name",
			       names_of(certificate, words, sizeof words));
		return;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		explain_dates(certificate, error, out, size);
		return;
	default:
		(void)snprintf(out, size,
			       "it is issued by %s; ssl.ca.location of the profile must hold the "
			       "certificate of the authority that it goes back to",
			       issuer_of(certificate, words, sizeof words));
	}
}

/* Returns whether the certificate is good, which is not decided here. */
static int on_certificate(rd_kafka_t *rk, const char *broker, int32_t id, int *error, int depth,
			  const char *der, size_t len, char *words, size_t size, void *arg)
{
	const unsigned char *at = (const unsigned char *)der;
	char why[384] = "it cannot be read";
	X509 *certificate;

	(void)rk;
	(void)broker;
	(void)id;
	(void)depth;
	(void)arg;
	if (!*error)
		return 1;
	certificate = d2i_X509(NULL, &at, (long)len);
	if (certificate)
		explain(certificate, *error, why, sizeof why);
	X509_free(certificate);
	(void)snprintf(words, size, "%s: %s", X509_verify_cert_error_string(*error), why);
	return 0;
}

/* Without verification our function would be asked all the same, and its words would mean nothing. */
static bool is_verified(rd_kafka_conf_t *conf)
{
	char is_enabled[8];
	size_t size = sizeof is_enabled;

	return rd_kafka_conf_get(conf, "enable.ssl.certificate.verification", is_enabled, &size) ==
		       RD_KAFKA_CONF_OK &&
	       !strcmp(is_enabled, "true");
}

void kafka_certificate_watch(rd_kafka_conf_t *conf)
{
	if (is_verified(conf))
		(void)rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
}

const char *kafka_certificate_words(const char *facility, const char *line)
{
	const char *at = strcmp(facility, FACILITY) ? NULL : strstr(line, PREFIX);

	return at ? at + strlen(PREFIX) : NULL;
}

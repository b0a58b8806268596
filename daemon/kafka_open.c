/*
 * A profile becomes a handle of librdkafka, or a sentence about its file that says why not.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/kafka_consumer.h"
#include "daemon/kafka_internal.h"
#include "daemon/profile.h"
#include "daemon/profile_secret.h"
#include "proto/errors.h"
#include "proto/util.h"

/* What makes the rest of a shell's line do nothing. */
#define SHELL_COMMENT "# "

/* ---- in words ---- */

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Where @words name the property @key and no longer one that has it in its name; or NULL. */
static const char *find_name(const char *words, const char *key)
{
	for (const char *at = strstr(words, key); at; at = strstr(at + 1, key)) {
		const char *end = at + strlen(key);
		bool begins = at == words || (!is_name_character(at[-1]) && at[-1] != '.');
		bool ends = !is_name_character(*end) && (*end != '.' || !is_name_character(end[1]));

		if (begins && ends)
			return at;
	}
	return NULL;
}

/* The property of the file that is named first. */
static const struct property *find_property(const struct profile *p, const char *words)
{
	const struct property *found = NULL;
	const char *first = NULL;

	for (size_t i = 0; i < p->n_properties; i++) {
		const char *at = find_name(words, p->properties[i].key);

		if (!at || (first && at >= first))
			continue;
		first = at;
		found = &p->properties[i];
	}
	return found;
}

/* The mechanism of a profile, which librdkafka calls by its value. */
static const struct property *find_mechanism(const struct profile *p, const char *words)
{
	for (size_t i = 0; i < p->n_properties; i++)
		if (!strncmp(p->properties[i].key, "sasl.mechanism", strlen("sasl.mechanism")) &&
		    find_name(words, p->properties[i].value))
			return &p->properties[i];
	return NULL;
}

static void trim_end(char *words)
{
	size_t len = strlen(words);

	while (len && isspace((unsigned char)words[len - 1]))
		words[--len] = '\0';
}

/* OpenSSL calls a file that cannot be read a failure of the "system lib", and says no more. */
static void explain_file(const struct property *property, char *words, size_t size)
{
	const char *dot = strrchr(property->key, '.');
	size_t len = strlen(words);

	if (dot && !strcmp(dot, ".location") && access(property->value, R_OK) < 0)
		(void)snprintf(words + len, size - len, "; %s: %s", property->value,
			       strerror(errno));
}

int kafka_open_refuse(const struct profile *p, const struct property *property, const char *words,
		      const char *hint, struct kafka_failure *ret_why)
{
	char shown[CONFIG_PROBLEM_MAX], name[PROFILE_NAME_MAX + 16];
	struct config_problem problem;

	(void)snprintf(shown, sizeof shown, "%s", words);
	trim_end(shown);
	if (!property)
		property = find_property(p, shown);
	if (!property)
		property = find_mechanism(p, shown);
	if (property)
		explain_file(property, shown, sizeof shown);
	profile_secret_hide(p, shown);
	(void)snprintf(name, sizeof name, "profile %s", p->name);
	(void)config_problem_set(&problem, p->file ? p->file : name, property ? property->line : 0,
				 "%s%s", shown, hint);
	return kafka_failure_refuse(ret_why, COMM_EBAD_PROFILE, NULL, "%s", problem.text);
}

/* ---- handles ---- */

int kafka_open(const struct profile *p, rd_kafka_type_t type, rd_kafka_conf_t *conf,
	       rd_kafka_t **ret, struct kafka_failure *ret_why)
{
	char words[512];
	rd_kafka_t *rk = rd_kafka_new(type, conf, words, sizeof words);
	rd_kafka_resp_err_t err;

	if (rk) {
		*ret = rk;
		return 0;
	}
	err = rd_kafka_last_error();
	rd_kafka_conf_destroy(conf);
	/* That there is no thread for it is not the profile's fault. */
	if (err == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
		return kafka_failure_refuse(ret_why, COMM_EBUSY, NULL, "profile %s: %s", p->name,
					    words);
	return kafka_open_refuse(p, NULL, words, "", ret_why);
}

/* ---- checking ---- */

/* The placeholders of the command are looked at, but nothing is run. */
static void comment_out_kinit(rd_kafka_conf_t *conf)
{
	static const char key[] = "sasl.kerberos.kinit.cmd";
	char command[PROFILE_LINE_MAX + sizeof SHELL_COMMENT] = SHELL_COMMENT;
	size_t len = strlen(SHELL_COMMENT), size = sizeof command - len;

	if (rd_kafka_conf_get(conf, key, command + len, &size) == RD_KAFKA_CONF_OK)
		kafka_conf_try(conf, key, command);
}

static void on_token_refresh(rd_kafka_t *rk, const char *config, void *opaque)
{
	(void)rk;
	(void)config;
	(void)opaque;
}

/* Have no token fetched; one that librdkafka makes up by itself allows no function of ours. */
static void keep_from_tokens(rd_kafka_conf_t *conf)
{
	char is_made_up[8];
	size_t size = sizeof is_made_up;

	if (rd_kafka_conf_get(conf, "enable.sasl.oauthbearer.unsecure.jwt", is_made_up, &size) ==
		    RD_KAFKA_CONF_OK &&
	    !strcmp(is_made_up, "false"))
		rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, on_token_refresh);
}

/* Whoever checks a file may have no network, and does not expect to be seen there. */
static void isolate(rd_kafka_conf_t *conf)
{
	kafka_conf_set(conf, "bootstrap.servers", "");
	kafka_conf_set(conf, "test.mock.num.brokers", "0");
	comment_out_kinit(conf);
	keep_from_tokens(conf);
}

static int check(const struct profile *p, rd_kafka_type_t type, struct kafka_failure *ret_why)
{
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;
	int error = kafka_conf_new(NULL, p, type, &conf, ret_why);

	if (error)
		return error;
	if (type == RD_KAFKA_CONSUMER)
		kafka_consumer_configure(conf, NULL, KAFKA_EARLIEST);
	isolate(conf);
	error = kafka_open(p, type, conf, &rk, ret_why);
	if (!error)
		rd_kafka_destroy(rk);
	return error;
}

int kafka_check_profile(const struct profile *p, struct kafka_failure *ret_why)
{
	int error = check(p, RD_KAFKA_PRODUCER, ret_why);

	return error ? error : check(p, RD_KAFKA_CONSUMER, ret_why);
}

/*
 * mock [BROKERS]: a Kafka in memory, librdkafka's mock, that outlives the daemon under test. It knows
 * nothing of administration, and keeps the last 5 MiB of each partition.
 *
 * The first line on standard output is where it is; then each line of standard input is a command that is
 * answered "ok", or with why not. It ends with its input.
 *
 *   topic NAME PARTITIONS
 *   error API CODE N              the next N requests of this kind are answered CODE
 *   leader TOPIC PARTITION BROKER
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "proto/util.h"

#define WORDS_MAX 5

static int number_of(const char *s)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (end == s || *end || n < INT16_MIN || n > INT32_MAX)
		errx(2, "%s is not a number", s);
	return (int)n;
}

static rd_kafka_resp_err_t create_topic(rd_kafka_mock_cluster_t *m, char **words)
{
	return rd_kafka_mock_topic_create(m, words[0], number_of(words[1]), 1);
}

static rd_kafka_resp_err_t push_error(rd_kafka_mock_cluster_t *m, char **words)
{
	int16_t api = (int16_t)number_of(words[0]);
	rd_kafka_resp_err_t error = (rd_kafka_resp_err_t)number_of(words[1]);

	for (int n = number_of(words[2]); n > 0; n--)
		rd_kafka_mock_push_request_errors_array(m, api, 1, &error);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t set_leader(rd_kafka_mock_cluster_t *m, char **words)
{
	return rd_kafka_mock_partition_set_leader(m, words[0], number_of(words[1]),
						  number_of(words[2]));
}

static const struct command {
	const char *name;
	int n_words;
	rd_kafka_resp_err_t (*run)(rd_kafka_mock_cluster_t *m, char **words);
} commands[] = {
	{ "topic", 2, create_topic },
	{ "error", 3, push_error },
	{ "leader", 3, set_leader },
};

static const char *obey(rd_kafka_mock_cluster_t *m, char *line)
{
	char *words[WORDS_MAX], *rest = NULL;
	rd_kafka_resp_err_t error;
	int n = 0;

	for (char *w = strtok_r(line, " \n", &rest); w && n < WORDS_MAX;
	     w = strtok_r(NULL, " \n", &rest))
		words[n++] = w;
	for (size_t i = 0; n && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(words[0], commands[i].name) || n - 1 != commands[i].n_words)
			continue;
		error = commands[i].run(m, words + 1);
		return error ? rd_kafka_err2str(error) : "ok";
	}
	return "no such command";
}

int main(int argc, char *argv[])
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_mock_cluster_t *m;
	char why[256], *line = NULL;
	size_t size = 0;
	rd_kafka_t *rk;

	rd_kafka_conf_set_log_cb(conf, NULL);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	if (!rk)
		errx(2, "%s", why);
	m = rd_kafka_mock_cluster_new(rk, argc > 1 ? number_of(argv[1]) : 1);
	if (!m)
		errx(2, "no mock cluster");
	printf("%s\n", rd_kafka_mock_cluster_bootstraps(m));
	fflush(stdout);
	while (getline(&line, &size, stdin) > 0) {
		puts(obey(m, line));
		fflush(stdout);
	}
	free(line);
	rd_kafka_mock_cluster_destroy(m);
	rd_kafka_destroy(rk);
	return 0;
}

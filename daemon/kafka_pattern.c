#include "daemon/kafka_pattern.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/expression.h"
#include "daemon/kafka_metadata.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "proto/util.h"

/* Prefix of the topics that are Kafka's own. */
#define INTERNAL "__"

static int refuse(struct kafka_failure *f, struct comm_bytes expression, const char *detail,
		  const char *problem)
{
	return kafka_failure_refuse(
		f, COMM_EBAD_VALUE, detail, "\"%.*s\" is no pattern for topics: %s",
		(int)MIN(expression.len, (size_t)COMM_TOPIC_NAME_MAX), expression.data, problem);
}

int kafka_pattern_check(struct comm_bytes expression, const char *detail,
			struct kafka_failure *ret_why)
{
	_cleanup_free_ char *text = comm_bytes_dup(expression);
	const char *problem;
	char words[128];
	regex_t regex;
	int error;

	if (!text)
		return -ENOMEM;
	if (expression.len > COMM_TOPIC_NAME_MAX || strlen(text) < expression.len)
		return refuse(ret_why, expression, detail,
			      "it has at most 249 bytes, none of them 0");
	problem = expression_weigh(text);
	if (problem)
		return refuse(ret_why, expression, detail, problem);
	error = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);
	if (error) {
		(void)regerror(error, &regex, words, sizeof words);
		return refuse(ret_why, expression, detail, words);
	}
	regfree(&regex);
	return 0;
}

/* ---- its topics ---- */

int kafka_pattern_init(struct kafka_pattern *p, struct comm_bytes expression)
{
	*p = (struct kafka_pattern){ .expression = comm_bytes_dup(expression) };
	return p->expression ? 0 : -ENOMEM;
}

void kafka_pattern_fini(struct kafka_pattern *p)
{
	for (size_t i = 0; i < p->n_topics; i++)
		free(p->topics[i]);
	free(p->topics);
	free(p->expression);
}

/* Where @topic is, or would be. */
static size_t place_of(const struct kafka_pattern *p, const char *topic)
{
	size_t low = 0, high = p->n_topics;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(p->topics[middle], topic) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool kafka_pattern_has(const struct kafka_pattern *p, const char *topic)
{
	size_t i = place_of(p, topic);

	return i < p->n_topics && !strcmp(p->topics[i], topic);
}

const struct kafka_pattern *kafka_patterns_find(const struct kafka_pattern *patterns, size_t n,
						struct comm_bytes expression)
{
	for (size_t i = 0; i < n; i++)
		if (comm_bytes_is(expression, patterns[i].expression))
			return &patterns[i];
	return NULL;
}

int kafka_pattern_add(struct kafka_pattern *p, const char *topic)
{
	size_t i = place_of(p, topic);
	char **grown, *copy;

	if (i < p->n_topics && !strcmp(p->topics[i], topic))
		return 0;
	grown = reallocarray(p->topics, p->n_topics + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	p->topics = grown;
	copy = strdup(topic);
	if (!copy)
		return -ENOMEM;
	memmove(&grown[i + 1], &grown[i], (p->n_topics - i) * sizeof *grown);
	grown[i] = copy;
	p->n_topics++;
	return 1;
}

bool kafka_pattern_drop(struct kafka_pattern *p, const char *topic)
{
	size_t i = place_of(p, topic);

	if (i == p->n_topics || strcmp(p->topics[i], topic))
		return false;
	free(p->topics[i]);
	p->n_topics--;
	memmove(&p->topics[i], &p->topics[i + 1], (p->n_topics - i) * sizeof *p->topics);
	return true;
}

/* ---- what there is ---- */

/* What is said about a topic that has no leaders for the moment is no reason to leave it out. */
static bool exists(const rd_kafka_metadata_topic_t *t)
{
	return t->err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
	       t->err != RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION &&
	       t->err != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

static bool is_internal(const char *s)
{
	return !strncmp(s, INTERNAL, strlen(INTERNAL));
}

static bool matches(const struct kafka_pattern *p, const regex_t *regex, const char *topic)
{
	return (!is_internal(topic) || is_internal(p->expression + 1)) &&
	       !regexec(regex, topic, 0, NULL, 0);
}

static bool has_time(const struct kafka_job *j, uint64_t deadline_ms)
{
	return !j->client->kafka->is_closing && kafka_left_ms(deadline_ms);
}

static rd_kafka_resp_err_t match(struct kafka_pattern *p, const struct rd_kafka_metadata *md,
				 const struct kafka_job *j, uint64_t deadline_ms)
{
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
	regex_t regex;

	/* It has been checked. */
	if (regcomp(&regex, p->expression, REG_EXTENDED | REG_NOSUB))
		return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
	for (int i = 0; i < md->topic_cnt && !err; i++) {
		const rd_kafka_metadata_topic_t *t = &md->topics[i];

		if (!has_time(j, deadline_ms))
			err = RD_KAFKA_RESP_ERR__TIMED_OUT;
		else if (exists(t) && matches(p, &regex, t->topic) &&
			 kafka_pattern_add(p, t->topic) < 0)
			err = RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
	}
	regfree(&regex);
	return err;
}

rd_kafka_resp_err_t kafka_patterns_look_up(struct kafka_pattern *patterns, size_t n,
					   struct kafka_job *j, int timeout_ms,
					   size_t *ret_n_topics)
{
	uint64_t deadline_ms = kafka_thread_ms() + (uint64_t)MAX(timeout_ms, 0);
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t err = kafka_metadata_ask(j, NULL, timeout_ms, &md);

	if (err)
		return err;
	*ret_n_topics = (size_t)md->topic_cnt;
	for (size_t i = 0; i < n && !err; i++)
		err = match(&patterns[i], md, j, deadline_ms);
	rd_kafka_metadata_destroy(md);
	return err;
}

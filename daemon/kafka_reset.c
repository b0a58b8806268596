#include "daemon/kafka_reset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_event.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * "[thrd:main]: orders [3]: offset reset (at offset 100, broker 1) to END: fetch failed due to requested
 * offset not available on the broker: Broker: Offset out of range"
 */
#define MARK    "]: offset reset (at "
#define MARK_TO ") to "

/* What may be wrong about an offset. All else that librdkafka resets for it repeats until it works. */
static bool has_reason(const char *line)
{
	static const rd_kafka_resp_err_t reasons[] = {
		RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
#if RD_KAFKA_VERSION >= 0x020100ff
		RD_KAFKA_RESP_ERR__LOG_TRUNCATION,
#endif
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strstr(line, rd_kafka_err2str(reasons[i])))
			return true;
	return false;
}

/* "orders [3", which ends at @end, perhaps with something in front of it. */
static bool parse_partition(const char *line, const char *end, struct kafka_reset *ret)
{
	const char *number = end, *topic;
	size_t len;

	while (number > line && number[-1] >= '0' && number[-1] <= '9')
		number--;
	if (number == end || number - line < 3 || number[-1] != '[' || number[-2] != ' ')
		return false;
	topic = number - 2;
	while (topic > line && topic[-1] != ' ')
		topic--;
	len = (size_t)(number - 2 - topic);
	if (!len || len > COMM_TOPIC_NAME_MAX)
		return false;
	memcpy(ret->topic, topic, len);
	ret->topic[len] = '\0';
	ret->partition = (int32_t)strtol(number, NULL, 10);
	return true;
}

bool kafka_reset_parse(const char *line, struct kafka_reset *ret)
{
	const char *mark = strstr(line, MARK), *at, *to;

	if (!mark || !has_reason(mark) || !parse_partition(line, mark, ret))
		return false;
	at = mark + strlen(MARK);
	to = strstr(at, MARK_TO);
	at += strcspn(at, "0123456789,");
	if (!to || *at < '0' || *at > '9')
		return false;
	ret->offset = strtoll(at, NULL, 10);
	ret->is_to_end = !strncmp(to + strlen(MARK_TO), "END", strlen("END"));
	return true;
}

/* The owner of the partition is told, unless it has noticed by itself. */
static void tell(struct kafka_partition *p, const char *sentence)
{
	struct kafka_failure why;

	if (p->is_back_told) {
		p->is_back_told = false;
		return;
	}
	p->is_reset = true;
	if (!p->owner)
		return;
	(void)kafka_failure_refuse(&why, COMM_ERECEIVE, NULL, "%s", sentence);
	kafka_reader_fail(p->owner, &why);
}

bool kafka_reset_on_log(struct kafka_consumer *c, rd_kafka_event_t *e)
{
	const char *facility, *line;
	struct kafka_partition *p;
	struct kafka_reset reset;
	char sentence[512];
	int level;

	if (rd_kafka_event_log(e, &facility, &line, &level) || !kafka_reset_parse(line, &reset))
		return false;
	(void)snprintf(sentence, sizeof sentence,
		       "topic %s, partition %d: offset %lld is not there: older records were "
		       "removed, or the topic is another one of this name; reading goes on at the "
		       "%s, so that records may be missing, or come again",
		       reset.topic, (int)reset.partition, (long long)reset.offset,
		       reset.is_to_end ? "end" : "beginning");
	kafka_event_note_topic(c->client, EVENT_RESET, c->group, reset.topic, reset.partition,
			       sentence);
	p = kafka_partition_find(c->partitions, c->n_partitions, comm_bytes_of(reset.topic),
				 reset.partition);
	if (p)
		tell(p, sentence);
	return true;
}

#include "daemon/kafka_consumer.h"

bool kafka_reader_may_match(const struct kafka_reader *r, const char *topic)
{
	const struct kafka_dev *dev = r->client->kafka->dev;

	return (!dev || kafka_dev_has_topic(dev, comm_bytes_of(topic))) &&
	       (!r->may_read || r->may_read(r->arg, topic));
}

static bool forget(struct kafka_reader *r, struct kafka_pattern *p)
{
	size_t n_before = p->n_topics;

	for (size_t i = n_before; i > 0; i--)
		if (!kafka_reader_may_match(r, p->topics[i - 1]))
			(void)kafka_pattern_drop(p, p->topics[i - 1]);
	return p->n_topics < n_before;
}

bool kafka_reader_forget(struct kafka_reader *r)
{
	bool any = false;

	for (size_t i = 0; i < r->n_patterns; i++)
		any |= forget(r, &r->patterns[i]);
	return any;
}

const char *kafka_reader_review(struct kafka_reader *r)
{
	if (kafka_reader_forget(r) && r->consumer) {
		kafka_group_take_unwanted(r->consumer, r);
		kafka_group_renew(r->consumer);
	}
	if (r->n_patterns)
		kafka_watch_hurry(r->client);
	for (size_t i = 0; i < r->n_topics; i++)
		if (r->may_read && !r->may_read(r->arg, r->topics[i]))
			return r->topics[i];
	return NULL;
}

void kafka_reader_stop(struct kafka_reader *r, const struct kafka_failure *why)
{
	kafka_reader_leave(r);
	kafka_reader_end(r, why);
}

/*
 * Describing a topic: its settings, and what list_topics tells about it. The settings come first:
 * asking for them creates no topic, whatever the brokers are set to.
 */
#include <errno.h>

#include "daemon/kafka_list.h"
#include "daemon/kafka_metadata.h"
#include "daemon/kafka_settings.h"
#include "daemon/kafka_topic.h"
#include "proto/util.h"

struct description {
	struct kafka_errand errand;
	bool is_dev; /* the mock cluster has topics, and no settings */
	struct kafka_settings settings;
	struct kafka_listing listing;
	struct comm_describe_topic_result result;
};

static void list_topic(struct description *d)
{
	struct kafka_errand *e = &d->errand;
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(e->rk, e->name, NULL);
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t err;

	err = rkt ? kafka_metadata_ask(&e->job, rkt, kafka_errand_left_ms(e), &md)
		  : rd_kafka_last_error();
	if (rkt)
		rd_kafka_topic_destroy(rkt);
	if (err)
		(void)kafka_errand_fail(e, err, NULL);
	else if (kafka_listing_init(&d->listing, md))
		(void)kafka_errand_fail_memory(e);
	else if (md->topic_cnt != 1)
		(void)kafka_errand_fail(e, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL);
	else if (kafka_listing_is_unusable(md->topics[0].err))
		(void)kafka_errand_fail(e, md->topics[0].err, NULL);
}

static void run(struct kafka_errand *e)
{
	struct description *d = container_of(e, struct description, errand);

	if (d->is_dev || !kafka_settings_ask(&d->settings, e, e->name))
		list_topic(d);
}

static const void *finish(struct kafka_errand *e)
{
	struct description *d = container_of(e, struct description, errand);

	d->result.topic = d->listing.topics;
	d->result.settings = (struct comm_list){ d->settings.items, d->settings.n };
	return &d->result;
}

static void fini(struct kafka_errand *e)
{
	struct description *d = container_of(e, struct description, errand);

	kafka_settings_fini(&d->settings);
	kafka_listing_fini(&d->listing);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.finish = finish,
	.fini = fini,
	.before = "topic ",
	.after = "",
	.code = COMM_ETOPIC_QUERY,
	.size = sizeof(struct description),
};

int kafka_describe_topic(struct kafka_client *c, const struct comm_describe_topic_params *p,
			 int timeout_ms, kafka_answer_fn done, void *arg,
			 struct kafka_failure *ret_why)
{
	struct description *d;
	int error = kafka_topic_check(c->kafka, p->topic, COMM_ETOPIC_QUERY, ret_why);

	if (error)
		return error;
	d = kafka_errand_new(&kind, p->topic);
	if (!d)
		return -ENOMEM;
	d->is_dev = c->kafka->dev;
	return kafka_errand_start(c, &d->errand, timeout_ms, done, arg, ret_why);
}

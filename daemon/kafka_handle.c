#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/kafka_producer.h"
#include "proto/util.h"

int kafka_handle_open(struct kafka_handle *h, const struct profile *profile, rd_kafka_conf_t *conf,
		      struct kafka_failure *ret_why)
{
	rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR |
					       RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS);
	return kafka_open(profile, RD_KAFKA_PRODUCER, conf, &h->rk, ret_why);
}

void kafka_handle_start(struct kafka_handle *h, struct kafka_producer *p)
{
	(void)rd_kafka_set_log_queue(h->rk, NULL);
	h->queue = rd_kafka_queue_get_main(h->rk);
	h->producer = p;
	h->n_refs = 1;
	p->n_handles++;
	kafka_source_start(&h->source, p->client->kafka->wake, h->queue, kafka_producer_drain);
}

int kafka_handle_new(struct kafka_producer *p, rd_kafka_conf_t *conf, struct kafka_handle **ret,
		     struct kafka_failure *ret_why)
{
	struct kafka_handle *h = calloc(1, sizeof *h);
	int error;

	if (!h) {
		rd_kafka_conf_destroy(conf);
		return -ENOMEM;
	}
	error = kafka_handle_open(h, p->client->profile, conf, ret_why);
	if (error) {
		free(h);
		return error;
	}
	kafka_handle_start(h, p);
	*ret = h;
	return 0;
}

struct kafka_handle *kafka_handle_ref(struct kafka_handle *h)
{
	h->n_refs++;
	return h;
}

void kafka_handle_fail(struct kafka_handle *h, char *ret_why, size_t size)
{
	char words[256] = "";

	h->has_failed = true;
	h->fatal = rd_kafka_fatal_error(h->rk, words, sizeof words);
	(void)snprintf(ret_why, size, "%s: %s", rd_kafka_err2name(h->fatal), words);
	/* As the reason of a record it would say that it may be persisted. */
	if (h->fatal == KAFKA_INFERRED)
		h->fatal = RD_KAFKA_RESP_ERR__FATAL;
}

/* Joins all of librdkafka's threads. */
static void run_destroy(uv_work_t *work)
{
	struct kafka_handle *h = container_of(work, struct kafka_handle, destroy);

	rd_kafka_destroy(h->rk);
}

static void on_destroyed(uv_work_t *work, int status)
{
	struct kafka_handle *h = container_of(work, struct kafka_handle, destroy);
	struct kafka *k = h->producer->client->kafka;

	(void)status;
	h->producer->n_handles--;
	free(h);
	kafka_closed_one(k);
}

void kafka_handle_unref(struct kafka_handle *h)
{
	if (--h->n_refs)
		return;
	kafka_source_stop(&h->source);
	rd_kafka_queue_destroy(h->queue);
	(void)uv_queue_work(h->producer->client->kafka->options.loop, &h->destroy, run_destroy,
			    on_destroyed);
}

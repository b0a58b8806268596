/*
 * The method offsets: where each partition of a topic begins and ends, and where it was at a time.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/kafka_errand.h"
#include "daemon/kafka_offsets.h"
#include "daemon/kafka_topic.h"
#include "proto/util.h"

struct watermarks {
	struct kafka_errand errand;
	int64_t time_ms;                                       /* COMM_NONE: not asked for */
	rd_kafka_topic_partition_list_t *low, *high, *at_time; /* owned; NULL: not known */
	struct comm_wire_watermarks *items;                    /* owned */
	struct comm_offsets_result result;
};

static int ask(struct watermarks *w, const rd_kafka_topic_partition_list_t *all, int64_t time,
	       rd_kafka_topic_partition_list_t **ret)
{
	struct kafka_errand *e = &w->errand;

	return kafka_offsets_ask(all, &e->job, time, e->deadline_ms, ret, &e->why);
}

static int ask_all(struct watermarks *w, const rd_kafka_topic_partition_list_t *all)
{
	int error = ask(w, all, KAFKA_TIME_BEGIN, &w->low);

	if (!error)
		error = ask(w, all, KAFKA_TIME_END, &w->high);
	if (!error && w->time_ms != COMM_NONE)
		error = ask(w, all, w->time_ms, &w->at_time);
	return error;
}

static void run(struct kafka_errand *e)
{
	struct watermarks *w = container_of(e, struct watermarks, errand);
	rd_kafka_topic_partition_list_t *all;
	int32_t n;

	if (kafka_errand_count(e, e->name, &n))
		return;
	all = rd_kafka_topic_partition_list_new(n);
	for (int32_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(all, e->name, i);
	if (!ask_all(w, all)) {
		w->items = calloc((size_t)n, sizeof *w->items);
		if (!w->items)
			(void)kafka_errand_fail_memory(e);
	}
	rd_kafka_topic_partition_list_destroy(all);
}

static const void *finish(struct kafka_errand *e)
{
	struct watermarks *w = container_of(e, struct watermarks, errand);
	const struct kafka_dev *dev = e->job.client->kafka->dev;
	struct comm_bytes topic = comm_bytes_of(e->name);

	w->result.partitions = (struct comm_list){ w->items, (size_t)w->low->cnt };
	for (int i = 0; i < w->low->cnt; i++) {
		struct comm_wire_watermarks *item = &w->items[i];

		item->partition = i;
		item->low = w->low->elems[i].offset;
		item->high = w->high->elems[i].offset;
		item->at_time = COMM_NONE;
		if (dev)
			item->low = MAX(item->low, kafka_dev_first_offset(dev, topic, i));
		if (w->at_time && w->at_time->elems[i].offset >= 0)
			item->at_time = w->at_time->elems[i].offset;
	}
	return &w->result;
}

static void list_free(rd_kafka_topic_partition_list_t *list)
{
	if (list)
		rd_kafka_topic_partition_list_destroy(list);
}

static void fini(struct kafka_errand *e)
{
	struct watermarks *w = container_of(e, struct watermarks, errand);

	list_free(w->low);
	list_free(w->high);
	list_free(w->at_time);
	free(w->items);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.finish = finish,
	.fini = fini,
	.before = "topic ",
	.after = "",
	.code = COMM_ETOPIC_UNAVAILABLE,
	.size = sizeof(struct watermarks),
};

int kafka_offsets(struct kafka_client *c, const struct comm_offsets_params *p, int timeout_ms,
		  kafka_answer_fn done, void *arg, struct kafka_failure *ret_why)
{
	struct watermarks *w;
	int error = kafka_topic_check(c->kafka, p->topic, COMM_ETOPIC_UNAVAILABLE, ret_why);

	if (error)
		return error;
	if (p->time_ms != COMM_NONE && p->time_ms < 0)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "time_ms",
					    "time_ms: must be at least 0");
	w = kafka_errand_new(&kind, p->topic);
	if (!w)
		return -ENOMEM;
	w->time_ms = p->time_ms;
	return kafka_errand_start(c, &w->errand, timeout_ms, done, arg, ret_why);
}

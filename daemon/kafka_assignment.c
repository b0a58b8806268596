#include "daemon/kafka_sleep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/kafka_event.h"
#include "daemon/log.h"
#include "proto/errors.h"
#include "proto/util.h"

static int compare(const void *a, const void *b)
{
	const struct kafka_partition *p = *(struct kafka_partition *const *)a;

	return kafka_partition_compare(p->topic, p->number, *(struct kafka_partition *const *)b);
}

/* Add partitions for @list to the consumer's. Returns 0 or -ENOMEM. */
static int add(struct kafka_consumer *c, const rd_kafka_topic_partition_list_t *list)
{
	size_t n = c->n_partitions, n_new = (size_t)list->cnt;
	struct kafka_partition **grown =
		reallocarray(c->partitions, n + n_new + 1, sizeof(struct kafka_partition *));

	if (!grown)
		return -ENOMEM;
	c->partitions = grown;
	for (size_t i = 0; i < n_new; i++) {
		const rd_kafka_topic_partition_t *part = &list->elems[i];

		if (kafka_partition_find(grown, n, comm_bytes_of(part->topic), part->partition))
			continue;
		grown[c->n_partitions] = kafka_partition_new(c, part->topic, part->partition);
		if (!grown[c->n_partitions])
			return -ENOMEM;
		c->n_partitions++;
	}
	qsort(grown, c->n_partitions, sizeof(struct kafka_partition *), compare);
	return 0;
}

void kafka_assignment_drop(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list)
{
	struct kafka_reader *r;
	size_t n = 0;

	kafka_sleep_end(c, list);
	TAILQ_FOREACH(r, &c->readers, entry) {
		r->n_partitions = 0;
		r->n_incoming = 0;
	}
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (!list || rd_kafka_topic_partition_list_find(list, p->topic, p->number))
			kafka_partition_free(p);
		else
			c->partitions[n++] = p;
	}
	c->n_partitions = n;
}

/* Tells the commits of positions that were moved back from others. */
static const char back_commit;

void kafka_assignment_store(struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *list, *back;

	if (!c->n_dirty)
		return;
	list = rd_kafka_topic_partition_list_new((int)c->n_dirty);
	back = rd_kafka_topic_partition_list_new(0);
	for (size_t i = 0; i < c->n_partitions; i++) {
		struct kafka_partition *p = c->partitions[i];

		if (!p->is_dirty)
			continue;
		p->is_dirty = false;
		if (p->is_back)
			rd_kafka_topic_partition_list_add(back, p->topic, p->number)->offset =
				p->acked;
		p->is_back = false;
		rd_kafka_topic_partition_list_add(list, p->topic, p->number)->offset = p->acked;
	}
	c->n_dirty = 0;
	/* Refused only for partitions that are being taken away, whose next reader starts before. */
	(void)rd_kafka_offsets_store(c->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	/* By itself librdkafka commits no offset that is below the one committed before. */
	if (back->cnt)
		(void)rd_kafka_commit_queue(c->rk, back, c->queue, NULL, (void *)&back_commit);
	rd_kafka_topic_partition_list_destroy(back);
}

/* With the next acknowledgement it is tried again. */
static void keep_back(struct kafka_consumer *c, const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; list && i < list->cnt; i++) {
		struct kafka_partition *p = kafka_partition_find(
			c->partitions, c->n_partitions, comm_bytes_of(list->elems[i].topic),
			list->elems[i].partition);

		if (p)
			p->is_back = true;
	}
}

/* This waits for one of librdkafka's threads: it is asked when an assignment changes, and remembered. */
static bool ask_is_cooperative(const struct kafka_consumer *c)
{
	return !strcmp(rd_kafka_rebalance_protocol(c->rk), "COOPERATIVE");
}

static void complain(const struct kafka_consumer *c, const char *what, rd_kafka_resp_err_t err)
{
	const struct log_about about = kafka_about(c->client, c->group);
	char words[256];

	log_event(LOG_WARNING, LOG_EVENT_NONE, &about, "group \"%s\": %s: %s",
		  c->group ? c->group : "", what, kafka_error_words(err, words, sizeof words));
}

static void complain_about(const struct kafka_consumer *c, const char *what,
			   rd_kafka_error_t *error)
{
	if (error)
		complain(c, what, rd_kafka_error_code(error));
	rd_kafka_error_destroy(error);
}

/* Tell librdkafka that @list is given back. */
static void unassign(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_resp_err_t err;

	if (c->is_cooperative) {
		complain_about(c, "partitions could not be given back",
			       rd_kafka_incremental_unassign(c->rk, list));
		return;
	}
	err = rd_kafka_assign(c->rk, NULL);
	if (err)
		complain(c, "partitions could not be given back", err);
}

int kafka_assignment_take(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list)
{
	bool is_whole = !c->is_cooperative;
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;

	if (is_whole)
		kafka_assignment_drop(c, NULL);
	if (add(c, list))
		return -ENOMEM;
	/* From here on records come; they wait in the partitions' queues until these are routed. */
	if (is_whole)
		err = rd_kafka_assign(c->rk, list);
	else
		complain_about(c, "partitions could not be taken",
			       rd_kafka_incremental_assign(c->rk, list));
	if (err)
		complain(c, "partitions could not be taken", err);
	c->has_assignment = true;
	kafka_share_out(c);
	return 0;
}

void kafka_assignment_give_back(struct kafka_consumer *c, rd_kafka_topic_partition_list_t *list,
				bool is_lost)
{
	bool is_whole = !c->is_cooperative;

	/* What others may own already is not for us to commit. */
	if (!is_lost)
		kafka_assignment_store(c);
	kafka_assignment_drop(c, is_whole ? NULL : list);
	if (is_whole)
		c->has_assignment = false;
	unassign(c, list);
	kafka_share_out(c);
}

void kafka_assignment_on_event(struct kafka_consumer *c, rd_kafka_event_t *e)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(e);
	const struct log_about about = kafka_about(c->client, c->group);
	struct kafka_failure why;
	bool is_revoked = rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS;

	log_event(LOG_DEBUG, LOG_EVENT_NONE, &about, "group \"%s\": %d partitions %s",
		  c->group ? c->group : "", list->cnt, is_revoked ? "revoked" : "assigned");
	c->is_cooperative = ask_is_cooperative(c);
	/* librdkafka may start over without an answer, as when the topics change meanwhile. */
	kafka_drain_end(c);
	if (!c->is_open)
		unassign(c, list);
	else if (is_revoked)
		kafka_drain_begin(c, list);
	else if (kafka_assignment_take(c, list)) {
		(void)kafka_failure_refuse(&why, COMM_ENO_MEMORY, NULL, "out of memory");
		kafka_consumer_close(c, &why);
		unassign(c, list);
	}
}

/* The group starts over, and who gets the partitions next reads again what was not committed. */
static bool is_usual(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
	       err == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
	       err == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
}

/* It is tried again every second, and said once. */
static void note_failure(struct kafka_consumer *c, rd_kafka_resp_err_t err)
{
	struct kafka_failure why;

	if (c->is_uncommitted)
		return;
	c->is_uncommitted = true;
	kafka_failure_set(&why, COMM_ERECEIVE, err,
			  "offsets were not committed, so that records may come again later");
	kafka_event_note(c->client, EVENT_UNCOMMITTED, c->group, 1, why.message);
}

/* librdkafka has committed, or tried to. */
void kafka_assignment_on_commit(struct kafka_consumer *c, rd_kafka_event_t *e)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(e);

	if (rd_kafka_event_opaque(e) == c)
		c->last_commit = KAFKA_COMMIT_ANSWERED;
	if (err && rd_kafka_event_opaque(e) == &back_commit)
		keep_back(c, rd_kafka_event_topic_partition_list(e));
	if (!err) {
		kafka_client_note_success(c->client);
		c->is_uncommitted = false;
	} else if (err != RD_KAFKA_RESP_ERR__NO_OFFSET && !is_usual(err)) {
		note_failure(c, err);
	}
}

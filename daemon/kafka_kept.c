#include "daemon/kafka_kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_batch.h"
#include "daemon/kafka_producer.h"

static struct comm_bytes copy(char **at, struct comm_bytes b)
{
	struct comm_bytes c = { b.data ? *at : NULL, b.len };

	if (b.len)
		memcpy(*at, b.data, b.len);
	*at += b.len;
	return c;
}

static size_t size_of(const struct comm_wire_record *r)
{
	const struct comm_wire_header *headers = r->headers.items;
	size_t size = r->headers.n * sizeof *headers + kafka_record_bytes(r);

	for (size_t i = 0; i < r->headers.n; i++)
		size += headers[i].name.len + headers[i].value.len;
	return size;
}

static void fill(struct kafka_kept *kept, const struct comm_wire_record *r)
{
	const struct comm_wire_header *from = r->headers.items;
	struct comm_wire_header *to = (struct comm_wire_header *)kept->bytes;
	char *at = (char *)(to + r->headers.n);

	kept->record = *r;
	kept->record.headers.items = to;
	kept->record.key = copy(&at, r->key);
	kept->record.value = copy(&at, r->value);
	for (size_t i = 0; i < r->headers.n; i++) {
		to[i].name = copy(&at, from[i].name);
		to[i].value = copy(&at, from[i].value);
	}
}

/* A record may be kept again and again, each time by the next handle; all that is one message's time. */
static bool is_overdue(const struct kafka_producer *p, const struct kafka_outcome *o)
{
	return p->message_timeout_ms &&
	       kafka_now_ms(p->client->kafka) - kafka_batch_of(o)->kept_ms >
		       (uint64_t)p->message_timeout_ms;
}

static void fail_for_memory(struct kafka_outcome *o, const struct comm_wire_record *r)
{
	kafka_outcome_set(o, RD_KAFKA_RESP_ERR__FATAL, false, kafka_record_bytes(r));
}

void kafka_kept_add(struct kafka_producer *p, const struct comm_wire_record *r,
		    struct kafka_outcome *o)
{
	struct kafka_batch *b = kafka_batch_of(o);
	struct kafka_kept *kept;

	if (!b->kept_ms)
		b->kept_ms = kafka_now_ms(p->client->kafka);
	if (is_overdue(p, o)) {
		kafka_outcome_set(o, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, false,
				  kafka_record_bytes(r));
		return;
	}
	kept = malloc(sizeof *kept + size_of(r));
	if (!kept) {
		fail_for_memory(o, r);
		return;
	}
	fill(kept, r);
	kept->outcome = o;
	STAILQ_INSERT_TAIL(&b->topic->kept, kept, entry);
	p->n_kept++;
}

/* Returns 0, or -ENOMEM. */
static int headers_of(const rd_kafka_message_t *m, struct comm_list *ret)
{
	struct comm_wire_header *headers;
	rd_kafka_headers_t *from;
	size_t size;

	*ret = (struct comm_list){ NULL, 0 };
	if (rd_kafka_message_headers(m, &from) || !rd_kafka_header_cnt(from))
		return 0;
	headers = calloc(rd_kafka_header_cnt(from), sizeof *headers);
	if (!headers)
		return -ENOMEM;
	*ret = (struct comm_list){ headers, rd_kafka_header_cnt(from) };
	for (size_t i = 0; i < ret->n; i++) {
		const void *value;

		(void)rd_kafka_header_get_all(from, i, &headers[i].name.data, &value, &size);
		headers[i].name.len = strlen(headers[i].name.data);
		headers[i].value = (struct comm_bytes){ value, size };
	}
	return 0;
}

/* librdkafka does not tell the time of a message that has failed. */
static int64_t timestamp_of(const rd_kafka_message_t *m)
{
	rd_kafka_message_t *message = (rd_kafka_message_t *)m;
	rd_kafka_resp_err_t err = m->err;
	int64_t timestamp_ms;

	message->err = RD_KAFKA_RESP_ERR_NO_ERROR;
	timestamp_ms = rd_kafka_message_timestamp(message, NULL);
	message->err = err;
	return timestamp_ms > 0 ? timestamp_ms : COMM_NONE;
}

void kafka_kept_add_message(struct kafka_producer *p, const rd_kafka_message_t *m)
{
	struct comm_wire_record r = {
		.value = { m->payload, m->len },
		.key = { m->key, m->key_len },
		.partition = m->partition < 0 ? COMM_NONE : m->partition,
		.timestamp_ms = timestamp_of(m),
	};

	if (headers_of(m, &r.headers)) {
		/* Without them it would be another record. */
		fail_for_memory(m->_private, &r);
		return;
	}
	kafka_kept_add(p, &r, m->_private);
	free((void *)r.headers.items);
}

void kafka_kept_drop(struct kafka_producer *p, struct kafka_kept *kept, rd_kafka_resp_err_t err)
{
	if (err)
		kafka_outcome_set(kept->outcome, err, false, kafka_record_bytes(&kept->record));
	p->n_kept--;
	free(kept);
}

void kafka_kept_drop_list(struct kafka_producer *p, struct kafka_kept_list *list,
			  rd_kafka_resp_err_t err)
{
	struct kafka_kept *kept;

	if (STAILQ_EMPTY(list))
		return;
	while ((kept = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, entry);
		kafka_kept_drop(p, kept, err);
	}
	kafka_producer_poke(p);
}

void kafka_kept_drop_all(struct kafka_producer *p, rd_kafka_resp_err_t err)
{
	struct kafka_topic *topic, *next;

	if (!p->n_kept)
		return;
	HASH_ITER(hh, p->topics.table, topic, next)
		kafka_kept_drop_list(p, &topic->kept, err);
}

/* ---- order ---- */

static int compare(const void *a, const void *b)
{
	const struct kafka_outcome *x = (*(struct kafka_kept *const *)a)->outcome;
	const struct kafka_outcome *y = (*(struct kafka_kept *const *)b)->outcome;
	uint64_t s = kafka_batch_of(x)->serial, t = kafka_batch_of(y)->serial;

	return s != t ? (s > t) - (s < t) : (x->index > y->index) - (x->index < y->index);
}

int kafka_kept_sort(struct kafka_kept_list *list)
{
	struct kafka_kept *kept, **all;
	size_t n = 0, i = 0;

	STAILQ_FOREACH(kept, list, entry)
		n++;
	if (n < 2)
		return 0;
	all = calloc(n, sizeof *all);
	if (!all)
		return -ENOMEM;
	STAILQ_FOREACH(kept, list, entry)
		all[i++] = kept;
	qsort(all, n, sizeof *all, compare);
	STAILQ_INIT(list);
	for (i = 0; i < n; i++)
		STAILQ_INSERT_TAIL(list, all[i], entry);
	free(all);
	return 0;
}

/* ---- time ---- */

static void expire(struct kafka_producer *p, struct kafka_kept_list *list)
{
	struct kafka_kept_list overdue = STAILQ_HEAD_INITIALIZER(overdue);
	struct kafka_kept_list others = STAILQ_HEAD_INITIALIZER(others);
	struct kafka_kept *kept;

	while ((kept = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, entry);
		if (is_overdue(p, kept->outcome))
			STAILQ_INSERT_TAIL(&overdue, kept, entry);
		else
			STAILQ_INSERT_TAIL(&others, kept, entry);
	}
	STAILQ_CONCAT(list, &others);
	kafka_kept_drop_list(p, &overdue, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
}

void kafka_kept_expire(struct kafka_producer *p)
{
	struct kafka_topic *topic, *next;

	if (!p->n_kept)
		return;
	HASH_ITER(hh, p->topics.table, topic, next)
		expire(p, &topic->kept);
}

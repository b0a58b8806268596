#include <stdlib.h>

#include "daemon/kafka_batch.h"
#include "proto/errors.h"
#include "tests/fuzz/dispatch/stand_in.h"
#include "tests/fuzz/fuzz.h"

static struct kafka_topic some_topic;

/* Of records that fail, every third may be persisted all the same. */
static void set_outcome(struct kafka_batch *b, size_t i, const struct kafka_failure *why)
{
	struct kafka_outcome *o = &b->outcomes[i];

	o->done = true;
	o->reason = why ? why->code : 0;
	o->maybe_persisted = why && i % 3 == 0;
	if (!why) {
		o->partition = (int32_t)(i / 4);
		o->offset = (int64_t)i;
	} else {
		b->has_failed = true;
	}
	if (b->charge.sender)
		ledger_end(&b->charge.sender->ledger, why != NULL);
	b->n_open--;
}

static void note_failure(struct kafka *k, const struct kafka_batch *b,
			 const struct kafka_failure *why)
{
	const struct discard_kind kind = {
		.profile = b->client->profile,
		.topic = "t",
		.client = b->charge.sender ? b->charge.sender->name : "",
		.pid = b->charge.sender ? b->charge.sender->pid : 0,
		.uid = b->charge.sender ? b->charge.sender->uid : 0,
		.reason = why->code,
	};
	struct discard *row = discards_add(&k->discards, &kind, 1);

	if (row)
		discard_explain(row, why->code, why->message);
}

static void end_batch(struct pending *p, const struct kafka_failure *why)
{
	struct kafka_batch *b = p->batch;

	if (why)
		note_failure(p->kafka, b, why);
	for (size_t i = 0; i < b->n; i++)
		set_outcome(b, i, why);
	free(p);
	kafka_batch_end(b);
}

int kafka_produce(struct kafka_client *c, struct comm_bytes topic,
		  const struct comm_wire_record *records, size_t n, struct kafka_batch *b,
		  struct kafka_waiter *w, struct kafka_failure *ret_why)
{
	struct kafka *k = c->kafka;
	int error = stand_in_refuses(k, ret_why);

	MUST(topic.data && records && n == b->n && !w->line);
	if (error)
		return error;
	if (k->is_full) {
		w->line = &k->line;
		TAILQ_INSERT_TAIL(&k->line, w, entry);
		return COMM_EAGAIN;
	}
	b->n_open = n;
	b->client = c;
	b->topic = &some_topic;
	if (b->charge.sender)
		ledger_accept(&b->charge.sender->ledger, (int64_t)n);
	pending_new(k, NULL, end_batch)->batch = b;
	return 0;
}

void kafka_waiter_cancel(struct kafka_waiter *w)
{
	TAILQ_HEAD(line, kafka_waiter) *line = w->line;

	if (line)
		TAILQ_REMOVE(line, w, entry);
	w->line = NULL;
}

void kafka_explain(const struct kafka_client *c, const struct kafka_outcome *o,
		   struct kafka_failure *ret)
{
	MUST(c && o->done && o->reason);
	*ret = stand_in_failure(3);
	ret->code = o->reason;
}

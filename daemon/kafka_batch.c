#include "daemon/kafka_batch.h"

#include <stdlib.h>

#include <uv.h>

#include "daemon/kafka.h"
#include "proto/util.h"

size_t kafka_batch_size(size_t n)
{
	return sizeof(struct kafka_batch) + n * sizeof(struct kafka_outcome);
}

struct kafka_batch *kafka_batch_new(size_t n, void (*done)(struct kafka_batch *b), void *arg)
{
	struct kafka_batch *b = calloc(1, kafka_batch_size(n));

	if (!b)
		return NULL;
	b->n = n;
	b->came_ns = uv_hrtime();
	b->done = done;
	b->arg = arg;
	for (size_t i = 0; i < n; i++) {
		b->outcomes[i].offset = -1;
		b->outcomes[i].partition = -1;
		b->outcomes[i].index = (uint32_t)i;
	}
	return b;
}

static void tell_watches(struct kafka_batch *b)
{
	struct kafka_watch *w;

	while ((w = SLIST_FIRST(&b->watches))) {
		SLIST_REMOVE_HEAD(&b->watches, entry);
		w->ended(w, b);
	}
}

void kafka_batch_free(struct kafka_batch *b)
{
	if (!b)
		return;
	tell_watches(b);
	charge_fini(&b->charge);
	free(b);
}

void kafka_batch_abandon(struct kafka_batch *b)
{
	b->done = NULL;
}

struct kafka_batch *kafka_batch_of(const struct kafka_outcome *o)
{
	const struct kafka_outcome *first = o - o->index;

	return container_of((char *)first, struct kafka_batch, outcomes);
}

void kafka_batch_end(struct kafka_batch *b)
{
	tell_watches(b);
	if (b->done)
		b->done(b);
	else
		kafka_batch_free(b);
}

#include "daemon/outcomes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/error_table.h"
#include "proto/errors.h"
#include "proto/utf8.h"

/* Stands for "no outcome yet" among Kafka's numbers, none of which is this one. */
#define NO_OUTCOME INT32_MIN

struct outcome_reason {
	int32_t reason;
	bool maybe_persisted;
	struct kafka_failure failure;
	struct comm_wire_error error;
	SLIST_ENTRY(outcome_reason) entry;
};

static int32_t reason_of(const struct kafka_outcome *o)
{
	return o->done ? o->reason : NO_OUTCOME;
}

/* Whether @o continues a run that began with @first, @n records before it. */
static bool continues(const struct kafka_outcome *first, const struct kafka_outcome *o, size_t n)
{
	if (reason_of(o) != reason_of(first) || o->partition != first->partition)
		return false;
	if (reason_of(o))
		return o->maybe_persisted == first->maybe_persisted;
	return first->offset < 0 ? o->offset < 0 : o->offset == first->offset + (int64_t)n;
}

static size_t run_length(const struct kafka_batch *b, size_t i)
{
	size_t n = 1;

	while (i + n < b->n && continues(&b->outcomes[i], &b->outcomes[i + n], n))
		n++;
	return n;
}

static const struct comm_wire_error *
explain(struct outcomes *outcomes, const struct kafka_client *client, const struct kafka_outcome *o)
{
	struct outcome_reason *r;

	SLIST_FOREACH(r, &outcomes->reasons, entry)
		if (r->reason == reason_of(o) && r->maybe_persisted == o->maybe_persisted)
			return &r->error;
	r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	SLIST_INSERT_HEAD(&outcomes->reasons, r, entry);
	r->reason = reason_of(o);
	r->maybe_persisted = o->maybe_persisted;
	if (o->done)
		kafka_explain(client, o, &r->failure);
	else
		kafka_explain_silence(client, &r->failure);
	comm_utf8_mend(r->failure.message);
	r->error = comm_error_wire(r->failure.code, r->failure.message);
	return &r->error;
}

static int describe(struct outcomes *outcomes, const struct kafka_client *client,
		    const struct kafka_outcome *o, size_t n, bool is_queued,
		    struct comm_wire_outcome *ret)
{
	*ret = (struct comm_wire_outcome){ .count = (int64_t)n,
					   .partition = COMM_NONE,
					   .offset = COMM_NONE };
	if (o->partition >= 0)
		ret->partition = o->partition;
	if (o->offset >= 0)
		ret->offset = o->offset;
	if (reason_of(o) == 0 || (!o->done && is_queued))
		return 0;
	ret->maybe_persisted = !o->done || o->maybe_persisted;
	ret->error = explain(outcomes, client, o);
	return ret->error ? 0 : -ENOMEM;
}

int outcomes_init(struct outcomes *ret, const struct kafka_client *client,
		  const struct kafka_batch *b, bool is_queued)
{
	struct comm_wire_outcome *runs;
	size_t n_runs = 0;
	int error = 0;

	*ret = (struct outcomes){ 0 };
	for (size_t i = 0; i < b->n; i += run_length(b, i))
		n_runs++;
	runs = calloc(n_runs ? n_runs : 1, sizeof *runs);
	if (!runs)
		return -ENOMEM;
	ret->list = (struct comm_list){ runs, n_runs };
	for (size_t i = 0, run = 0; !error && run < n_runs; run++) {
		size_t n = run_length(b, i);

		error = describe(ret, client, &b->outcomes[i], n, is_queued, &runs[run]);
		i += n;
	}
	return error;
}

void outcomes_fini(struct outcomes *o)
{
	struct outcome_reason *r;

	while ((r = SLIST_FIRST(&o->reasons))) {
		SLIST_REMOVE_HEAD(&o->reasons, entry);
		free(r);
	}
	free((void *)o->list.items);
}

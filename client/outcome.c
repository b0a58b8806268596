#include "client/producer.h"

#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "proto/util.h"

/* Returns false if the program has forked meanwhile: the batch is all that is left to look at. */
static bool tell(struct comm *c, struct batch *b, size_t i, const struct comm_outcome *outcome)
{
	const struct slot *slots = batch_slots(b), *slot = &slots[i];
	unsigned int entered;

	c->producer.n_open--;
	c->producer.n_bytes -= slot->end - (i ? slots[i - 1].end : 0);
	if (!slot->done)
		return true;
	entered = client_enter_callback(c);
	slot->done(c, outcome, slot->arg);
	return client_leave_callback(c, entered);
}

/* Records from @i, @n of them, all ended the same way; an error's sentence is comm::error. */
static bool tell_run(struct comm *c, struct batch *b, size_t i, size_t n, struct comm_outcome first)
{
	/* What is called back may fail at something else. */
	char message[sizeof c->error_text];
	struct comm_outcome outcome = first;

	/* What is told is of the last time; the first may have been enough. */
	if (outcome.error && b->call.was_sent)
		outcome.maybe_persisted = 1;
	strcpy(message, first.error ? c->error : "");
	outcome.message = message;
	for (size_t k = 0; k < n; k++) {
		if (!tell(c, b, i + k, &outcome))
			return false;
		if (outcome.offset >= 0)
			outcome.offset++;
	}
	return true;
}

static bool tell_failure(struct comm *c, struct batch *b, size_t i, size_t n, int error, bool maybe)
{
	struct comm_outcome outcome = {
		.error = error,
		.maybe_persisted = maybe,
		.partition = -1,
		.offset = -1,
	};

	return tell_run(c, b, i, n, outcome);
}

static struct comm_outcome outcome_of(struct comm *c, const struct comm_wire_outcome *run)
{
	struct comm_outcome outcome = {
		.partition = run->partition < 0 || run->partition > INT32_MAX
				     ? -1
				     : (int32_t)run->partition,
		.offset = run->offset < 0 ? -1 : run->offset,
	};

	if (run->error) {
		outcome.error = client_fail_text(c, (int)run->error->code, run->error->message);
		outcome.maybe_persisted =
			run->maybe_persisted || outcome.error == COMM_EUNKNOWN_OUTCOME;
	}
	return outcome;
}

/* Whether the runs are about as many records as the batch has. */
static bool is_complete(const struct batch *b, const struct comm_list *outcomes)
{
	const struct comm_wire_outcome *runs = outcomes->items;
	size_t left = b->n;

	for (size_t i = 0; i < outcomes->n; i++) {
		const struct comm_wire_error *error = runs[i].error;

		if (runs[i].count < 1 || (uint64_t)runs[i].count > left)
			return false;
		if (error && (error->code < 1 || error->code > INT32_MAX))
			return false;
		left -= (size_t)runs[i].count;
	}
	return left == 0;
}

static bool tell_outcomes(struct comm *c, struct batch *b, const struct comm_list *outcomes)
{
	const struct comm_wire_outcome *runs = outcomes->items;
	size_t i = 0;

	if (!is_complete(b, outcomes)) {
		client_fail(c, COMM_EPROTOCOL, "the answer of commd on %s lacks outcomes",
			    c->connection.path);
		return tell_failure(c, b, 0, b->n, COMM_EPROTOCOL, true);
	}
	for (size_t run = 0; run < outcomes->n; run++) {
		size_t n = (size_t)runs[run].count;

		if (!tell_run(c, b, i, n, outcome_of(c, &runs[run])))
			return false;
		i += n;
	}
	return true;
}

/* How the path of a record begins. */
#define RECORDS "records["

/*
 * The daemon refuses a request for one wrong record and then has sent none of it. The records of a
 * batch have nothing to do with each other: which one is it?
 */
static bool is_about_record(const struct batch *b, const struct reply *reply, size_t *ret_i)
{
	const struct comm_bytes path = reply->detail;
	size_t at = sizeof RECORDS - 1, i = 0;

	if (reply->maybe || b->n < 2 || path.len <= at || memcmp(path.data, RECORDS, at))
		return false;
	for (; at < path.len && path.data[at] >= '0' && path.data[at] <= '9' && i < b->n; at++)
		i = 10 * i + (size_t)(path.data[at] - '0');
	*ret_i = i;
	return at >= sizeof RECORDS && i < b->n;
}

/* Its number in the batch means nothing to whoever sent the record. */
static void strip_index(struct comm *c, int error)
{
	const char *end = strchr(c->error, ']');

	if (strncmp(c->error, RECORDS, sizeof RECORDS - 1) != 0 || !end)
		return;
	while (*end && strchr("].: ", *end))
		end++;
	client_fail_text(c, error, comm_bytes_of(end));
}

/* Tell the outcome of the wrong record, and send the others again. */
static bool refuse_one(struct comm *c, struct batch *b, size_t i, int error)
{
	if (!tell_failure(c, b, i, 1, error, false))
		return false;
	batch_cut(b, i);
	producer_resend(c, b);
	return true;
}

void batch_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct batch *b = container_of(call, struct batch, call);
	const struct comm_send_result *result = reply->result;
	size_t i;
	bool ours;

	if (reply->error)
		strip_index(c, reply->error);
	if (reply->error && is_about_record(b, reply, &i)) {
		if (!refuse_one(c, b, i, reply->error))
			batch_free(b);
		return;
	}
	if (reply->error)
		ours = tell_failure(c, b, 0, b->n, reply->error, reply->maybe);
	else
		ours = tell_outcomes(c, b, &result->outcomes);
	if (ours)
		producer_recycle(c, b);
	else
		batch_free(b);
}

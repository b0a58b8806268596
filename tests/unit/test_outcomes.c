/*
 * The runs that a send's answer consists of. The words for failures are the port's: here they are
 * the test's own.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/outcomes.h"
#include "proto/errors.h"

void kafka_explain(const struct kafka_client *c, const struct kafka_outcome *o,
		   struct kafka_failure *ret)
{
	(void)c;
	*ret = (struct kafka_failure){ .code = COMM_ESEND };
	snprintf(ret->message, sizeof ret->message, "reason %d", (int)o->reason);
}

void kafka_explain_silence(const struct kafka_client *c, struct kafka_failure *ret)
{
	(void)c;
	*ret = (struct kafka_failure){ .code = COMM_EBROKER, .message = "silence" };
}

static struct kafka_batch *batch;
static struct outcomes outcomes;
static const struct comm_wire_outcome *runs;

static void begin(size_t n)
{
	batch = calloc(1, sizeof *batch + n * sizeof *batch->outcomes);
	ck_assert_ptr_nonnull(batch);
	batch->n = n;
	for (size_t i = 0; i < n; i++)
		batch->outcomes[i] = (struct kafka_outcome){ .offset = -1, .partition = -1 };
}

static void persisted(size_t i, int32_t partition, int64_t offset)
{
	batch->outcomes[i] =
		(struct kafka_outcome){ .offset = offset, .partition = partition, .done = true };
}

static void failed(size_t i, int32_t reason, bool maybe_persisted)
{
	batch->outcomes[i] = (struct kafka_outcome){ .offset = -1,
						     .partition = -1,
						     .reason = reason,
						     .done = true,
						     .maybe_persisted = maybe_persisted };
}

static void list(bool is_queued, size_t n_runs)
{
	ck_assert_int_eq(outcomes_init(&outcomes, NULL, batch, is_queued), 0);
	ck_assert_uint_eq(outcomes.list.n, n_runs);
	runs = outcomes.list.items;
}

static void end(void)
{
	outcomes_fini(&outcomes);
	free(batch);
}

START_TEST(offsets_that_follow_each_other_are_one_run)
{
	begin(5);
	persisted(0, 1, 10);
	persisted(1, 1, 11);
	persisted(2, 1, 13);
	persisted(3, 2, 14);
	persisted(4, 2, 15);
	list(false, 3);
	ck_assert_int_eq(runs[0].count, 2);
	ck_assert_int_eq(runs[0].offset, 10);
	ck_assert_int_eq(runs[1].count, 1);
	ck_assert_int_eq(runs[2].count, 2);
	ck_assert_int_eq(runs[2].partition, 2);
	end();
}
END_TEST

START_TEST(unknown_offsets_are_one_run_too)
{
	begin(3);
	for (size_t i = 0; i < 3; i++)
		persisted(i, 0, -1);
	list(false, 1);
	ck_assert_int_eq(runs[0].count, 3);
	ck_assert_int_eq(runs[0].offset, COMM_NONE);
	end();
}
END_TEST

START_TEST(failures_are_told_apart_by_reason_and_by_what_may_be_persisted)
{
	begin(5);
	failed(0, 7, false);
	failed(1, 7, false);
	failed(2, 7, true);
	failed(3, 8, true);
	persisted(4, 0, 0);
	list(false, 4);
	ck_assert_int_eq(runs[0].count, 2);
	ck_assert(!runs[0].maybe_persisted);
	ck_assert(comm_bytes_is(runs[0].error->message, "reason 7"));
	ck_assert_int_eq(runs[0].error->code, COMM_ESEND);
	ck_assert(runs[1].maybe_persisted);
	ck_assert(comm_bytes_is(runs[2].error->message, "reason 8"));
	ck_assert_ptr_null(runs[3].error);
	end();
}
END_TEST

START_TEST(no_outcome_is_queued_or_perhaps_persisted)
{
	begin(2);
	persisted(0, 0, 5);
	list(false, 2);
	ck_assert_int_eq(runs[1].error->code, COMM_EBROKER);
	ck_assert(runs[1].maybe_persisted);
	ck_assert_int_eq(runs[1].offset, COMM_NONE);
	outcomes_fini(&outcomes);
	list(true, 2);
	ck_assert_ptr_null(runs[1].error);
	ck_assert_int_eq(runs[1].partition, COMM_NONE);
	end();
}
END_TEST

TEST_MAIN("outcomes", offsets_that_follow_each_other_are_one_run, unknown_offsets_are_one_run_too,
	  failures_are_told_apart_by_reason_and_by_what_may_be_persisted,
	  no_outcome_is_queued_or_perhaps_persisted)

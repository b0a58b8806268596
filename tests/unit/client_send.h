#pragma once

/*
 * What the tests of sending share: numbered records, and what was told of each.
 */

#include <stdio.h>
#include <string.h>

#include "proto/util.h"
#include "tests/unit/client.h"

/* Outcomes, in the order in which they were told. */
struct outcomes {
	size_t n;
	struct {
		int error;
		int maybe;
		int32_t partition;
		int64_t offset;
		char message[160];
	} at[2000];
};

static struct outcomes told;

static inline struct comm *start(struct fake *f, struct peer *ret_peer,
				 const struct comm_options *options)
{
	memset(&told, 0, sizeof told);
	return client_connect(f, ret_peer, options);
}

static inline void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	(void)c;
	ck_assert_uint_lt(told.n, ARRAY_SIZE(told.at));
	ck_assert_ptr_nonnull(outcome->message);
	/* @arg is which one this is: none is left out, none is told twice. */
	ck_assert_uint_eq((size_t)arg, told.n);
	told.at[told.n].error = outcome->error;
	told.at[told.n].maybe = outcome->maybe_persisted;
	told.at[told.n].partition = outcome->partition;
	told.at[told.n].offset = outcome->offset;
	strncpy(told.at[told.n].message, outcome->message, sizeof told.at[told.n].message - 1);
	told.n++;
}

static inline struct comm_record record_of(const char *value)
{
	struct comm_record r = COMM_RECORD_INIT;

	r.value = value;
	r.value_len = strlen(value);
	return r;
}

static inline void give(struct comm *c, const char *topic, size_t i)
{
	char value[32];
	struct comm_record r;

	(void)snprintf(value, sizeof value, "%zu", i);
	r = record_of(value);
	ck_assert_msg(!comm_send_async(c, topic, &r, on_sent, (void *)i), "%s",
		      comm_error_message(c));
}

static inline const struct comm_wire_record *records(const struct peer *p)
{
	return p->params.send_params.records.items;
}

static inline size_t n_records(const struct peer *p)
{
	return p->params.send_params.records.n;
}

static inline uint64_t read_send(struct peer *p, size_t n, size_t first)
{
	uint64_t id = peer_read(p, COMM_METHOD_SEND);
	char value[32];

	ck_assert_uint_eq(n_records(p), n);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(value, sizeof value, "%zu", first + i);
		ck_assert_msg(comm_bytes_is(records(p)[i].value, value), "record %zu", i);
	}
	return id;
}

/* All of them are persisted, from @offset on. */
static inline void acknowledge(struct peer *p, uint64_t id, size_t n, int64_t offset)
{
	const struct comm_wire_outcome run = { (int64_t)n, 0, offset, NULL, false };
	const struct comm_send_result result = { { &run, 1 } };

	peer_answer(p, id, COMM_METHOD_SEND, &result);
}

#pragma once

/*
 * What the tests of receiving share: a subscription to two topics of a fake daemon, four records of
 * them, and what was told of receives.
 */

#include "proto/util.h"
#include "tests/unit/client.h"

static const char *const topics[] = { "a", "b" };

/* Answers to the next requests, given from a thread while the test waits. */
struct script {
	struct peer *p;
	int64_t id;                              /* of the subscription */
	const struct comm_receive_result *batch; /* or NULL: no receive follows */
	int64_t timeout_ms;                      /* asked for */
};

static inline void answer_subscribe(struct peer *p, uint64_t request, int64_t id)
{
	const struct comm_subscribe_result result = { .subscription = id };

	peer_answer(p, request, COMM_METHOD_SUBSCRIBE, &result);
}

static inline void serve(struct fake *f, void *arg)
{
	struct script *s = arg;

	(void)f;
	if (s->id >= 0)
		answer_subscribe(s->p, peer_read(s->p, COMM_METHOD_SUBSCRIBE), s->id);
	if (!s->batch)
		return;
	peer_answer(s->p, peer_read(s->p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, s->batch);
	s->timeout_ms = s->p->params.receive_params.timeout_ms;
}

static inline struct comm_subscription *subscribe(struct fake *f, struct peer *p, struct comm *c,
						  const char *group,
						  const struct comm_subscribe_options *options)
{
	struct script script = { .p = p, .id = 11 };
	struct comm_subscription *s;

	fake_run(f, serve, &script);
	ck_assert_msg(!comm_subscribe(c, group, topics, 2, options, &s), "%s",
		      comm_error_message(c));
	fake_join(f);
	return s;
}

static const struct comm_wire_header headers[] = {
	{ { "trace", 5 }, { "\x01\x02", 2 } },
	{ { "", 0 }, { NULL, 0 } },
};

static const struct comm_wire_received of_a[] = {
	{ 0, 10, 1700000000000, { "k", 1 }, { "one", 3 }, { headers, 2 } },
	{ 0, 11, COMM_NONE, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } },
	{ 3, 7, 5, { "", 0 }, { "", 0 }, { NULL, 0 } },
};

static const struct comm_wire_received of_b[] = {
	{ 1, 99, 6, { NULL, 0 }, { "two", 3 }, { NULL, 0 } },
};

static const struct comm_wire_batch batches[] = {
	{ { "a", 1 }, { of_a, 3 } },
	{ { "b", 1 }, { of_b, 1 } },
};

static const struct comm_receive_result four = { .topics = { batches, 2 } };
static const struct comm_receive_result none = { .at_end = true };

static inline void check_four(const struct comm_record *r, size_t n)
{
	ck_assert_uint_eq(n, 4);
	ck_assert_str_eq(r[0].topic, "a");
	ck_assert_int_eq(r[0].partition, 0);
	ck_assert_int_eq(r[0].offset, 10);
	ck_assert_int_eq(r[0].timestamp_ms, 1700000000000);
	ck_assert_uint_eq(r[0].key_len, 1);
	ck_assert_mem_eq(r[0].value, "one", 3);
	ck_assert_uint_eq(r[0].n_headers, 2);
	ck_assert_str_eq(r[0].headers[0].name, "trace");
	ck_assert_mem_eq(r[0].headers[0].value, "\x01\x02", 2);
	ck_assert_str_eq(r[0].headers[1].name, "");
	ck_assert_ptr_null(r[0].headers[1].value);
	ck_assert_int_eq(r[1].timestamp_ms, -1);
	ck_assert_ptr_null(r[1].key);
	ck_assert_ptr_null(r[1].value);
	ck_assert_ptr_nonnull(r[2].value);
	ck_assert_uint_eq(r[2].value_len, 0);
	ck_assert_str_eq(r[3].topic, "b");
	ck_assert_int_eq(r[3].offset, 99);
	ck_assert_mem_eq(r[3].value, "two", 3);
}

struct ended {
	size_t n;
	int error;
};

static inline void on_ended(struct comm *c, int error, void *arg)
{
	struct ended *ended = arg;

	(void)c;
	ended->n++;
	ended->error = error;
}

struct received {
	size_t n_calls;
	int error;
	size_t n_records;
};

static inline void on_received(struct comm_subscription *s, int error,
			       const struct comm_record *records, size_t n_records, void *arg)
{
	struct received *received = arg;

	(void)s;
	if (n_records)
		check_four(records, n_records);
	received->n_calls++;
	received->error = error;
	received->n_records = n_records;
}

static inline const struct comm_wire_topic_ref *refs(const struct peer *p)
{
	return p->params.subscribe_params.topics.items;
}

/*
 * Receiving with too little memory: what the program did not get comes again.
 */
#include "client/commclient.h"

#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/lib/memory.h"
#include "tests/unit/client_receive.h"

/* Allocations of one receive, at most. */
#define N_MAX 1000

/* No partition is asked for from behind its first record. */
static void check_refs(const struct peer *p)
{
	static const struct comm_wire_topic_ref first[] = {
		{ { "a", 1 }, 0, 10 },
		{ { "a", 1 }, 3, 7 },
		{ { "b", 1 }, 1, 99 },
	};

	for (size_t i = 0; i < p->params.subscribe_params.topics.n; i++) {
		const struct comm_wire_topic_ref *ref = &refs(p)[i];

		for (size_t k = 0; k < ARRAY_SIZE(first); k++)
			if (comm_bytes_is(ref->topic, first[k].topic.data) &&
			    ref->partition == first[k].partition)
				ck_assert_int_le(ref->offset, first[k].offset);
	}
}

static void on_tried(struct comm_subscription *s, int error, const struct comm_record *records,
		     size_t n_records, void *arg)
{
	/* What checks them needs memory too. */
	(void)memory_recover();
	on_received(s, error, records, n_records, arg);
}

/* Receive where the @n-th allocation fails. Returns whether there were as many. */
static bool receive_without(int n)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, NULL, &options);
	struct received got = { 0 };
	bool has_failed;

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_tried, &got), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	memory_fail(n);
	(void)comm_process(c);
	has_failed = memory_recover();
	if (!got.n_records) {
		ck_assert(has_failed);
		if (got.n_calls)
			ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
		client_meet_again(c, f, &p);
		answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
		check_refs(&p);
		peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE,
			    &four);
		client_until(c, &got.n_records, 4);
	}
	client_end(c, &p, f);
	return has_failed;
}

START_TEST(what_there_was_no_memory_for_comes_again)
{
	int n = 1;

	while (receive_without(n))
		ck_assert_int_lt(n++, N_MAX);
	ck_assert_int_gt(n, 3);
}
END_TEST

struct described {
	bool is_told;
	bool has_failed; /* an allocation */
	int error;
};

static void on_group(struct comm *c, int error, struct comm_group *group, void *arg)
{
	struct described *got = arg;

	(void)c;
	/* What checks it needs memory too. */
	got->has_failed = memory_recover();
	got->is_told = true;
	got->error = error;
	ck_assert(!error == !!group);
	comm_group_free(group);
}

static const struct comm_wire_group billing = { { "g", 1 }, { "Empty", 5 }, false };

static const struct comm_wire_group_lag lags[] = {
	{ { "a", 1 }, 0, 1, 2, 1, { "m", 1 } },
	{ { "b", 1 }, 0, 1, 2, 1, { NULL, 0 } },
};

static int n_without;

/* Ask where the @n-th allocation fails; if it does not, be told where one does. Returns whether one did. */
static bool describe_without(int n, int n_told)
{
	const struct comm_describe_group_result result = {
		&billing, 1, { "", 0 }, { NULL, 0 }, { lags, 2 },
	};
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct described got = { false };
	bool has_failed;
	int error;

	memory_fail(n);
	error = comm_describe_group_async(c, "g", on_group, &got);
	has_failed = memory_recover();
	ck_assert_int_eq(error, has_failed ? COMM_ENO_MEMORY : 0);
	if (has_failed) {
		client_end(c, &p, f);
		return true;
	}
	peer_answer(&p, peer_read(&p, COMM_METHOD_DESCRIBE_GROUP), COMM_METHOD_DESCRIBE_GROUP,
		    &result);
	memory_fail(n_told);
	while (!got.is_told)
		(void)comm_process(c);
	/* Some of it, the library can do without for a while. */
	ck_assert(!got.error || (got.has_failed && got.error == COMM_ENO_MEMORY));
	n_without += got.error != 0;
	(void)comm_close(c, 0, NULL);
	peer_close(&p);
	fake_free(f);
	return got.has_failed;
}

START_TEST(a_result_without_memory_is_none)
{
	int n = 1;

	while (describe_without(n, N_MAX))
		ck_assert_int_lt(n++, N_MAX);
	ck_assert_int_gt(n, 2);
	for (n = 1; describe_without(N_MAX, n); n++)
		ck_assert_int_lt(n, N_MAX);
	ck_assert_int_gt(n_without, 1);
}
END_TEST

TEST_MAIN("client_memory", a_result_without_memory_is_none,
	  what_there_was_no_memory_for_comes_again)

/*
 * Reading without a group: where it goes on after a lost connection.
 */
#include "client/commclient.h"

#include <string.h>

#include "proto/util.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_receive.h"

START_TEST(a_tail_goes_on_where_it_was)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, NULL, &options);
	struct received got = { 0 };

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 1);

	/* Nobody subscribes before somebody wants to receive. */
	peer_close(&p);
	while (comm_process(c) != COMM_ENOT_RUNNING)
		;
	ck_assert_int_eq(comm_timeout(c), -1);
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	fake_run(f, client_welcome, &p);
	while (!fake_try_join(f))
		(void)comm_wait(c, 10);
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
	ck_assert(comm_bytes_is(p.params.subscribe_params.start, "earliest"));
	ck_assert_uint_eq(p.params.subscribe_params.topics.n, 5);
	ck_assert(comm_bytes_is(refs(&p)[0].topic, "a"));
	ck_assert_int_eq(refs(&p)[0].partition, 0);
	ck_assert_int_eq(refs(&p)[0].offset, 12);
	ck_assert_int_eq(refs(&p)[1].partition, 3);
	ck_assert_int_eq(refs(&p)[1].offset, 8);
	ck_assert_int_eq(refs(&p)[2].partition, COMM_NONE);
	ck_assert(comm_bytes_is(refs(&p)[3].topic, "b"));
	ck_assert_int_eq(refs(&p)[3].partition, 1);
	ck_assert_int_eq(refs(&p)[3].offset, 100);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &none);
	client_until(c, &got.n_calls, 2);
	client_end(c, &p, f);
}
END_TEST

/* Where the partitions of both topics begin, as the daemon tells, and how that is asked for again. */
static const struct comm_wire_position begins[] = {
	{ { "a", 1 }, 0, 10 },
	{ { "a", 1 }, 1, 0 },
	{ { "a", 1 }, 3, 5 },
	{ { "b", 1 }, 1, 99 },
};

static void tell_begins(struct fake *f, void *arg)
{
	const struct comm_subscribe_result result = { 11, { begins, ARRAY_SIZE(begins) } };
	struct peer *p = arg;

	(void)f;
	peer_answer(p, peer_read(p, COMM_METHOD_SUBSCRIBE), COMM_METHOD_SUBSCRIBE, &result);
}

static void check_again(const struct peer *p, const struct comm_wire_topic_ref *wanted, size_t n)
{
	ck_assert(comm_bytes_is(p->params.subscribe_params.start, "earliest"));
	ck_assert_int_eq(p->params.subscribe_params.at, COMM_NONE);
	ck_assert_uint_eq(p->params.subscribe_params.topics.n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert(comm_bytes_is(refs(p)[i].topic, wanted[i].topic.data));
		ck_assert_int_eq(refs(p)[i].partition, wanted[i].partition);
		ck_assert_int_eq(refs(p)[i].offset, wanted[i].offset);
	}
}

START_TEST(what_brought_nothing_goes_on_where_it_began)
{
	static const struct comm_wire_topic_ref wanted[] = {
		{ { "a", 1 }, 0, 10 }, { { "a", 1 }, 1, 0 },
		{ { "a", 1 }, 3, 5 },  { { "a", 1 }, COMM_NONE, COMM_NONE },
		{ { "b", 1 }, 1, 99 }, { { "b", 1 }, COMM_NONE, COMM_NONE },
	};
	const struct comm_subscribe_options options = { .start = COMM_START_TAIL, .at = 3 };
	struct comm_wire_topic_ref moved[ARRAY_SIZE(wanted)];
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s;
	struct received got = { 0 };

	fake_run(f, tell_begins, &p);
	ck_assert_int_eq(comm_subscribe(c, NULL, topics, 2, &options, &s), 0);
	fake_join(f);
	ck_assert(comm_bytes_is(p.params.subscribe_params.start, "tail"));
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	client_meet_again(c, f, &p);
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
	check_again(&p, wanted, ARRAY_SIZE(wanted));
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 1);

	/* And behind its last record, what brought some. */
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	(void)client_read(c, &p, COMM_METHOD_RECEIVE);
	client_meet_again(c, f, &p);
	(void)client_read(c, &p, COMM_METHOD_SUBSCRIBE);
	memcpy(moved, wanted, sizeof moved);
	moved[0].offset = 12;
	moved[2].offset = 8;
	moved[4].offset = 100;
	check_again(&p, moved, ARRAY_SIZE(moved));
	client_end(c, &p, f);
}
END_TEST

static void receive_at_once(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	(void)c;
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, arg), 0);
}

START_TEST(one_partition_goes_on_where_it_began)
{
	static const struct comm_wire_topic_ref wanted = { { "a", 1 }, 0, 10 };
	const struct comm_subscribe_options options = { .one_partition = 1 };
	const struct comm_subscribe_result result = { 11, { begins, 1 } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct received got = { 0 };

	ck_assert_int_eq(comm_subscribe_async(c, NULL, topics, 1, &options, receive_at_once, &got),
			 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_SUBSCRIBE), COMM_METHOD_SUBSCRIBE, &result);
	(void)client_read(c, &p, COMM_METHOD_RECEIVE);
	client_meet_again(c, f, &p);
	(void)client_read(c, &p, COMM_METHOD_SUBSCRIBE);
	check_again(&p, &wanted, 1);
	client_end(c, &p, f);
}
END_TEST

static void on_refused(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	(void)c;
	ck_assert_int_eq(error, COMM_EPROTOCOL);
	ck_assert_ptr_null(s);
	++*(size_t *)arg;
}

START_TEST(an_answer_that_begins_nowhere_is_no_subscription)
{
	static const struct comm_wire_position wrong = { { "a", 1 }, 0, -1 };
	const struct comm_subscribe_result result = { 13, { &wrong, 1 } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	size_t n = 0;

	ck_assert_int_eq(comm_subscribe_async(c, NULL, topics, 2, NULL, on_refused, &n), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_SUBSCRIBE), COMM_METHOD_SUBSCRIBE, &result);
	client_until(c, &n, 1);
	(void)client_read(c, &p, COMM_METHOD_UNSUBSCRIBE);
	ck_assert_int_eq(p.params.unsubscribe_params.subscription, 13);
	client_end(c, &p, f);
}
END_TEST

TEST_MAIN("client_tail", a_tail_goes_on_where_it_was, what_brought_nothing_goes_on_where_it_began,
	  one_partition_goes_on_where_it_began, an_answer_that_begins_nowhere_is_no_subscription)

/*
 * Subscriptions that are made again: after a lost connection, and where a receive has failed.
 */
#include "client/commclient.h"

#include <string.h>

#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_receive.h"

START_TEST(a_group_is_joined_again)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	client_meet_again(c, f, &p);
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
	ck_assert(comm_bytes_is(p.params.subscribe_params.group, "g"));
	ck_assert_uint_eq(p.params.subscribe_params.topics.n, 2);
	ck_assert_int_eq(refs(&p)[0].partition, COMM_NONE);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	ck_assert_int_eq(p.params.receive_params.subscription, 12);
	client_until(c, &got.n_calls, 1);
	ck_assert_int_eq(got.error, 0);
	comm_close(c, 0, NULL);
	peer_close(&p);
	fake_free(f);
}
END_TEST

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
	comm_close(c, 0, NULL);
	peer_close(&p);
	fake_free(f);
}
END_TEST

START_TEST(a_late_answer_is_not_acknowledged_by_the_next_receive)
{
	const struct comm_options hurry = { .timeout_ms = 100 };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, &hurry);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };
	uint64_t late;

	ck_assert_int_eq(comm_receive_async(s, 0, 0, on_received, &got), 0);
	late = peer_read(&p, COMM_METHOD_RECEIVE);
	client_until(c, &got.n_calls, 1);
	ck_assert_int_eq(got.error, COMM_ETIMEOUT);
	peer_answer(&p, late, COMM_METHOD_RECEIVE, &four);

	/* The records that came to nobody are given back, and asked for anew. */
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_UNSUBSCRIBE), COMM_METHOD_UNSUBSCRIBE, NULL);
	ck_assert_int_eq(p.params.unsubscribe_params.subscription, 11);
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	ck_assert_int_eq(p.params.receive_params.subscription, 12);
	client_until(c, &got.n_calls, 2);
	ck_assert_int_eq(got.error, 0);
	ck_assert_uint_eq(got.n_records, 4);
	comm_close(c, 0, NULL);
	peer_close(&p);
	fake_free(f);
}
END_TEST

TEST_MAIN("client_again", a_group_is_joined_again, a_tail_goes_on_where_it_was,
	  a_late_answer_is_not_acknowledged_by_the_next_receive)

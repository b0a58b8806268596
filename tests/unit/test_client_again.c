/*
 * Subscriptions that are made again: after a lost connection, and where a receive has failed.
 */
#include "client/commclient.h"

#include <string.h>

#include "tests/lib/clock.h"
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
	client_end(c, &p, f);
}
END_TEST

START_TEST(a_late_answer_is_not_acknowledged_by_the_next_receive)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };
	uint64_t late;

	clock_start(NULL, NULL);
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
	clock_stop();
	client_end(c, &p, f);
}
END_TEST

/* What was told of receives that ask for more as long as they fail. */
struct asking {
	size_t n_failed;
	size_t n_received;
};

static void ask_again(struct comm_subscription *s, int error, const struct comm_record *records,
		      size_t n_records, void *arg)
{
	struct asking *asking = arg;

	if (error == COMM_ENO_SUBSCRIPTION)
		return;
	if (error) {
		ck_assert_int_eq(error, COMM_ETIMEOUT);
		asking->n_failed++;
		ck_assert_int_eq(comm_receive_async(s, 0, 5000, ask_again, asking), 0);
		return;
	}
	if (n_records)
		check_four(records, n_records);
	asking->n_received++;
}

/* Two receives of @s fail together, and are asked for again. */
static void fail_two(struct comm *c, struct comm_subscription *s, struct asking *asking)
{
	ck_assert_int_eq(comm_receive_async(s, 0, 0, ask_again, asking), 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 0, ask_again, asking), 0);
	client_until(c, &asking->n_failed, 2);
}

START_TEST(receives_that_fail_together_subscribe_once)
{
	const struct comm_subscribe_options manual = { .ack = COMM_ACK_MANUAL };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", &manual);
	struct asking asking = { 0 };
	uint64_t first;

	clock_start(NULL, NULL);
	fail_two(c, s, &asking);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	peer_answer(&p, peer_read(&p, COMM_METHOD_UNSUBSCRIBE), COMM_METHOD_UNSUBSCRIBE, NULL);
	ck_assert_int_eq(p.params.unsubscribe_params.subscription, 11);
	answer_subscribe(&p, peer_read(&p, COMM_METHOD_SUBSCRIBE), 12);

	first = client_read(c, &p, COMM_METHOD_RECEIVE);
	ck_assert_int_eq(p.params.receive_params.subscription, 12);
	peer_answer(&p, first, COMM_METHOD_RECEIVE, &four);
	peer_answer(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &none);
	ck_assert_int_eq(p.params.receive_params.subscription, 12);
	client_until(c, &asking.n_received, 2);
	ck_assert(!peer_has_request(&p));
	clock_stop();
	client_end(c, &p, f);
}
END_TEST

START_TEST(while_it_is_made_again_it_can_be_ended)
{
	const struct comm_subscribe_options manual = { .ack = COMM_ACK_MANUAL };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", &manual);
	struct asking asking = { 0 };
	struct ended ended = { 0 };

	clock_start(NULL, NULL);
	fail_two(c, s, &asking);
	ck_assert_int_eq(comm_unsubscribe_async(s, on_ended, &ended), 0);
	client_until(c, &ended.n, 1);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	(void)peer_read(&p, COMM_METHOD_UNSUBSCRIBE);
	ck_assert_int_eq(p.params.unsubscribe_params.subscription, 11);
	answer_subscribe(&p, peer_read(&p, COMM_METHOD_SUBSCRIBE), 12);
	(void)client_read(c, &p, COMM_METHOD_UNSUBSCRIBE);
	ck_assert_int_eq(p.params.unsubscribe_params.subscription, 12);
	ck_assert(!peer_has_request(&p));
	clock_stop();
	client_end(c, &p, f);
}
END_TEST

/* The answer to a receive that was sent for the subscription's old number. */
static void check_old_answer(const struct comm_receive_result *result)
{
	const struct comm_subscribe_options manual = { .ack = COMM_ACK_MANUAL };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, NULL, &manual);
	struct received late = { 0 }, got = { 0 };
	uint64_t old;

	clock_start(NULL, NULL);
	ck_assert_int_eq(comm_receive_async(s, 0, 0, on_received, &late), 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 10000, on_received, &got), 0);
	client_until(c, &late.n_calls, 1);
	ck_assert_int_eq(late.error, COMM_ETIMEOUT);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	old = peer_read(&p, COMM_METHOD_RECEIVE);
	if (result)
		peer_answer(&p, old, COMM_METHOD_RECEIVE, result);
	else
		peer_refuse(&p, old, COMM_ENO_SUBSCRIPTION, "it has been ended", NULL);
	peer_answer(&p, peer_read(&p, COMM_METHOD_UNSUBSCRIBE), COMM_METHOD_UNSUBSCRIBE, NULL);

	/* Nothing of it counts: what it brought comes again. */
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
	ck_assert_uint_eq(p.params.subscribe_params.topics.n, 2);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	ck_assert_int_eq(p.params.receive_params.subscription, 12);
	client_until(c, &got.n_calls, 1);
	ck_assert_int_eq(got.error, 0);
	ck_assert_uint_eq(got.n_records, 4);
	clock_stop();
	client_end(c, &p, f);
}

START_TEST(another_receive_goes_on_with_the_new_subscription)
{
	check_old_answer(NULL);
	check_old_answer(&four);
}
END_TEST

static void on_subscribed(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	(void)c;
	ck_assert_int_eq(error, COMM_ETIMEOUT);
	ck_assert_ptr_null(s);
	++*(size_t *)arg;
}

START_TEST(a_subscription_that_comes_too_late_is_given_back)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	size_t n = 0;

	clock_start(NULL, NULL);
	ck_assert_int_eq(comm_subscribe_async(c, "g", topics, 2, NULL, on_subscribed, &n), 0);
	client_until(c, &n, 1);
	answer_subscribe(&p, peer_read(&p, COMM_METHOD_SUBSCRIBE), 13);
	(void)client_read(c, &p, COMM_METHOD_UNSUBSCRIBE);
	ck_assert_int_eq(p.params.unsubscribe_params.subscription, 13);
	clock_stop();
	client_end(c, &p, f);
}
END_TEST

TEST_MAIN("client_again", a_group_is_joined_again,
	  a_late_answer_is_not_acknowledged_by_the_next_receive,
	  receives_that_fail_together_subscribe_once, while_it_is_made_again_it_can_be_ended,
	  another_receive_goes_on_with_the_new_subscription,
	  a_subscription_that_comes_too_late_is_given_back)

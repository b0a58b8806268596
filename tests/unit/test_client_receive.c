#include "client/commclient.h"

#include <string.h>
#include <unistd.h>

#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_receive.h"

START_TEST(records_come_with_all_they_have)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "group", NULL);
	struct script script = { .p = &p, .id = -1, .batch = &four };
	const struct comm_record *r;
	struct received failed = { 0 };
	struct ended ended = { 0 };
	size_t n;

	ck_assert(comm_bytes_is(p.params.subscribe_params.group, "group"));
	ck_assert_uint_eq(p.params.subscribe_params.topics.n, 2);
	ck_assert(!p.params.subscribe_params.start.data);
	ck_assert(!p.params.subscribe_params.ack.data);
	/* The daemon is to answer before the library gives up, which it does after 30 s. */
	ck_assert_int_gt(p.params.subscribe_params.timeout_ms, 0);
	ck_assert_int_lt(p.params.subscribe_params.timeout_ms, 30000);

	fake_run(f, serve, &script);
	ck_assert_int_eq(comm_receive(s, 0, 5000, &r, &n), 0);
	fake_join(f);
	ck_assert_int_eq(p.params.receive_params.subscription, 11);
	ck_assert_int_eq(p.params.receive_params.max_records, COMM_NONE);
	ck_assert_int_le(script.timeout_ms, 5000);
	ck_assert_int_gt(script.timeout_ms, 1000);
	ck_assert(!comm_is_at_end(s));

	/* They stay what they are whatever else comes. */
	ck_assert_int_eq(comm_delete_topic_async(c, "x", on_ended, &ended), 0);
	peer_refuse(&p, peer_read(&p, COMM_METHOD_DELETE_TOPIC), COMM_ETOPIC_DELETE, "no", NULL);
	client_until(c, &ended.n, 1);
	check_four(r, n);

	script.batch = &none;
	fake_run(f, serve, &script);
	ck_assert_int_eq(comm_receive(s, 5, 0, &r, &n), 0);
	fake_join(f);
	ck_assert_int_eq(p.params.receive_params.max_records, 5);
	ck_assert_int_eq(script.timeout_ms, 0);
	ck_assert_uint_eq(n, 0);
	ck_assert(comm_is_at_end(s));

	/* Who is told that something has gone wrong is not told of an end. */
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &failed), 0);
	peer_refuse(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_ERECEIVE, "it is replaced", NULL);
	client_until(c, &failed.n_calls, 1);
	ck_assert_int_eq(failed.error, COMM_ERECEIVE);
	ck_assert(!comm_is_at_end(s));
	client_end(c, &p, f);
}
END_TEST

START_TEST(how_to_read_is_told)
{
	static const struct {
		struct comm_subscribe_options options;
		const char *start, *ack;
		int64_t at;
	} cases[] = {
		{ { .start = COMM_START_EARLIEST, .ack = COMM_ACK_MANUAL },
		  "earliest",
		  "manual",
		  COMM_NONE },
		{ { .start = COMM_START_LATEST, .ack = COMM_ACK_NONE },
		  "latest",
		  "none",
		  COMM_NONE },
		{ { .start = COMM_START_OFFSET, .at = 0 }, "offset", NULL, 0 },
		{ { .start = COMM_START_TIME, .at = 123 }, "time", NULL, 123 },
		{ { .start = COMM_START_TAIL, .at = 5 }, "tail", NULL, 5 },
	};
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct comm_subscribe_params *params = &p.params.subscribe_params;

		(void)subscribe(f, &p, c, NULL, &cases[i].options);
		ck_assert_ptr_null(params->group.data);
		ck_assert(comm_bytes_is(params->start, cases[i].start));
		ck_assert_int_eq(params->at, cases[i].at);
		ck_assert(cases[i].ack ? comm_bytes_is(params->ack, cases[i].ack)
				       : !params->ack.data);
	}
	client_end(c, &p, f);
}
END_TEST

static void refuse(struct fake *f, void *arg)
{
	(void)f;
	peer_refuse(arg, peer_read(arg, COMM_METHOD_SUBSCRIBE), COMM_ETOPIC_UNAVAILABLE,
		    "there is no topic \"b\"", "topics[1]");
}

START_TEST(a_topic_that_is_not_there_is_told_at_once)
{
	struct comm_subscription *s = NULL;
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	const char *const twice[] = { "a", "a" };

	fake_run(f, refuse, &p);
	ck_assert_int_eq(comm_subscribe(c, "g", topics, 2, NULL, &s), COMM_ETOPIC_UNAVAILABLE);
	ck_assert_str_eq(comm_error_message(c), "there is no topic \"b\"");
	fake_join(f);
	ck_assert_ptr_null(s);
	ck_assert_int_eq(comm_subscribe(c, "g", twice, 2, NULL, &s), COMM_EINVALID);
	ck_assert_int_eq(comm_subscribe(c, "g", NULL, 0, NULL, &s), COMM_EINVALID);
	client_end(c, &p, f);
}
END_TEST

/* ---- asynchronously ---- */

START_TEST(one_receive_at_a_time_acknowledges_by_itself)
{
	struct comm_subscribe_options manual = { .ack = COMM_ACK_MANUAL };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };
	const struct comm_record *r;
	size_t n;
	uint64_t first, second;

	ck_assert_int_eq(comm_receive_async(s, 0, 1000, on_received, &got), 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 1000, on_received, &got), COMM_EBUSY);
	ck_assert_int_eq(comm_receive(s, 0, 1000, &r, &n), COMM_EBUSY);
	peer_answer(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 1);
	ck_assert_uint_eq(got.n_records, 4);

	s = subscribe(f, &p, c, "g", &manual);
	ck_assert_int_eq(comm_receive_async(s, 0, 1000, on_received, &got), 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 1000, on_received, &got), 0);
	first = peer_read(&p, COMM_METHOD_RECEIVE);
	second = peer_read(&p, COMM_METHOD_RECEIVE);
	peer_answer(&p, second, COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 2);
	peer_answer(&p, first, COMM_METHOD_RECEIVE, &none);
	client_until(c, &got.n_calls, 3);
	ck_assert_int_eq(got.error, 0);
	ck_assert_uint_eq(got.n_records, 0);
	client_end(c, &p, f);
}
END_TEST

/* ---- acknowledging, ending ---- */

START_TEST(acknowledging_says_what_has_moved)
{
	const struct comm_subscribe_options manual = { .ack = COMM_ACK_MANUAL };
	const struct comm_wire_position position = { { "a", 1 }, 0, 11 };
	const struct comm_ack_result stored = { { &position, 1 }, { NULL, 0 } };
	const struct comm_ack_result refused = { { NULL, 0 }, { &position, 1 } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", &manual);
	struct script script = { .p = &p, .id = -1, .batch = &four };
	const struct comm_wire_position *asked;
	const struct comm_record *r;
	struct ended ended = { 0 };
	size_t n;

	fake_run(f, serve, &script);
	ck_assert_int_eq(comm_receive(s, 0, 1000, &r, &n), 0);
	fake_join(f);

	ck_assert_int_eq(comm_ack_async(s, &r[0], on_ended, &ended), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_ACK), COMM_METHOD_ACK, &stored);
	asked = p.params.ack_params.positions.items;
	ck_assert(comm_bytes_is(asked->topic, "a"));
	ck_assert_int_eq(asked->partition, 0);
	ck_assert_int_eq(asked->offset, 11);
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);

	ck_assert_int_eq(comm_ack_async(s, &r[0], on_ended, &ended), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_ACK), COMM_METHOD_ACK, &refused);
	client_until(c, &ended.n, 2);
	ck_assert_int_eq(ended.error, COMM_ESTALE);

	/* Under way when the connection is lost, and afterwards: they come again anyway. */
	ck_assert_int_eq(comm_ack_async(s, &r[3], on_ended, &ended), 0);
	peer_close(&p);
	client_until(c, &ended.n, 3);
	ck_assert_int_eq(ended.error, COMM_ESTALE);
	ck_assert_int_eq(comm_ack(s, &r[3]), COMM_ESTALE);
	comm_close(c, 0, NULL);
	fake_free(f);
}
END_TEST

START_TEST(the_end_of_a_subscription_ends_its_receives)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };
	struct ended ended = { 0 };

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	ck_assert_int_eq(comm_unsubscribe_async(s, on_ended, &ended), 0);
	ck_assert_uint_eq(got.n_calls, 0);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	peer_answer(&p, peer_read(&p, COMM_METHOD_UNSUBSCRIBE), COMM_METHOD_UNSUBSCRIBE, NULL);
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);
	ck_assert_uint_eq(got.n_calls, 1);
	ck_assert_int_eq(got.error, COMM_ENO_SUBSCRIPTION);

	/* Without a connection there is nothing to end. */
	s = subscribe(f, &p, c, "g", NULL);
	peer_close(&p);
	while (comm_process(c) != COMM_ENOT_RUNNING)
		;
	ck_assert_int_eq(comm_unsubscribe(s), 0);
	ck_assert_int_eq(comm_timeout(c), -1);
	comm_close(c, 0, NULL);
	fake_free(f);
}
END_TEST

static void receive_again(struct comm_subscription *s, int error, const struct comm_record *records,
			  size_t n_records, void *arg)
{
	struct ended *again = arg;

	(void)records;
	ck_assert_int_eq(error, COMM_ENO_SUBSCRIPTION);
	ck_assert_uint_eq(n_records, 0);
	again->n++;
	ck_assert_uint_le(again->n, 2);
	again->error = comm_receive_async(s, 0, 5000, receive_again, again);
}

START_TEST(nobody_begins_to_wait_for_a_subscription_that_ends)
{
	const struct comm_subscribe_options manual = { .ack = COMM_ACK_MANUAL };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", &manual);
	struct ended again = { 0 }, ended = { 0 };

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, receive_again, &again), 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, receive_again, &again), 0);
	ck_assert_int_eq(comm_unsubscribe_async(s, on_ended, &ended), 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, receive_again, &again),
			 COMM_ENO_SUBSCRIPTION);
	ck_assert_ptr_nonnull(strstr(comm_error_message(c), "is being ended"));
	ck_assert_int_eq(comm_unsubscribe_async(s, on_ended, &ended), COMM_ENO_SUBSCRIPTION);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	peer_answer(&p, peer_read(&p, COMM_METHOD_UNSUBSCRIBE), COMM_METHOD_UNSUBSCRIBE, NULL);
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);
	ck_assert_uint_eq(again.n, 2);
	ck_assert_int_eq(again.error, COMM_ENO_SUBSCRIPTION);
	ck_assert(!peer_has_request(&p));
	client_end(c, &p, f);
}
END_TEST

static void serve_child(struct fake *f, void *arg)
{
	struct script script = { .p = arg, .id = 21, .batch = &four };

	peer_welcome(f, arg);
	serve(f, &script);
}

START_TEST(a_child_subscribes_for_itself)
{
	struct fake *f = fake_new();
	struct peer parent, child;
	struct comm *c = client_connect(f, &parent, NULL);
	struct comm_subscription *s = subscribe(f, &parent, c, "g", NULL);
	struct received got = { 0 };
	pid_t pid;

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	pid = fork();
	if (pid == 0) {
		const struct comm_record *r;
		size_t n;

		if (comm_receive(s, 0, 5000, &r, &n) || n != 4 || got.n_calls ||
		    comm_close(c, 0, NULL))
			client_end_child(false);
		client_end_child(true);
	}
	fake_run(f, serve_child, &child);
	client_join_child(pid);
	fake_join(f);
	peer_answer(&parent, peer_read(&parent, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 1);
	comm_close(c, 0, NULL);
	peer_close(&parent);
	peer_close(&child);
	fake_free(f);
}
END_TEST

TEST_MAIN("client_receive", records_come_with_all_they_have, how_to_read_is_told,
	  a_topic_that_is_not_there_is_told_at_once, one_receive_at_a_time_acknowledges_by_itself,
	  acknowledging_says_what_has_moved, the_end_of_a_subscription_ends_its_receives,
	  nobody_begins_to_wait_for_a_subscription_that_ends, a_child_subscribes_for_itself)

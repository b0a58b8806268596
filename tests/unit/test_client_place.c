/*
 * Seeking, pausing, resuming: what is asked of the daemon, and what stays so on the next connection.
 */
#include "client/commclient.h"

#include <stdlib.h>
#include <string.h>

#include "proto/util.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_receive.h"

static const struct comm_wire_topic_ref *paused(const struct peer *p)
{
	return p->params.pause_params.topics.items;
}

static size_t n_paused(const struct peer *p)
{
	return p->params.pause_params.topics.n;
}

START_TEST(a_seek_says_where)
{
	const struct comm_seek_result result = { { NULL, 0 } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	const struct comm_seek_params *asked = &p.params.seek_params;
	const struct comm_wire_topic_ref *ref;
	struct ended ended = { 0 };

	ck_assert_int_eq(comm_seek_async(s, COMM_START_EARLIEST, 7, NULL, -1, on_ended, &ended), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_SEEK), COMM_METHOD_SEEK, &result);
	ck_assert_int_eq(asked->subscription, 11);
	ck_assert(comm_bytes_is(asked->start, "earliest"));
	ck_assert_int_eq(asked->at, COMM_NONE);
	ck_assert_uint_eq(asked->topics.n, 0);
	ck_assert_int_gt(asked->timeout_ms, 0);
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);

	ck_assert_int_eq(comm_seek_async(s, COMM_START_OFFSET, 42, "a", 3, on_ended, &ended), 0);
	peer_refuse(&p, peer_read(&p, COMM_METHOD_SEEK), COMM_ESTALE, "not yours", NULL);
	ck_assert(comm_bytes_is(asked->start, "offset"));
	ck_assert_int_eq(asked->at, 42);
	ck_assert_uint_eq(asked->topics.n, 1);
	ref = asked->topics.items;
	ck_assert(comm_bytes_is(ref->topic, "a"));
	ck_assert_int_eq(ref->partition, 3);
	ck_assert_int_eq(ref->offset, COMM_NONE);
	client_until(c, &ended.n, 2);
	ck_assert_int_eq(ended.error, COMM_ESTALE);

	ck_assert_int_eq(comm_seek(s, COMM_START_EARLIEST, 0, NULL, 3), COMM_EINVALID);
	ck_assert_int_eq(comm_seek(s, (enum comm_start)17, 0, NULL, -1), COMM_EINVALID);
	ck_assert_int_eq(comm_seek(s, COMM_START_DEFAULT, 0, NULL, -1), COMM_EINVALID);
	ck_assert_int_eq(comm_seek(NULL, COMM_START_EARLIEST, 0, NULL, -1), COMM_EINVALID);
	client_end(c, &p, f);
}
END_TEST

static const struct comm_wire_position sought[] = {
	{ { "a", 1 }, 0, 2 },
	{ { "b", 1 }, 1, 0 },
};

START_TEST(a_tail_goes_on_where_it_was_put)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST };
	const struct comm_seek_result result = { { sought, 2 } };
	const struct comm_wire_position wrong = { { "a", 1 }, 3, -1 };
	const struct comm_seek_result nowhere = { { &wrong, 1 } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, NULL, &options);
	struct received got = { 0 };
	struct ended ended = { 0 };

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 1);
	ck_assert_int_eq(comm_seek_async(s, COMM_START_TAIL, 9, NULL, -1, on_ended, &ended), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_SEEK), COMM_METHOD_SEEK, &result);
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);

	/* No daemon answers like this; nobody goes on there. */
	ck_assert_int_eq(comm_seek_async(s, COMM_START_LATEST, 0, "a", 3, on_ended, &ended), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_SEEK), COMM_METHOD_SEEK, &nowhere);
	client_until(c, &ended.n, 2);
	ck_assert_int_eq(ended.error, COMM_EPROTOCOL);

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	client_meet_again(c, f, &p);
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
	ck_assert_int_eq(refs(&p)[0].partition, 0);
	ck_assert_int_eq(refs(&p)[0].offset, 2);
	ck_assert_int_eq(refs(&p)[1].partition, 3);
	ck_assert_int_eq(refs(&p)[1].offset, 8);
	ck_assert_int_eq(refs(&p)[3].partition, 1);
	ck_assert_int_eq(refs(&p)[3].offset, 0);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &none);
	client_until(c, &got.n_calls, 2);
	client_end(c, &p, f);
}
END_TEST

START_TEST(a_seek_is_repeated_on_a_new_connection)
{
	const struct comm_seek_result result = { { NULL, 0 } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct ended ended = { 0 };

	/* Lost while it is under way. */
	ck_assert_int_eq(comm_seek_async(s, COMM_START_OFFSET, 5, "a", 0, on_ended, &ended), 0);
	(void)peer_read(&p, COMM_METHOD_SEEK);
	client_meet_again(c, f, &p);
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 12);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_SEEK), COMM_METHOD_SEEK, &result);
	ck_assert_int_eq(p.params.seek_params.subscription, 12);
	ck_assert_int_eq(p.params.seek_params.at, 5);
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);

	/* Lost before. */
	peer_close(&p);
	while (comm_process(c) != COMM_ENOT_RUNNING)
		;
	ck_assert_int_eq(comm_seek_async(s, COMM_START_LATEST, 0, NULL, -1, on_ended, &ended), 0);
	client_meet_again(c, f, &p);
	answer_subscribe(&p, client_read(c, &p, COMM_METHOD_SUBSCRIBE), 13);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_SEEK), COMM_METHOD_SEEK, &result);
	ck_assert_int_eq(p.params.seek_params.subscription, 13);
	client_until(c, &ended.n, 2);
	ck_assert_int_eq(ended.error, 0);
	client_end(c, &p, f);
}
END_TEST

START_TEST(an_end_ends_a_seek_too)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct ended sought_end = { 0 }, ended = { 0 };

	ck_assert_int_eq(comm_seek_async(s, COMM_START_LATEST, 0, NULL, -1, on_ended, &sought_end),
			 0);
	(void)peer_read(&p, COMM_METHOD_SEEK);
	ck_assert_int_eq(comm_unsubscribe_async(s, on_ended, &ended), 0);
	ck_assert_int_eq(comm_pause_async(s, NULL, -1, on_ended, &ended), COMM_ENO_SUBSCRIPTION);
	peer_answer(&p, peer_read(&p, COMM_METHOD_UNSUBSCRIBE), COMM_METHOD_UNSUBSCRIBE, NULL);
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);
	ck_assert_uint_eq(sought_end.n, 1);
	ck_assert_int_eq(sought_end.error, COMM_ENO_SUBSCRIPTION);
	client_end(c, &p, f);
}
END_TEST

/* Pause, or resume, and let the daemon do it. */
static void set(struct comm_subscription *s, struct comm *c, struct peer *p, bool is_pause,
		const char *topic, int32_t partition)
{
	enum comm_method_id method = is_pause ? COMM_METHOD_PAUSE : COMM_METHOD_RESUME;
	struct ended ended = { 0 };

	ck_assert_int_eq(is_pause ? comm_pause_async(s, topic, partition, on_ended, &ended)
				  : comm_resume_async(s, topic, partition, on_ended, &ended),
			 0);
	peer_answer(p, peer_read(p, method), method, NULL);
	ck_assert_int_eq(p->params.pause_params.subscription, 11);
	ck_assert_uint_eq(n_paused(p), topic != NULL);
	if (topic) {
		ck_assert(comm_bytes_is(paused(p)->topic, topic));
		ck_assert_int_eq(paused(p)->partition, partition < 0 ? COMM_NONE : partition);
	}
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);
}

/* The connection is lost while somebody receives, and the subscription is made again. */
static void lose(struct comm_subscription *s, struct comm *c, struct fake *f, struct peer *p,
		 struct received *got)
{
	ck_assert_int_eq(comm_receive_async(s, 0, 60000, on_received, got), 0);
	(void)peer_read(p, COMM_METHOD_RECEIVE);
	client_meet_again(c, f, p);
	answer_subscribe(p, client_read(c, p, COMM_METHOD_SUBSCRIBE), 12);
}

static void check_ref(const struct comm_wire_topic_ref *ref, const char *topic, int64_t partition)
{
	ck_assert(comm_bytes_is(ref->topic, topic));
	ck_assert_int_eq(ref->partition, partition);
	ck_assert_int_eq(ref->offset, COMM_NONE);
}

START_TEST(what_is_paused_stays_paused)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };

	set(s, c, &p, true, "a", 3);
	set(s, c, &p, true, "a", 0);
	set(s, c, &p, true, "b", -1);
	set(s, c, &p, true, "a", 5);
	set(s, c, &p, false, "a", 3);
	lose(s, c, f, &p, &got);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_PAUSE), COMM_METHOD_PAUSE, NULL);
	ck_assert_int_eq(p.params.pause_params.subscription, 12);
	ck_assert_uint_eq(n_paused(&p), 3);
	check_ref(&paused(&p)[0], "a", 0);
	check_ref(&paused(&p)[1], "a", 5);
	check_ref(&paused(&p)[2], "b", COMM_NONE);

	/* Only then is something received. */
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 1);
	client_end(c, &p, f);
}
END_TEST

START_TEST(exceptions_from_a_pause_stay_exceptions)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };

	set(s, c, &p, true, "a", 7);
	set(s, c, &p, true, NULL, -1);
	set(s, c, &p, false, "a", 1);
	set(s, c, &p, false, "b", -1);
	set(s, c, &p, true, "b", 2);
	lose(s, c, f, &p, &got);
	(void)client_read(c, &p, COMM_METHOD_PAUSE);
	ck_assert_uint_eq(n_paused(&p), 0);
	(void)client_read(c, &p, COMM_METHOD_RESUME);
	ck_assert_uint_eq(n_paused(&p), 2);
	check_ref(&paused(&p)[0], "a", 1);
	check_ref(&paused(&p)[1], "b", COMM_NONE);
	(void)client_read(c, &p, COMM_METHOD_PAUSE);
	ck_assert_uint_eq(n_paused(&p), 1);
	check_ref(&paused(&p)[0], "b", 2);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &none);
	client_until(c, &got.n_calls, 1);
	client_end(c, &p, f);
}
END_TEST

/* A group gives partitions later than the subscription is there. */
START_TEST(what_is_to_be_paused_is_when_it_comes)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };

	set(s, c, &p, true, "a", -1);
	set(s, c, &p, false, "a", 0);
	lose(s, c, f, &p, &got);
	peer_refuse(&p, client_read(c, &p, COMM_METHOD_PAUSE), COMM_ESTALE, "not yours", NULL);
	(void)client_read(c, &p, COMM_METHOD_RESUME);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
	client_until(c, &got.n_calls, 1);
	(void)client_read(c, &p, COMM_METHOD_PAUSE);
	ck_assert_uint_eq(n_paused(&p), 1);
	check_ref(paused(&p), "a", 3);
	ck_assert(!peer_has_request(&p));
	client_end(c, &p, f);
}
END_TEST

START_TEST(what_is_resumed_is_not_paused_again)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct received got = { 0 };

	set(s, c, &p, true, "a", 3);
	set(s, c, &p, true, "b", -1);
	set(s, c, &p, true, "a", -1);
	set(s, c, &p, false, NULL, -1);
	lose(s, c, f, &p, &got);
	peer_answer(&p, client_read(c, &p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &none);
	client_until(c, &got.n_calls, 1);
	client_end(c, &p, f);
}
END_TEST

START_TEST(ends_are_told)
{
	static const struct comm_wire_position at_ends[] = {
		{ { "a", 1 }, 3, 8 },
		{ { "b", 1 }, 1, 100 },
	};
	const struct comm_subscribe_options options = { .ends = 1 };
	const struct comm_receive_result result = { { batches, 2 }, true, { at_ends, 2 }, NULL };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", &options);
	const struct comm_position *ends;
	struct received got = { 0 };
	size_t n = 17;

	ck_assert_ptr_null(comm_ends(s, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &result);
	ck_assert(p.params.receive_params.ends);
	client_until(c, &got.n_calls, 1);
	ends = comm_ends(s, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(ends[0].topic, "a");
	ck_assert_int_eq(ends[0].partition, 3);
	ck_assert_int_eq(ends[0].offset, 8);
	ck_assert_str_eq(ends[1].topic, "b");
	ck_assert_int_eq(ends[1].offset, 100);

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &none);
	client_until(c, &got.n_calls, 2);
	ck_assert_ptr_null(comm_ends(s, &n));
	ck_assert_uint_eq(n, 0);
	client_end(c, &p, f);
}
END_TEST

static void answer_pattern(struct fake *f, void *arg)
{
	(void)f;
	answer_subscribe(arg, peer_read(arg, COMM_METHOD_SUBSCRIBE), 1);
}

START_TEST(a_pattern_is_passed_on)
{
	const char *pattern = "^orders-.*";
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s;

	fake_run(f, answer_pattern, &p);
	ck_assert_int_eq(comm_subscribe(c, "g", &pattern, 1, NULL, &s), 0);
	fake_join(f);
	ck_assert(comm_bytes_is(refs(&p)->topic, pattern));
	client_end(c, &p, f);
}
END_TEST

/* More than a socket takes at once. */
#define MUCH (3 * 1024 * 1024)

static void serve_much(struct fake *f, void *arg)
{
	const struct comm_wire_outcome run = { 1, 0, 0, NULL, false };
	const struct comm_send_result sent = { { &run, 1 } };
	struct peer *p = arg;

	peer_welcome(f, p);
	answer_subscribe(p, peer_read(p, COMM_METHOD_SUBSCRIBE), 12);
	peer_answer(p, peer_read(p, COMM_METHOD_SEND), COMM_METHOD_SEND, &sent);
	peer_answer(p, peer_read(p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
}

/* While nobody is there ask for a receive, send @n_small records and a large one, and then have @script. */
static void interrupt_half(int n_small, void (*script)(struct fake *f, void *arg))
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c, "g", NULL);
	struct comm_record small = COMM_RECORD_INIT, large = COMM_RECORD_INIT;
	struct received got = { 0 };

	peer_close(&p);
	while (comm_process(c) != COMM_ENOT_RUNNING)
		;
	large.value = calloc(1, MUCH);
	large.value_len = MUCH;
	ck_assert_int_eq(comm_receive_async(s, 0, 60000, on_received, &got), 0);
	for (int i = 0; i < n_small; i++)
		ck_assert_int_eq(comm_send_async(c, "t", &small, NULL, NULL), 0);
	ck_assert_int_eq(comm_send_async(c, "u", &large, NULL, NULL), 0);
	fake_run(f, script, &p);
	while (!fake_try_join(f))
		(void)comm_wait(c, 10);
	client_until(c, &got.n_calls, 1);
	ck_assert_int_eq(got.error, 0);
	free((void *)large.value);
	client_end(c, &p, f);
}

/* A receive that waits for its subscription must not be written into the middle of a send. */
START_TEST(half_a_send_is_not_interrupted)
{
	interrupt_half(0, serve_much);
}
END_TEST

/* As many as leave together. */
#define MANY 300

/* The first of many records is wrong, and the others are sent again, while a large one is half written. */
static void refuse_first(struct fake *f, void *arg)
{
	struct comm_wire_outcome run = { 1, 0, 0, NULL, false };
	const struct comm_send_result sent = { { &run, 1 } };
	struct peer *p = arg;
	uint64_t subscribing, id;

	peer_welcome(f, p);
	subscribing = peer_read(p, COMM_METHOD_SUBSCRIBE);
	id = peer_read(p, COMM_METHOD_SEND);
	ck_assert_uint_eq(p->params.send_params.records.n, MANY);
	peer_refuse(p, id, COMM_EBAD_VALUE, "there is none", "records[0].partition");
	for (int i = 0; i < 2; i++) {
		id = peer_read(p, COMM_METHOD_SEND);
		run.count = (int64_t)p->params.send_params.records.n;
		ck_assert_int_eq(run.count, i ? MANY - 1 : 1);
		peer_answer(p, id, COMM_METHOD_SEND, &sent);
	}
	answer_subscribe(p, subscribing, 12);
	peer_answer(p, peer_read(p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &four);
}

START_TEST(half_a_send_is_not_interrupted_by_what_is_sent_again)
{
	interrupt_half(MANY, refuse_first);
}
END_TEST

TEST_MAIN("client_place", a_seek_says_where, a_tail_goes_on_where_it_was_put,
	  a_seek_is_repeated_on_a_new_connection, an_end_ends_a_seek_too,
	  what_is_paused_stays_paused, exceptions_from_a_pause_stay_exceptions,
	  what_is_to_be_paused_is_when_it_comes, what_is_resumed_is_not_paused_again, ends_are_told,
	  a_pattern_is_passed_on, half_a_send_is_not_interrupted,
	  half_a_send_is_not_interrupted_by_what_is_sent_again)

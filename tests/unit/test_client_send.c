#include "client/commclient.h"

#include <string.h>

#include "tests/lib/clock.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_send.h"

START_TEST(a_lone_record_leaves_at_once)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	uint64_t id;

	for (size_t i = 0; i < 3; i++) {
		give(c, "t", i);
		ck_assert_uint_eq(comm_n_open(c), 1);
		id = read_send(&p, 1, i);
		ck_assert(comm_bytes_is(p.params.send_params.topic, "t"));
		ck_assert(!p.params.send_params.ack.data);
		ck_assert_int_gt(p.params.send_params.timeout_ms, 0);
		ck_assert_int_lt(p.params.send_params.timeout_ms, 30000);
		acknowledge(&p, id, 1, 100 + (int64_t)i);
		client_until(c, &told.n, i + 1);
		ck_assert_int_eq(told.at[i].error, 0);
		ck_assert_int_eq(told.at[i].partition, 0);
		ck_assert_int_eq(told.at[i].offset, 100 + (int64_t)i);
	}
	client_end(c, &p, f);
}
END_TEST

START_TEST(records_gather_while_a_request_is_under_way)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	uint64_t id;

	for (size_t i = 0; i < 200; i++)
		give(c, "t", i);
	id = read_send(&p, 1, 0);
	ck_assert(!peer_has_request(&p));
	acknowledge(&p, id, 1, 0);
	client_until(c, &told.n, 1);
	id = read_send(&p, 199, 1);
	ck_assert(!peer_has_request(&p));
	acknowledge(&p, id, 199, 1);
	client_until(c, &told.n, 200);
	ck_assert_int_eq(told.at[199].offset, 199);
	ck_assert_uint_eq(comm_n_open(c), 0);
	client_end(c, &p, f);
}
END_TEST

START_TEST(enough_records_do_not_wait)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	static char large[70000];
	struct comm_record r = COMM_RECORD_INIT;
	uint64_t first, second, third;

	for (size_t i = 0; i < 302; i++)
		give(c, "t", i);
	first = read_send(&p, 1, 0);
	second = read_send(&p, 300, 1);
	ck_assert(!peer_has_request(&p));

	r.value = large;
	r.value_len = sizeof large;
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, (void *)302), 0);
	third = peer_read(&p, COMM_METHOD_SEND);
	ck_assert_uint_eq(n_records(&p), 2);
	ck_assert_uint_eq(records(&p)[1].value.len, sizeof large);

	acknowledge(&p, first, 1, 0);
	acknowledge(&p, second, 300, 1);
	acknowledge(&p, third, 2, 301);
	client_until(c, &told.n, 303);
	client_end(c, &p, f);
}
END_TEST

START_TEST(topics_do_not_wait_for_each_other)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	uint64_t slow, fast;

	give(c, "slow", 0);
	slow = read_send(&p, 1, 0);
	give(c, "fast", 1);
	fast = read_send(&p, 1, 1);
	ck_assert(comm_bytes_is(p.params.send_params.topic, "fast"));
	give(c, "slow", 2);
	ck_assert(!peer_has_request(&p));
	acknowledge(&p, slow, 1, 0);
	acknowledge(&p, fast, 1, 0);
	client_until(c, &told.n, 2);
	acknowledge(&p, read_send(&p, 1, 2), 1, 1);
	client_until(c, &told.n, 3);
	client_end(c, &p, f);
}
END_TEST

static void send_more(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	(void)arg;
	ck_assert_int_eq(outcome->error, 0);
	give(c, "t", told.n);
	told.n++;
}

static void count(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	(void)c;
	(void)outcome;
	++*(size_t *)arg;
}

static void send_many(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	static const char value[100];
	struct comm_record r = COMM_RECORD_INIT;

	ck_assert_int_eq(outcome->error, 0);
	r.value = value;
	r.value_len = sizeof value;
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(comm_send_async(c, "t", &r, count, arg), 0);
}

/* What the socket takes does not have to wait for the end of the callback. */
START_TEST(a_callback_may_send_much)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	struct comm_record r = record_of("x");
	size_t n = 0;

	ck_assert_int_eq(comm_send_async(c, "t", &r, send_many, &n), 0);
	acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 1, 0);
	while (!peer_has_request(&p))
		ck_assert_int_eq(comm_wait(c, -1), 0);
	for (int i = 0; i < 3; i++)
		acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 300, 0);
	client_until(c, &n, 900);
	acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 100, 0);
	client_until(c, &n, 1000);
	client_end(c, &p, f);
}
END_TEST

START_TEST(what_callbacks_send_leaves_together)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	struct comm_record r = record_of("x");
	size_t n = 0;

	ck_assert_int_eq(comm_send_async(c, "t", &r, count, &n), 0);
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(comm_send_async(c, "t", &r, send_more, NULL), 0);
	acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 1, 0);
	client_until(c, &n, 1);
	acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 10, 1);
	client_until(c, &told.n, 10);
	told.n = 0;
	acknowledge(&p, read_send(&p, 10, 0), 10, 11);
	client_until(c, &told.n, 10);
	client_end(c, &p, f);
}
END_TEST

START_TEST(every_field_of_a_record_arrives)
{
	const struct comm_header headers[] = { { "a", "1", 1 }, { "b", NULL, 0 }, { "a", "", 0 } };
	const struct comm_options options = { .ack = COMM_ACK_QUEUED };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, &options);
	struct comm_record r = record_of("value");
	const struct comm_wire_record *w;
	const struct comm_wire_header *h;
	const struct comm_wire_outcome run = { 1, COMM_NONE, COMM_NONE, NULL, false };
	const struct comm_send_result result = { { &run, 1 } };
	uint64_t id;

	r.key = "key";
	r.key_len = 3;
	r.headers = headers;
	r.n_headers = 3;
	r.partition = 7;
	r.timestamp_ms = 0;
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, (void *)0), 0);
	id = peer_read(&p, COMM_METHOD_SEND);
	w = records(&p);
	h = w->headers.items;
	ck_assert(comm_bytes_is(p.params.send_params.ack, "queued"));
	ck_assert(comm_bytes_is(w->value, "value"));
	ck_assert(comm_bytes_is(w->key, "key"));
	ck_assert_int_eq(w->partition, 7);
	ck_assert_int_eq(w->timestamp_ms, 0);
	ck_assert_uint_eq(w->headers.n, 3);
	ck_assert(comm_bytes_is(h[0].name, "a") && comm_bytes_is(h[0].value, "1"));
	ck_assert(comm_bytes_is(h[1].name, "b") && !h[1].value.data);
	ck_assert(comm_bytes_is(h[2].name, "a") && comm_bytes_is(h[2].value, ""));
	peer_answer(&p, id, COMM_METHOD_SEND, &result);
	client_until(c, &told.n, 1);
	ck_assert_int_eq(told.at[0].partition, -1);
	ck_assert_int_eq(told.at[0].offset, -1);

	/* A tombstone is not an empty value. */
	r = record_of("");
	r.value = NULL;
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, (void *)1), 0);
	id = peer_read(&p, COMM_METHOD_SEND);
	ck_assert_ptr_null(records(&p)->value.data);
	ck_assert_int_eq(records(&p)->partition, COMM_NONE);
	ck_assert_int_eq(records(&p)->timestamp_ms, COMM_NONE);
	acknowledge(&p, id, 1, 0);
	client_until(c, &told.n, 2);
	client_end(c, &p, f);
}
END_TEST

START_TEST(each_record_gets_its_own_outcome)
{
	const struct comm_wire_error refused = { COMM_ESEND, comm_bytes_of("COMM_ESEND"),
						 comm_bytes_of("MSG_SIZE_TOO_LARGE: no"), false,
						 comm_bytes_of(NULL) };
	const struct comm_wire_error silent = { COMM_EBROKER, comm_bytes_of("COMM_EBROKER"),
						comm_bytes_of("3 of 3 brokers are down"), true,
						comm_bytes_of(NULL) };
	const struct comm_wire_outcome runs[] = {
		{ 2, 0, 10, NULL, false },
		{ 1, 1, COMM_NONE, &refused, false },
		{ 1, 2, 5, NULL, false },
		{ 2, COMM_NONE, COMM_NONE, &silent, true },
	};
	const struct comm_send_result result = { { runs, ARRAY_SIZE(runs) } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);

	for (size_t i = 0; i < 7; i++)
		give(c, "t", i);
	acknowledge(&p, read_send(&p, 1, 0), 1, 9);
	client_until(c, &told.n, 1);
	peer_answer(&p, read_send(&p, 6, 1), COMM_METHOD_SEND, &result);
	client_until(c, &told.n, 7);
	ck_assert_int_eq(told.at[1].offset, 10);
	ck_assert_int_eq(told.at[2].offset, 11);
	ck_assert_str_eq(told.at[2].message, "");
	ck_assert_int_eq(told.at[3].error, COMM_ESEND);
	ck_assert_int_eq(told.at[3].maybe, 0);
	ck_assert_int_eq(told.at[3].partition, 1);
	ck_assert_str_eq(told.at[3].message, "MSG_SIZE_TOO_LARGE: no");
	ck_assert_int_eq(told.at[4].error, 0);
	ck_assert_int_eq(told.at[4].partition, 2);
	ck_assert_int_eq(told.at[5].error, COMM_EBROKER);
	ck_assert_int_eq(told.at[6].maybe, 1);
	ck_assert_str_eq(told.at[6].message, "3 of 3 brokers are down");
	client_end(c, &p, f);
}
END_TEST

START_TEST(a_refused_request_is_each_records_outcome)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);

	for (size_t i = 0; i < 3; i++)
		give(c, "nowhere", i);
	acknowledge(&p, read_send(&p, 1, 0), 1, 0);
	client_until(c, &told.n, 1);
	peer_refuse(&p, read_send(&p, 2, 1), COMM_ETOPIC_UNAVAILABLE,
		    "there is no topic \"nowhere\"", NULL);
	client_until(c, &told.n, 3);
	for (size_t i = 1; i < 3; i++) {
		ck_assert_int_eq(told.at[i].error, COMM_ETOPIC_UNAVAILABLE);
		ck_assert_int_eq(told.at[i].maybe, 0);
		ck_assert_str_eq(told.at[i].message, "there is no topic \"nowhere\"");
	}
	client_end(c, &p, f);
}
END_TEST

START_TEST(an_unknown_outcome_may_be_any)
{
	const struct comm_wire_error error = { .code = COMM_EUNKNOWN_OUTCOME,
					       .name = comm_bytes_of("COMM_EUNKNOWN_OUTCOME"),
					       .message = comm_bytes_of("nobody knows") };
	const struct comm_wire_outcome run = { 1, COMM_NONE, COMM_NONE, &error, false };
	const struct comm_send_result result = { { &run, 1 } };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);

	give(c, "t", 0);
	peer_refuse(&p, read_send(&p, 1, 0), COMM_EUNKNOWN_OUTCOME, "nobody knows", NULL);
	client_until(c, &told.n, 1);
	give(c, "t", 1);
	peer_answer(&p, read_send(&p, 1, 1), COMM_METHOD_SEND, &result);
	client_until(c, &told.n, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(told.at[i].error, COMM_EUNKNOWN_OUTCOME);
		ck_assert_int_eq(told.at[i].maybe, 1);
		ck_assert_str_eq(told.at[i].message, "nobody knows");
	}
	client_end(c, &p, f);
}
END_TEST

/* The order of outcomes is not that of sending here. */
static void on_any(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	size_t i = (size_t)arg;

	(void)c;
	told.at[i].error = outcome->error;
	told.at[i].offset = outcome->offset;
	strncpy(told.at[i].message, outcome->message, sizeof told.at[i].message - 1);
	told.n++;
}

START_TEST(one_wrong_record_does_not_spoil_the_others)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	uint64_t id;

	for (size_t i = 0; i < 5; i++) {
		struct comm_record r = record_of("abcde" + i);

		r.value_len = 1;
		r.partition = i == 2 ? 99 : -1;
		ck_assert_int_eq(comm_send_async(c, "t", &r, on_any, (void *)i), 0);
	}
	acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 1, 0);
	client_until(c, &told.n, 1);
	id = peer_read(&p, COMM_METHOD_SEND);
	ck_assert_uint_eq(n_records(&p), 4);
	peer_refuse(&p, id, COMM_EBAD_VALUE,
		    "records[1].partition: the topic has 3 partitions; no record was sent",
		    "records[1].partition");
	client_until(c, &told.n, 2);
	ck_assert_int_eq(told.at[2].error, COMM_EBAD_VALUE);
	ck_assert_str_eq(told.at[2].message,
			 "partition: the topic has 3 partitions; no record was sent");

	id = peer_read(&p, COMM_METHOD_SEND);
	ck_assert_uint_eq(n_records(&p), 3);
	ck_assert(comm_bytes_is(records(&p)[0].value, "b"));
	ck_assert(comm_bytes_is(records(&p)[1].value, "d"));
	ck_assert(comm_bytes_is(records(&p)[2].value, "e"));
	acknowledge(&p, id, 3, 1);
	client_until(c, &told.n, 5);
	ck_assert_int_eq(told.at[1].offset, 1);
	ck_assert_int_eq(told.at[3].offset, 2);
	ck_assert_int_eq(told.at[4].offset, 3);
	client_end(c, &p, f);
}
END_TEST

START_TEST(a_full_window_says_try_again)
{
	const struct comm_options few = { .window_records = 3 };
	const struct comm_options small = { .window_bytes = 1000 };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, &few);
	struct comm_record r = record_of("x");
	static char large[5000];

	for (size_t i = 0; i < 3; i++)
		give(c, "t", i);
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, NULL), COMM_EAGAIN);
	ck_assert_uint_eq(comm_n_open(c), 3);
	acknowledge(&p, read_send(&p, 1, 0), 1, 0);
	client_until(c, &told.n, 1);
	give(c, "t", 3);
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, NULL), COMM_EAGAIN);
	acknowledge(&p, read_send(&p, 2, 1), 2, 1);
	client_until(c, &told.n, 3);
	acknowledge(&p, read_send(&p, 1, 3), 1, 3);
	client_until(c, &told.n, 4);
	comm_close(c, 0, NULL);
	peer_close(&p);

	/* One record always fits into a window of bytes. */
	told.n = 0;
	c = start(f, &p, &small);
	r.value = large;
	r.value_len = sizeof large;
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, (void *)0), 0);
	ck_assert_int_eq(comm_send_async(c, "t", &r, on_sent, NULL), COMM_EAGAIN);
	acknowledge(&p, peer_read(&p, COMM_METHOD_SEND), 1, 0);
	client_until(c, &told.n, 1);
	client_end(c, &p, f);
}
END_TEST

static void send_through(struct fake *f, void *arg)
{
	(void)f;
	acknowledge(arg, read_send(arg, 1, 0), 1, 0);
	acknowledge(arg, peer_read(arg, COMM_METHOD_SEND), 1, 55);
}

START_TEST(a_blocking_send_waits_for_the_window_and_the_brokers)
{
	const struct comm_options few = { .window_records = 1 };
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, &few);
	struct comm_record r = record_of("x");
	struct comm_outcome outcome;

	give(c, "t", 0);
	fake_run(f, send_through, &p);
	ck_assert_int_eq(comm_send_record(c, "t", &r, &outcome), 0);
	fake_join(f);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_int_eq(outcome.error, 0);
	ck_assert_int_eq(outcome.offset, 55);
	ck_assert_str_eq(outcome.message, "");
	client_end(c, &p, f);
}
END_TEST

static void refuse_send(struct fake *f, void *arg)
{
	(void)f;
	peer_refuse(arg, peer_read(arg, COMM_METHOD_SEND), COMM_EDENIED, "not you", NULL);
}

START_TEST(a_blocking_send_tells_why_it_failed)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	struct comm_record r = record_of("x");
	struct comm_outcome outcome;

	fake_run(f, refuse_send, &p);
	ck_assert_int_eq(comm_send(c, "t", "x", 1, NULL, 0), COMM_EDENIED);
	ck_assert_str_eq(comm_error_message(c), "not you");
	fake_join(f);

	/* Written, and never answered. */
	clock_start(NULL, NULL);
	ck_assert_int_eq(comm_send_record(c, "t", &r, &outcome), COMM_ETIMEOUT);
	clock_stop();
	ck_assert_int_eq(outcome.error, COMM_ETIMEOUT);
	ck_assert_int_eq(outcome.maybe_persisted, 1);
	ck_assert_str_eq(outcome.message, comm_error_message(c));
	ck_assert_uint_eq(comm_n_open(c), 0);

	r.partition = -5;
	ck_assert_int_eq(comm_send_record(c, "t", &r, &outcome), COMM_EBAD_VALUE);
	ck_assert_int_eq(outcome.maybe_persisted, 0);
	client_end(c, &p, f);
}
END_TEST

START_TEST(what_cannot_be_sent_is_refused_here)
{
	static char huge[17 << 20];
	const struct comm_header bad = { "\xff", "1", 1 };
	struct comm_header many[257];
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, NULL);
	struct comm_record r = record_of("x");

	ck_assert_int_eq(comm_send_async(c, "", &r, NULL, NULL), COMM_EBAD_VALUE);
	ck_assert_int_eq(comm_send_async(c, "\xc0\x80", &r, NULL, NULL), COMM_EBAD_VALUE);
	ck_assert_int_eq(comm_send_async(c, NULL, &r, NULL, NULL), COMM_EINVALID);
	r.timestamp_ms = -2;
	ck_assert_int_eq(comm_send_async(c, "t", &r, NULL, NULL), COMM_EBAD_VALUE);
	r = record_of("x");
	r.headers = &bad;
	r.n_headers = 1;
	ck_assert_int_eq(comm_send_async(c, "t", &r, NULL, NULL), COMM_EBAD_VALUE);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct comm_header){ "h", NULL, 0 };
	r.headers = many;
	r.n_headers = ARRAY_SIZE(many);
	ck_assert_int_eq(comm_send_async(c, "t", &r, NULL, NULL), COMM_ETOO_BIG);
	r = record_of("x");
	r.value = huge;
	r.value_len = sizeof huge;
	ck_assert_int_eq(comm_send_async(c, "t", &r, NULL, NULL), COMM_ETOO_BIG);
	ck_assert_ptr_nonnull(strstr(comm_error_message(c), "16777216"));
	ck_assert_uint_eq(comm_n_open(c), 0);
	ck_assert(!peer_has_request(&p));
	client_end(c, &p, f);
}
END_TEST

TEST_MAIN("client_send", a_lone_record_leaves_at_once, records_gather_while_a_request_is_under_way,
	  enough_records_do_not_wait, topics_do_not_wait_for_each_other, a_callback_may_send_much,
	  what_callbacks_send_leaves_together, every_field_of_a_record_arrives,
	  each_record_gets_its_own_outcome, a_refused_request_is_each_records_outcome,
	  an_unknown_outcome_may_be_any, one_wrong_record_does_not_spoil_the_others,
	  a_full_window_says_try_again, a_blocking_send_waits_for_the_window_and_the_brokers,
	  a_blocking_send_tells_why_it_failed, what_cannot_be_sent_is_refused_here)

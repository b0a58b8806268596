/*
 * Sending and receiving, against a real Kafka: a producer's and a consumer's whole life, and each
 * way in which it fails.
 */
#include "tests/lib/main.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/e2e/outside.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

START_TEST(producer)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *named, *plain;

	assert_ok(named, comm_connect(dut_socket(d), "default", NULL, &named));
	ck_assert_str_eq(comm_server_version(named), comm_version());
	ck_assert_str_eq(comm_error_message(named), "");
	setenv("COMMD_SOCKET", dut_socket(d), 1);
	assert_ok(plain, comm_connect(NULL, NULL, NULL, &plain));
	assert_ok(plain, comm_ping(plain, &(int64_t){ 0 }));
	e2e_close(named);
	e2e_close(plain);
	dut_stop(d);
}
END_TEST

/* Any bytes, a key and headers arrive as they were; no value, an empty one and no key as well. */
START_TEST(send)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	const struct comm_header headers[] = { { "h", "\0\n", 2 }, { "h", NULL, 0 } };
	struct comm_record record = COMM_RECORD_INIT;
	_cleanup_free_ char *topic = e2e_topic("send");
	const struct comm_record *got;
	struct comm_subscription *s;
	struct comm_outcome outcome;

	e2e_create(c, topic, 1);
	assert_ok(c, comm_send(c, topic, "a\0b\n", 4, "k\0", 2));
	assert_ok(c, comm_send(c, topic, NULL, 0, "gone", 4));
	assert_ok(c, comm_send(c, topic, "", 0, NULL, 0));
	record.value = "x";
	record.value_len = 1;
	record.headers = headers;
	record.n_headers = 2;
	record.timestamp_ms = 1700000000123;
	assert_ok(c, comm_send_record(c, topic, &record, &outcome));
	ck_assert_int_eq(outcome.partition, 0);
	ck_assert_int_eq(outcome.offset, 3);
	ck_assert(!outcome.maybe_persisted);

	s = e2e_read(c, topic);
	got = e2e_receive(c, s);
	ck_assert_str_eq(got->topic, topic);
	ck_assert_int_eq(got->offset, 0);
	ck_assert_uint_eq(got->value_len, 4);
	ck_assert_mem_eq(got->value, "a\0b\n", 4);
	ck_assert_uint_eq(got->key_len, 2);
	ck_assert_mem_eq(got->key, "k\0", 2);
	got = e2e_receive(c, s);
	ck_assert_ptr_null(got->value);
	ck_assert_uint_eq(got->key_len, 4);
	got = e2e_receive(c, s);
	ck_assert_ptr_nonnull(got->value);
	ck_assert_uint_eq(got->value_len, 0);
	ck_assert_ptr_null(got->key);
	got = e2e_receive(c, s);
	ck_assert_int_eq(got->timestamp_ms, 1700000000123);
	ck_assert_uint_eq(got->n_headers, 2);
	ck_assert_str_eq(got->headers[0].name, "h");
	ck_assert_mem_eq(got->headers[0].value, "\0\n", 2);
	ck_assert_ptr_null(got->headers[1].value);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* The row's WrongMessageValueType. C has bytes only; other languages have more. */
START_TEST(send_refuses_values_that_are_no_bytes)
{
	static const char *const values[] = { "\x91\x07",             /* [7] */
					      "\xc3",                 /* true */
					      "\x07",                 /* 7 */
					      "\x91\x92\x01\x02",     /* [[1, 2]] */
					      "\x81\xa1k\xa1v",       /* {"k": "v"} */
					      "\xcb?\xf0z\1\1\1\1\1", /* a float */
					      "\x92\xa1v\x05" };      /* the key 5 */
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("types");
	int fd = wire_connect(d);
	const struct comm_record *got;
	size_t n;

	e2e_create(c, topic, 1);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char head[128];
		int len = snprintf(head, sizeof head, "%s%c%s%c%c%s%c", "\x94", 0,
				   "\x01\xa4send\x92", 0xd9, (int)strlen(topic), topic, 0x91);

		wire_write(fd, head, (size_t)len);
		wire_write(fd, values[i], strlen(values[i]));
		wire_expect_error(fd, 1, COMM_EBAD_VALUE, "records[0]");
	}
	close(fd);
	assert_ok(c, comm_receive(e2e_read(c, topic), 1, 100, &got, &n));
	ck_assert_uint_eq(n, 0);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* Not silence, and not a new topic either, although these brokers would create one. */
START_TEST(send_to_an_unknown_topic)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("nobodys");

	assert_error(c, comm_send(c, topic, "a", 1, NULL, 0), COMM_ETOPIC_UNAVAILABLE, topic);
	ck_assert(!e2e_has_topic(c, topic));
	e2e_create(c, topic, 1);
	assert_ok(c, comm_send(c, topic, "a", 1, NULL, 0));
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(send_too_much)
{
	static char big[2 * 1024 * 1024], huge[17 * 1024 * 1024];
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("big");

	e2e_create(c, topic, 1);
	assert_error(c, comm_send(c, topic, big, sizeof big, NULL, 0), COMM_ETOO_BIG,
		     "message.max.bytes");
	assert_error(c, comm_send(c, topic, huge, sizeof huge, NULL, 0), COMM_ETOO_BIG,
		     "message-max");
	assert_ok(c, comm_send(c, topic, big, 900 * 1024, NULL, 0));
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(send_without_brokers)
{
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=127.0.0.1:1\n", NULL);
	const struct comm_options options = { .timeout_ms = E2E_SHORT_MS };
	struct comm *c = e2e_connect_path(dut_socket(d), &options);

	assert_silence(c, comm_send(c, "t", "a", 1, NULL, 0), "127.0.0.1:1");
	e2e_close(c);
	dut_stop(d);
}
END_TEST

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	int *n_sent = arg;

	(void)c;
	e2e_check(outcome->error == 0, "%s", outcome->message);
	(*n_sent)++;
}

static void on_any(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	int *n = arg;

	(void)c;
	(void)outcome;
	(*n)++;
}

static void send_some(struct comm *c, const char *topic, int n, comm_sent_fn done, void *arg)
{
	struct comm_record record = COMM_RECORD_INIT;

	record.partition = 0;
	for (int i = 0; i < n; i++) {
		char value[16];

		record.value = value;
		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		assert_ok(c, comm_send_async(c, topic, &record, done, arg));
	}
}

START_TEST(producer_close_pushes_out_what_is_queued)
{
	enum { N = 5000 };
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	struct comm *reader = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("close");
	int n_sent = 0;

	e2e_create(c, topic, 1);
	send_some(c, topic, N, on_sent, &n_sent);
	ck_assert_uint_eq(comm_n_open(c), N);
	ck_assert_int_eq(comm_close(c, -1, NULL), 0);
	ck_assert_int_eq(n_sent, N);
	e2e_expect_numbers(reader, e2e_read(reader, topic), 0, N);
	e2e_delete(reader, topic);
	e2e_close(reader);
	dut_stop(d);
}
END_TEST

START_TEST(producer_close_says_how_many_have_no_outcome_in_time)
{
	enum { N = 100 };
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	struct comm *other = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("late");
	size_t n_open = 0;
	int n_done = 0;

	e2e_create(c, topic, 1);
	ck_assert_int_eq(kill(dut_pid(d), SIGSTOP), 0);
	send_some(c, topic, N, on_any, &n_done);
	ck_assert_int_eq(comm_flush(c, 50, &n_open), COMM_ETIMEOUT);
	ck_assert_uint_eq(n_open, N);
	ck_assert_int_eq(n_done, 0);
	ck_assert_int_eq(comm_close(c, 50, &n_open), COMM_ETIMEOUT);
	ck_assert_uint_eq(n_open, N);
	/* Each of them is told once, even so. */
	ck_assert_int_eq(n_done, N);
	ck_assert_int_eq(kill(dut_pid(d), SIGCONT), 0);
	e2e_delete(other, topic);
	e2e_close(other);
	dut_stop(d);
}
END_TEST

START_TEST(consumer)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	struct comm_subscription *s;
	_cleanup_free_ char *topic = e2e_topic("consumer");

	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 0, 100);
	/* A new group begins with what is there already. */
	s = e2e_join(c, topic, topic);
	e2e_expect_numbers(c, s, 0, 60);
	assert_ok(c, comm_unsubscribe(s));
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* The row's TopicNotAvailableException: at once, with a group and without. */
START_TEST(consumer_of_an_unknown_topic)
{
	/* Longer than the test may take. */
	const struct comm_options options = { .timeout_ms = 3600000 };
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect_path(dut_socket(d), &options);
	_cleanup_free_ char *topic = e2e_topic("nowhere");
	const char *const topics[] = { topic };
	struct comm_subscription *s = NULL;

	assert_error(c, comm_subscribe(c, NULL, topics, 1, NULL, &s), COMM_ETOPIC_UNAVAILABLE,
		     topic);
	assert_error(c, comm_subscribe(c, topic, topics, 1, NULL, &s), COMM_ETOPIC_UNAVAILABLE,
		     topic);
	ck_assert_ptr_null(s);
	ck_assert(!e2e_has_topic(c, topic));
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(consumer_subscribe)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *a = e2e_topic("a");
	_cleanup_free_ char *b = e2e_topic("b");
	const char *const both[] = { a, b };
	struct comm_subscription *s;
	int n_a = 0, n_b = 0;

	e2e_create(c, a, 2);
	e2e_create(c, b, 1);
	e2e_send_numbers(c, a, 0, 10);
	e2e_send_numbers(c, b, 0, 20);
	assert_ok(c, comm_subscribe(c, a, both, 2, NULL, &s));
	while (n_a < 10 || n_b < 20) {
		const struct comm_record *r = e2e_receive(c, s);

		if (strcmp(r->topic, a) == 0)
			ck_assert_int_eq(e2e_number(r), n_a++);
		else
			ck_assert_int_eq(e2e_number(r), n_b++);
	}
	ck_assert_int_eq(n_a, 10);
	ck_assert_int_eq(n_b, 20);
	assert_ok(c, comm_unsubscribe(s));
	/* Another one on the same connection, without a group. */
	e2e_expect_numbers(c, e2e_read(c, b), 0, 20);
	e2e_delete(c, a);
	e2e_delete(c, b);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(receive)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("receive");
	const struct comm_record *records;
	struct comm_subscription *s;
	int64_t begin_ms;
	size_t n = 7;

	e2e_create(c, topic, 1);
	s = e2e_read(c, topic);
	/* Nothing, when the time has passed. */
	begin_ms = e2e_now_ms();
	assert_ok(c, comm_receive(s, 0, 300, &records, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert_int_ge(e2e_now_ms() - begin_ms, 299);
	assert_ok(c, comm_receive(s, 0, 0, &records, &n));
	ck_assert_uint_eq(n, 0);
	e2e_send_numbers(c, topic, 0, 3);
	e2e_expect_numbers(c, s, 0, 3);
	/* No more than was asked for. */
	e2e_send_numbers(c, topic, 3, 10);
	assert_ok(c, comm_receive(s, 4, E2E_LIMIT_MS, &records, &n));
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_le(n, 4);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

START_TEST(consumer_without_brokers)
{
	struct daemon_under_test *d = dut_start_files("[timeouts]\nrequest-ms = 500\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	struct comm *c = e2e_connect(d);
	const char *topic = "t";
	struct comm_subscription *s;

	/* Which broker it is that does not answer is known once one was asked. */
	assert_error(c, comm_subscribe(c, NULL, &topic, 1, NULL, &s), COMM_EBROKER, "");
	outside_await_event(d, "down");
	assert_error(c, comm_subscribe(c, NULL, &topic, 1, NULL, &s), COMM_EBROKER, "127.0.0.1:1");
	assert_error(c, comm_subscribe(c, "g", &topic, 1, NULL, &s), COMM_EBROKER, "127.0.0.1:1");
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* What was acknowledged is not read again by the next of the group; what was not is. */
START_TEST(consumer_close)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	struct comm_subscription *s;
	struct comm_status *status;
	_cleanup_free_ char *topic = e2e_topic("close");
	int last = -1;

	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 0, 100);
	s = e2e_join(c, topic, topic);
	while (last < 59) {
		const struct comm_record *r = e2e_receive(c, s);

		last = e2e_number(r);
		if (last == 29)
			assert_ok(c, comm_ack(s, r));
	}
	assert_ok(c, comm_unsubscribe(s));
	assert_ok(c, comm_status(c, &status));
	ck_assert_uint_eq(status->n_subscriptions, 0);
	comm_status_free(status);
	e2e_close(c);

	c = e2e_connect(d);
	e2e_expect_numbers(c, e2e_join(c, topic, topic), 30, 70);
	e2e_close(c); /* with the subscription, and nothing acknowledged */
	dut_stop(d);

	/* The group's place is Kafka's, not the daemon's. */
	d = dut_start_kafka(NULL);
	c = e2e_connect(d);
	e2e_expect_numbers(c, e2e_join(c, topic, topic), 30, 70);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

/* By itself a receive acknowledges the one before. */
START_TEST(consumer_acknowledges_by_the_next_receive)
{
	struct daemon_under_test *d = dut_start_kafka(NULL);
	struct comm *c = e2e_connect(d);
	_cleanup_free_ char *topic = e2e_topic("auto");
	const char *const topics[] = { topic };
	struct comm_subscription *s;

	e2e_create(c, topic, 1);
	e2e_send_numbers(c, topic, 0, 10);
	assert_ok(c, comm_subscribe(c, topic, topics, 1, NULL, &s));
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(e2e_number(e2e_receive(c, s)), i);
	e2e_close(c);
	c = e2e_connect(d);
	assert_ok(c, comm_subscribe(c, topic, topics, 1, NULL, &s));
	e2e_expect_numbers(c, s, 4, 6);
	e2e_delete(c, topic);
	e2e_close(c);
	dut_stop(d);
}
END_TEST

TEST_MAIN("rows: records", producer, send, send_refuses_values_that_are_no_bytes,
	  send_to_an_unknown_topic, send_too_much, send_without_brokers,
	  producer_close_pushes_out_what_is_queued,
	  producer_close_says_how_many_have_no_outcome_in_time, consumer,
	  consumer_of_an_unknown_topic, consumer_subscribe, receive, consumer_without_brokers,
	  consumer_close, consumer_acknowledges_by_the_next_receive)

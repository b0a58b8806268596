/*
 * Brokers that go and come back, as clients of the daemon see it: everything is answered in its
 * time, and then goes on by itself.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

#define TIMEOUT_MS 500

/* The daemon's clock ticks once a turn of its loop. */
#define EARLY_MS 20

/* What is asked without a time of its own would take longer than the test may. */
#define CONF "[timeouts]\nrequest-ms = 3600000\n"

#define LIMIT_MS 9000

/* ---- what works ---- */

struct sent {
	struct comm_wire_record record;
	struct comm_send_params params;
	char value[16];
};

static const struct comm_send_params *prepare(struct sent *s, const char *topic, int number,
					      int64_t timeout_ms)
{
	(void)snprintf(s->value, sizeof s->value, "%d", number);
	s->record = (struct comm_wire_record){ .value = comm_bytes_of(s->value),
					       .partition = 0,
					       .timestamp_ms = COMM_NONE };
	s->params = (struct comm_send_params){ .topic = comm_bytes_of(topic),
					       .records = { &s->record, 1 },
					       .timeout_ms = timeout_ms,
					       .written_ms = COMM_NONE };
	return &s->params;
}

static void send_number(int fd, int number)
{
	const struct comm_wire_outcome *outcome;
	struct comm_send_result result;
	struct wire_reply reply;
	struct sent s;

	wire_call(fd, 2, COMM_METHOD_SEND, prepare(&s, "t", number, LIMIT_MS), &reply, &result);
	ck_assert_uint_eq(result.outcomes.n, 1);
	outcome = result.outcomes.items;
	ck_assert_msg(!outcome->error, "%.*s",
		      (int)(outcome->error ? outcome->error->message.len : 0),
		      outcome->error ? outcome->error->message.data : "");
	wire_reply_fini(&reply);
}

/* Receive a record, whose value is a number. */
static int receive_number(int fd, int64_t subscription)
{
	const struct comm_receive_params params = wire_receive(subscription, 1, LIMIT_MS);
	struct comm_receive_result result;
	const struct comm_wire_received *record;
	const struct comm_wire_batch *batch;
	struct wire_reply reply;
	char text[16];

	wire_call(fd, 4, COMM_METHOD_RECEIVE, &params, &reply, &result);
	ck_assert_msg(result.topics.n == 1, "nothing has come");
	batch = result.topics.items;
	record = batch->records.items;
	ck_assert_uint_lt(record->value.len, sizeof text);
	(void)snprintf(text, sizeof text, "%.*s", (int)record->value.len, record->value.data);
	wire_reply_fini(&reply);
	return atoi(text);
}

/*
 * The next is @number. In a group it may be one before it: if the session has ended while the brokers
 * were away, what could not be committed is read again.
 */
static void expect_number(int fd, int64_t subscription, bool in_group, int number)
{
	int got;

	do {
		got = receive_number(fd, subscription);
	} while (in_group && got < number);
	ck_assert_int_eq(got, number);
}

static void expect_topic(int fd)
{
	const struct comm_list_topics_params params = { .timeout_ms = LIMIT_MS };
	struct comm_list_topics_result result;
	const struct comm_wire_topic *topics;
	struct wire_reply reply;
	bool is_there = false;

	wire_call(fd, 5, COMM_METHOD_LIST_TOPICS, &params, &reply, &result);
	topics = result.topics.items;
	for (size_t i = 0; i < result.topics.n; i++)
		is_there = is_there || comm_bytes_is(topics[i].name, "t");
	ck_assert(is_there);
	wire_reply_fini(&reply);
}

/* ---- what does not ---- */

/* Ask, and have the answer when the time has passed, and not before. */
static void ask(int fd, enum comm_method_id method, const void *params, struct wire_reply *ret)
{
	int64_t begin_ms = wire_now_ms(), took_ms;

	wire_request(fd, 6, method, params);
	wire_read_id(fd, 6, ret);
	took_ms = wire_now_ms() - begin_ms;
	ck_assert_msg(took_ms >= TIMEOUT_MS - EARLY_MS, "%s was answered after %d ms",
		      comm_methods[method].name, (int)took_ms);
}

static void expect_silence(int fd, enum comm_method_id method, const void *params)
{
	struct wire_reply reply;

	ask(fd, method, params, &reply);
	ck_assert_msg(reply.code == COMM_EBROKER, "%s: %d", comm_methods[method].name, reply.code);
	ck_assert(reply.error.retriable);
	/* Which broker it is that does not answer. */
	ck_assert_msg(memmem(reply.error.message.data, reply.error.message.len,
			     "127.0.0.1:", strlen("127.0.0.1:")) != NULL,
		      "%s: %.*s", comm_methods[method].name, (int)reply.error.message.len,
		      reply.error.message.data);
	wire_reply_fini(&reply);
}

/* The record has been taken: it may be sent as soon as there is a broker again. */
static void send_into_silence(int fd, int number)
{
	const struct comm_wire_outcome *outcome;
	struct comm_send_result result;
	struct wire_reply reply;
	struct sent s;

	ask(fd, COMM_METHOD_SEND, prepare(&s, "t", number, TIMEOUT_MS), &reply);
	wire_result(&reply, COMM_METHOD_SEND, &result);
	ck_assert_uint_eq(result.outcomes.n, 1);
	outcome = result.outcomes.items;
	ck_assert_ptr_nonnull(outcome->error);
	ck_assert_int_eq(outcome->error->code, COMM_EBROKER);
	ck_assert(outcome->error->retriable);
	ck_assert(outcome->maybe_persisted);
	wire_reply_fini(&reply);
}

static void ask_all(int fd, int64_t subscription, int number)
{
	const struct comm_receive_params receiving = wire_receive(subscription, 1, TIMEOUT_MS);
	const struct comm_list_topics_params listing = { .timeout_ms = TIMEOUT_MS };
	const struct comm_list_topics_params listing_one = { .topic = comm_bytes_of("t"),
							     .timeout_ms = TIMEOUT_MS };
	const struct comm_create_topic_params creating = { .topic = comm_bytes_of("new"),
							   .partitions = 1,
							   .replication = COMM_NONE,
							   .timeout_ms = TIMEOUT_MS };
	struct sent s;

	send_into_silence(fd, number);
	/* Of a topic that nobody has asked about yet nothing was taken. */
	expect_silence(fd, COMM_METHOD_SEND, prepare(&s, "unknown", number, TIMEOUT_MS));
	expect_silence(fd, COMM_METHOD_RECEIVE, &receiving);
	expect_silence(fd, COMM_METHOD_LIST_TOPICS, &listing);
	expect_silence(fd, COMM_METHOD_LIST_TOPICS, &listing_one);
	expect_silence(fd, COMM_METHOD_CREATE_TOPIC, &creating);
}

/* ---- both ---- */

static void go_and_come_back(const char *group, const char *properties, int n_times)
{
	struct daemon_under_test *d;
	int64_t subscription;
	struct broker b;
	int fd, number = 0;

	broker_init(&b, properties);
	broker_create_topic(&b, "t", 1);
	d = dut_start_files(CONF, b.properties, NULL);
	fd = wire_connect(d);
	send_number(fd, number);
	subscription = wire_subscribe(fd, group, "t", "earliest");
	expect_number(fd, subscription, group, number++);
	while (n_times--) {
		broker_set_down(&b);
		wire_await_state(fd, "down");
		ask_all(fd, subscription, number);
		broker_set_up(&b);
		send_number(fd, number + 1);
		expect_number(fd, subscription, group, number++);
		expect_number(fd, subscription, group, number++);
		expect_topic(fd);
		wire_await_state(fd, "up");
	}
	close(fd);
	dut_stop(d);
	broker_fini(&b);
}

START_TEST(brokers_that_go_and_come_back)
{
	go_and_come_back(NULL, "", 2);
}
END_TEST

/* The mock lets a new member wait for as long as a session may last. */
START_TEST(brokers_that_go_and_come_back_to_a_group)
{
	go_and_come_back("g", "session.timeout.ms=6000\nheartbeat.interval.ms=200\n", 1);
}
END_TEST

TEST_MAIN("wire brokers", brokers_that_go_and_come_back, brokers_that_go_and_come_back_to_a_group)

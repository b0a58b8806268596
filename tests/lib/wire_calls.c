#include "tests/lib/wire.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

/* For what tells nobody that it has come true. */
#define LIMIT_S 30

int64_t wire_now_ms(void)
{
	struct timespec t;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void wire_ping(int fd)
{
	struct comm_ping_result result;
	struct wire_reply reply;

	wire_call(fd, 77, COMM_METHOD_PING, NULL, &reply, &result);
	ck_assert_int_gt(result.time_ms, 0);
	wire_reply_fini(&reply);
}

void wire_hello(int fd, const char *client, const char *profile)
{
	const struct comm_hello_params params = { .client = comm_bytes_of(client),
						  .profile = comm_bytes_of(profile),
						  .protocol = COMM_NONE };
	struct wire_reply reply;

	wire_call(fd, 79, COMM_METHOD_HELLO, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

int64_t wire_counter(int fd, const char *name)
{
	struct comm_status_result result;
	const struct comm_wire_counter *c;
	struct wire_reply reply;
	int64_t value = -1;

	wire_call(fd, 78, COMM_METHOD_STATUS, NULL, &reply, &result);
	c = result.counters.items;
	for (size_t i = 0; i < result.counters.n; i++)
		if (comm_bytes_is(c[i].name, name))
			value = c[i].value;
	wire_reply_fini(&reply);
	ck_assert_msg(value >= 0, "status has no counter %s", name);
	return value;
}

void wire_await_counter(int fd, const char *name, int64_t value)
{
	int64_t begun_ms = wire_now_ms(), got;

	while ((got = wire_counter(fd, name)) != value) {
		ck_assert_msg(wire_now_ms() - begun_ms < LIMIT_S * 1000,
			      "waited %d s for %s to become %jd, in vain: it is %jd", LIMIT_S, name,
			      (intmax_t)value, (intmax_t)got);
		(void)poll(NULL, 0, 1);
	}
}

static bool is_in_state(int fd, const char *state)
{
	const struct comm_wire_profile *p;
	struct comm_status_result result;
	struct wire_reply reply;
	bool is_so;

	wire_call(fd, 78, COMM_METHOD_STATUS, NULL, &reply, &result);
	ck_assert_uint_eq(result.profiles.n, 1);
	p = result.profiles.items;
	is_so = comm_bytes_is(p->state, state);
	wire_reply_fini(&reply);
	return is_so;
}

void wire_await_state(int fd, const char *state)
{
	int64_t begun_ms = wire_now_ms();

	while (!is_in_state(fd, state)) {
		ck_assert_msg(wire_now_ms() - begun_ms < LIMIT_S * 1000,
			      "waited %d s for the profile to be %s, in vain", LIMIT_S, state);
		(void)poll(NULL, 0, 5);
	}
}

void wire_create_topic(int fd, const char *name, int64_t n_partitions)
{
	const struct comm_create_topic_params params = { .topic = comm_bytes_of(name),
							 .partitions = n_partitions,
							 .replication = COMM_NONE,
							 .timeout_ms = COMM_NONE };
	struct wire_reply reply;

	wire_call(fd, 1000, COMM_METHOD_CREATE_TOPIC, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

void wire_send_numbers(int fd, const char *topic, int first, int n)
{
	struct comm_wire_record records[200];
	char values[200][8];
	const struct comm_send_params params = { .topic = comm_bytes_of(topic),
						 .records = { records, (size_t)n },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };
	struct wire_reply reply;

	for (int i = 0; i < n; i++) {
		snprintf(values[i], sizeof values[i], "%d", first + i);
		records[i] = (struct comm_wire_record){ .value = comm_bytes_of(values[i]),
							.partition = 0,
							.timestamp_ms = COMM_NONE };
	}
	wire_call(fd, 1001, COMM_METHOD_SEND, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

void wire_request_send(int fd, uint64_t id, const char *topic, struct comm_bytes value,
		       const char *ack, int64_t timeout_ms)
{
	const struct comm_wire_record record = { .value = value,
						 .partition = COMM_NONE,
						 .timestamp_ms = COMM_NONE };
	const struct comm_send_params params = { .topic = comm_bytes_of(topic),
						 .records = { &record, 1 },
						 .ack = comm_bytes_of(ack),
						 .timeout_ms = timeout_ms,
						 .written_ms = COMM_NONE };

	wire_request(fd, id, COMM_METHOD_SEND, &params);
}

void wire_send(int fd, const char *topic, struct comm_bytes value, const char *ack)
{
	struct comm_send_result result;
	struct wire_reply reply;

	wire_request_send(fd, 1004, topic, value, ack, COMM_NONE);
	wire_read_id(fd, 1004, &reply);
	wire_result(&reply, COMM_METHOD_SEND, &result);
	ck_assert_uint_eq(result.outcomes.n, 1);
	wire_reply_fini(&reply);
}

int64_t wire_subscribe(int fd, const char *group, const char *topic, const char *start)
{
	const struct comm_subscribe_params params = { .group = comm_bytes_of(group),
						      .start = comm_bytes_of(start),
						      .at = COMM_NONE };

	return wire_subscribe_with(fd, topic, params);
}

int64_t wire_subscribe_with(int fd, const char *topic, struct comm_subscribe_params params)
{
	const struct comm_wire_topic_ref ref = { .topic = comm_bytes_of(topic),
						 .partition = COMM_NONE,
						 .offset = COMM_NONE };
	struct comm_subscribe_result result;
	struct wire_reply reply;

	params.topics = (struct comm_list){ &ref, 1 };
	params.timeout_ms = COMM_NONE;
	wire_call(fd, 1002, COMM_METHOD_SUBSCRIBE, &params, &reply, &result);
	wire_reply_fini(&reply);
	return result.subscription;
}

struct comm_receive_params wire_receive(int64_t subscription, int64_t max_records,
					int64_t timeout_ms)
{
	return (struct comm_receive_params){ .subscription = subscription,
					     .max_records = max_records,
					     .max_bytes = COMM_NONE,
					     .timeout_ms = timeout_ms };
}

void wire_request_receive(int fd, uint64_t id, int64_t subscription, int64_t max_records,
			  int64_t timeout_ms)
{
	const struct comm_receive_params params =
		wire_receive(subscription, max_records, timeout_ms);

	wire_request(fd, id, COMM_METHOD_RECEIVE, &params);
}

/* Returns how many have come. */
static int expect_some_numbers(int fd, int64_t subscription, int first, int n)
{
	const struct comm_receive_params params = wire_receive(subscription, n, 9000);
	struct comm_receive_result result;
	const struct comm_wire_batch *batch;
	const struct comm_wire_received *records;
	struct wire_reply reply;
	int n_come;

	wire_call(fd, 1003, COMM_METHOD_RECEIVE, &params, &reply, &result);
	ck_assert_msg(result.topics.n == 1, "%d records have not come", n);
	batch = result.topics.items;
	records = batch->records.items;
	ck_assert_int_le(batch->records.n, n);
	n_come = (int)batch->records.n;
	for (int i = 0; i < n_come; i++) {
		char wanted[16];

		snprintf(wanted, sizeof wanted, "%d", first + i);
		ck_assert_msg(comm_bytes_is(records[i].value, wanted), "%.*s has come, not %s",
			      (int)records[i].value.len, records[i].value.data, wanted);
	}
	wire_reply_fini(&reply);
	return n_come;
}

void wire_expect_numbers(int fd, int64_t subscription, int first, int n)
{
	while (n > 0) {
		int n_come = expect_some_numbers(fd, subscription, first, n);

		first += n_come;
		n -= n_come;
	}
}

size_t wire_n_records(const struct comm_receive_result *result)
{
	const struct comm_wire_batch *batches = result->topics.items;
	size_t n = 0;

	for (size_t i = 0; i < result->topics.n; i++)
		n += batches[i].records.n;
	return n;
}

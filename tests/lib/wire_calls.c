#include "tests/lib/wire.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec t;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
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
	enum { LIMIT_S = 30 };
	int64_t begun_ms = now_ms(), got;

	while ((got = wire_counter(fd, name)) != value) {
		ck_assert_msg(now_ms() - begun_ms < LIMIT_S * 1000,
			      "waited %d s for %s to become %jd, in vain: it is %jd", LIMIT_S, name,
			      (intmax_t)value, (intmax_t)got);
		(void)poll(NULL, 0, 1);
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
						 .timeout_ms = COMM_NONE };
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

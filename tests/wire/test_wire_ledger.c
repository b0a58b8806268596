/*
 * What becomes of records after they were accepted: whose credit they are charged to, and what status
 * says of them.
 */
#include "tests/lib/main.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

enum { CREDIT_BYTES = 64 * 1024, VALUE_BYTES = 10 * 1024 };

static struct daemon_under_test *start(struct broker *b)
{
	broker_init(b, "");
	broker_create_topic(b, "t", 1);
	return dut_start_files("[limits]\ninflight-bytes-per-connection = 64K\n", b->properties,
			       NULL);
}

/* Send one record of @n_bytes, and have the answer. */
static void send_bytes(int fd, const char *ack, size_t n_bytes)
{
	static char value[VALUE_BYTES];
	const struct comm_wire_record record = { .value = { value, n_bytes },
						 .partition = COMM_NONE,
						 .timestamp_ms = COMM_NONE };
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { &record, 1 },
						 .ack = comm_bytes_of(ack),
						 .timeout_ms = COMM_NONE };
	struct comm_send_result result;
	struct wire_reply reply;

	wire_call(fd, 2, COMM_METHOD_SEND, &params, &reply, &result);
	ck_assert_uint_eq(result.outcomes.n, 1);
	wire_reply_fini(&reply);
}

static void expect_ping(int fd)
{
	struct wire_reply reply;

	wire_read_id(fd, 3, &reply);
	ck_assert_int_eq(reply.code, COMM_OK);
	wire_reply_fini(&reply);
}

/* Send with ack=queued until what is in flight is more than the credit; what follows waits. */
static void use_up_credit(int fd)
{
	for (size_t n_bytes = 0; n_bytes <= CREDIT_BYTES; n_bytes += VALUE_BYTES)
		send_bytes(fd, "queued", VALUE_BYTES);
	wire_request(fd, 3, COMM_METHOD_PING, NULL);
}

START_TEST(queued_records_use_up_the_credit_of_their_connection)
{
	struct daemon_under_test *d;
	struct pollfd answer;
	int greedy, other;
	struct broker b;

	d = start(&b);
	greedy = wire_connect(d);
	other = wire_connect(d);
	send_bytes(other, "broker", 1);
	broker_set_down(&b);
	use_up_credit(greedy);
	while (wire_counter(other, "connections_paused") == 0)
		;
	answer = (struct pollfd){ .fd = greedy, .events = POLLIN };
	ck_assert_int_eq(poll(&answer, 1, 0), 0);
	/* The others have theirs. */
	send_bytes(other, "queued", VALUE_BYTES);
	ck_assert_int_eq(wire_counter(other, "requests_in_flight"), 1);
	ck_assert_int_gt(wire_counter(other, "inflight_bytes"), CREDIT_BYTES);
	broker_set_up(&b);
	expect_ping(greedy);
	while (wire_counter(other, "inflight_bytes"))
		;
	ck_assert_int_eq(wire_counter(other, "connections_paused"), 0);
	close(greedy);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

TEST_MAIN("wire ledger", queued_records_use_up_the_credit_of_their_connection)

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

#define PRODUCE_API 0

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
	static const char value[VALUE_BYTES];

	wire_send(fd, "t", (struct comm_bytes){ value, n_bytes }, ack);
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
	wire_await_counter(other, "connections_paused", 1);
	answer = (struct pollfd){ .fd = greedy, .events = POLLIN };
	ck_assert_int_eq(poll(&answer, 1, 0), 0);
	/* The others have theirs. */
	send_bytes(other, "queued", VALUE_BYTES);
	ck_assert_int_eq(wire_counter(other, "requests_in_flight"), 1);
	ck_assert_int_gt(wire_counter(other, "inflight_bytes"), CREDIT_BYTES);
	broker_set_up(&b);
	wire_expect_ok(greedy, 3);
	wire_await_counter(other, "inflight_bytes", 0);
	ck_assert_int_eq(wire_counter(other, "connections_paused"), 0);
	close(greedy);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

static void ask_status(int fd, struct wire_reply *reply, struct comm_status_result *ret)
{
	wire_call(fd, 4, COMM_METHOD_STATUS, NULL, reply, ret);
}

/* Ask until it says so many of each. */
static void await_lists(int fd, size_t n_clients, size_t n_discards, struct wire_reply *reply,
			struct comm_status_result *ret)
{
	ask_status(fd, reply, ret);
	while (ret->clients.n != n_clients || ret->discards.n != n_discards) {
		wire_reply_fini(reply);
		ask_status(fd, reply, ret);
	}
}

static void expect_topic(const struct comm_status_result *status, int64_t persisted, int64_t failed,
			 int64_t in_flight)
{
	const struct comm_wire_topic_ledger *row = status->topics.items;

	ck_assert_uint_eq(status->topics.n, 1);
	ck_assert(comm_bytes_is(row->profile, "default"));
	ck_assert(comm_bytes_is(row->topic, "t"));
	ck_assert_int_eq(row->accepted, persisted + failed + in_flight);
	ck_assert_int_eq(row->persisted, persisted);
	ck_assert_int_eq(row->failed, failed);
	ck_assert_int_eq(row->in_flight, in_flight);
}

/* The only one besides those that have sent nothing. */
static void expect_client(const struct comm_status_result *status, int64_t persisted,
			  int64_t failed, int64_t in_flight, bool is_connected)
{
	const struct comm_wire_client_ledger *row = status->clients.items;

	ck_assert_uint_eq(status->clients.n, 1);
	ck_assert(comm_bytes_is(row->client, "billing"));
	ck_assert_int_eq(row->pid, getpid());
	ck_assert_int_eq(row->uid, getuid());
	ck_assert(comm_bytes_is(row->profile, "default"));
	ck_assert_int_eq(row->accepted, persisted + failed + in_flight);
	ck_assert_int_eq(row->persisted, persisted);
	ck_assert_int_eq(row->failed, failed);
	ck_assert_int_eq(row->in_flight, in_flight);
	ck_assert_int_eq(row->connected, is_connected);
}

static void expect_discard(const struct comm_status_result *status)
{
	const struct comm_wire_discard *row = status->discards.items;

	ck_assert_int_gt(row->first_ms, 1500000000000);
	ck_assert_int_ge(row->last_ms, row->first_ms);
	ck_assert(comm_bytes_is(row->profile, "default"));
	ck_assert(comm_bytes_is(row->topic, "t"));
	ck_assert(comm_bytes_is(row->client, "billing"));
	ck_assert_int_eq(row->pid, getpid());
	ck_assert_int_eq(row->uid, getuid());
	ck_assert_int_eq(row->error->code, COMM_ETOO_BIG);
	ck_assert(comm_bytes_is(row->error->name, "COMM_ETOO_BIG"));
	ck_assert_ptr_nonnull(memmem(row->error->message.data, row->error->message.len,
				     "MSG_SIZE_TOO_LARGE: ", strlen("MSG_SIZE_TOO_LARGE: ")));
	ck_assert(!row->maybe_persisted);
	ck_assert_int_eq(row->records, 1);
}

START_TEST(status_says_whose_records_have_failed_and_why)
{
	struct comm_status_result status;
	struct daemon_under_test *d;
	struct wire_reply reply;
	struct broker b;
	char line[128];
	int fd;

	d = start(&b);
	fd = wire_connect(d);
	wire_hello(fd, "billing", NULL);
	send_bytes(fd, "broker", 1);
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_API, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	send_bytes(fd, "queued", 1);
	await_lists(fd, 1, 1, &reply, &status);
	expect_topic(&status, 1, 1, 0);
	expect_client(&status, 1, 1, 0, true);
	expect_discard(&status);
	wire_reply_fini(&reply);
	ck_assert_int_eq(wire_counter(fd, "discarded_total"), 1);
	ck_assert_int_eq(wire_counter(fd, "discards_evicted_total"), 0);
	(void)snprintf(
		line, sizeof line,
		"profile default: a record of billing (pid %d, uid %u) to topic t has failed: ",
		(int)getpid(), (unsigned int)getuid());
	dut_expect_logged(d, line, 1);
	close(fd);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

START_TEST(a_client_that_has_gone_is_accounted_for)
{
	struct comm_status_result status;
	struct daemon_under_test *d;
	struct wire_reply reply;
	int fd, other;
	struct broker b;

	d = start(&b);
	fd = wire_connect(d);
	other = wire_connect(d);
	wire_hello(fd, "billing", NULL);
	send_bytes(fd, "broker", 1);
	broker_set_down(&b);
	send_bytes(fd, "queued", 1);
	close(fd);
	wire_await_counter(other, "connections", 1);
	await_lists(other, 1, 0, &reply, &status);
	expect_topic(&status, 1, 0, 1);
	expect_client(&status, 1, 0, 1, false);
	wire_reply_fini(&reply);
	broker_set_up(&b);
	await_lists(other, 0, 0, &reply, &status);
	expect_topic(&status, 2, 0, 0);
	wire_reply_fini(&reply);
	ck_assert_int_eq(wire_counter(other, "inflight_bytes"), 0);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

/* It is longer than what is kept of it, and a character lies on the border. */
START_TEST(a_long_name_leaves_status_readable)
{
	struct comm_status_result status;
	struct daemon_under_test *d;
	struct wire_reply reply;
	struct broker b;
	char name[128];
	int fd;

	memset(name, 'x', sizeof name);
	(void)snprintf(name + 62, sizeof name - 62, "\xc3\xa9xx");
	d = start(&b);
	fd = wire_connect(d);
	wire_hello(fd, name, NULL);
	send_bytes(fd, "broker", 1);
	ask_status(fd, &reply, &status);
	ck_assert_uint_eq(status.clients.n, 1);
	ck_assert_uint_eq(
		((const struct comm_wire_client_ledger *)status.clients.items)->client.len, 62);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

TEST_MAIN("wire ledger", queued_records_use_up_the_credit_of_their_connection,
	  status_says_whose_records_have_failed_and_why, a_client_that_has_gone_is_accounted_for,
	  a_long_name_leaves_status_readable)

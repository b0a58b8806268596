/*
 * What operators see: who is connected and what each holds, the brokers, the consumers.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

/* More than a list has room for. */
enum { N_MANY = 1005, CREDIT_BYTES = 64 * 1024, VALUE_BYTES = 10 * 1024 };

static void ask_clients(int fd, struct wire_reply *reply, struct comm_clients_result *ret)
{
	wire_call(fd, 5, COMM_METHOD_CLIENTS, NULL, reply, ret);
}

static const struct comm_wire_client *find_client(const struct comm_clients_result *result,
						  const char *name)
{
	const struct comm_wire_client *rows = result->clients.items;

	for (size_t i = 0; i < result->clients.n; i++)
		if (comm_bytes_is(rows[i].client, name))
			return &rows[i];
	ck_abort_msg("there is no client %s", name);
}

/* Receive @n_records in all. */
static void receive(int fd, int64_t subscription, size_t n_records)
{
	const struct comm_receive_params params = wire_receive(subscription, COMM_NONE, 9000);

	while (n_records) {
		struct comm_receive_result result;
		const struct comm_wire_batch *batch;
		struct wire_reply reply;

		wire_call(fd, 7, COMM_METHOD_RECEIVE, &params, &reply, &result);
		ck_assert_uint_eq(result.topics.n, 1);
		batch = result.topics.items;
		ck_assert_uint_le(batch->records.n, n_records);
		n_records -= batch->records.n;
		wire_reply_fini(&reply);
	}
}

START_TEST(each_client_is_told)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	struct comm_clients_result result;
	const struct comm_wire_client *c;
	struct wire_reply reply;

	wire_hello(fd, "billing", NULL);
	wire_create_topic(fd, "t", 1);
	wire_send_numbers(fd, "t", 0, 7);
	receive(fd, wire_subscribe(fd, NULL, "t", "earliest"), 7);
	ask_clients(other, &reply, &result);
	ck_assert_uint_eq(result.clients.n, 2);
	ck_assert_int_eq(result.left_out, 0);
	c = find_client(&result, "billing");
	ck_assert_int_eq(c->connection, 1);
	ck_assert_int_eq(c->pid, getpid());
	ck_assert_int_eq(c->uid, getuid());
	ck_assert_int_eq(c->gid, getgid());
	ck_assert(comm_bytes_is(c->profile, "default"));
	ck_assert(comm_bytes_is(c->protocol, "msgpack"));
	ck_assert_int_gt(c->connected_ms, 1500000000000);
	ck_assert_int_eq(c->requests, 0);
	ck_assert_int_ge(c->requests_total, 5);
	ck_assert_int_eq(c->inflight_bytes, 0);
	ck_assert_int_eq(c->unread_bytes, 0);
	ck_assert_int_eq(c->subscriptions, 1);
	ck_assert_int_eq(c->sent, 7);
	ck_assert_int_eq(c->received, 7);
	ck_assert_int_gt(c->read_bytes, 7);
	ck_assert_int_gt(c->written_bytes, 7);
	ck_assert_ptr_null(c->held.data);
	c = find_client(&result, "anonymous");
	ck_assert_int_eq(c->connection, 2);
	ck_assert_int_eq(c->requests, 1);
	ck_assert_int_eq(c->sent, 0);
	wire_reply_fini(&reply);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

static void send_queued(int fd, size_t n_bytes)
{
	static const char value[VALUE_BYTES];

	wire_send(fd, "t", (struct comm_bytes){ value, n_bytes }, "queued");
}

START_TEST(who_is_held_back_is_told_with_the_limit)
{
	struct comm_clients_result result;
	struct daemon_under_test *d;
	struct wire_reply reply;
	struct broker b;
	int greedy, other;

	broker_init(&b, "");
	broker_create_topic(&b, "t", 1);
	d = dut_start_files("[limits]\ninflight-bytes-per-connection = 64K\n", b.properties, NULL);
	greedy = wire_connect(d);
	other = wire_connect(d);
	wire_hello(greedy, "greedy", NULL);
	send_queued(greedy, 1);
	wire_await_counter(other, "inflight_bytes", 0);
	broker_set_down(&b);
	for (size_t n_bytes = 0; n_bytes <= CREDIT_BYTES; n_bytes += VALUE_BYTES)
		send_queued(greedy, VALUE_BYTES);
	wire_request(greedy, 3, COMM_METHOD_PING, NULL);
	wire_await_counter(other, "connections_paused", 1);
	ask_clients(other, &reply, &result);
	ck_assert(comm_bytes_is(find_client(&result, "greedy")->held,
				"inflight-bytes-per-connection"));
	ck_assert_int_gt(find_client(&result, "greedy")->inflight_bytes, CREDIT_BYTES);
	ck_assert_ptr_null(find_client(&result, "anonymous")->held.data);
	wire_reply_fini(&reply);
	broker_set_up(&b);
	wire_await_counter(other, "inflight_bytes", 0);
	ask_clients(other, &reply, &result);
	ck_assert_ptr_null(find_client(&result, "greedy")->held.data);
	wire_reply_fini(&reply);
	close(greedy);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

/* Four that wait for a record each, of which two and one more are taken; what the first ones give back lets the
 * others in. */
START_TEST(so_many_requests_of_a_connection_are_under_way)
{
	struct daemon_under_test *d =
		dut_start_files("[limits]\nrequests-per-connection = 2\n",
				"bootstrap.servers=none\n", (const char *const[]){ "--dev", NULL });
	int greedy = wire_connect(d), other = wire_connect(d);
	const struct comm_subscribe_params several = { .start = comm_bytes_of("earliest"),
						       .at = COMM_NONE,
						       .ack = comm_bytes_of("manual") };
	struct comm_clients_result result;
	struct wire_reply reply;
	int64_t id;

	wire_hello(greedy, "greedy", NULL);
	wire_create_topic(greedy, "t", 1);
	id = wire_subscribe_with(greedy, "t", several);
	for (uint64_t i = 0; i < 4; i++)
		wire_request_receive(greedy, i, id, 1, 60000);
	wire_await_counter(other, "connections_paused", 1);
	ck_assert_int_eq(wire_counter(other, "receives_waiting"), 3);
	ask_clients(other, &reply, &result);
	ck_assert(comm_bytes_is(find_client(&result, "greedy")->held, "requests-per-connection"));
	wire_reply_fini(&reply);
	wire_send_numbers(other, "t", 0, 4);
	for (uint64_t i = 0; i < 4; i++)
		wire_expect_ok(greedy, i);
	wire_await_counter(other, "connections_paused", 0);
	close(greedy);
	close(other);
	dut_stop(d);
}
END_TEST

/* Those with something under way are not among them. */
START_TEST(of_many_clients_idle_ones_are_left_out)
{
	struct rlimit limit = { 0 };
	struct comm_clients_result result;
	struct daemon_under_test *d;
	struct wire_reply reply;
	static int fds[N_MANY];
	int busy;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	d = dut_start(NULL);
	busy = wire_connect(d);
	wire_hello(busy, "busy", NULL);
	wire_create_topic(busy, "t", 1);
	(void)wire_subscribe(busy, NULL, "t", "earliest");
	for (int i = 0; i < N_MANY; i++)
		fds[i] = wire_connect(d);
	wire_await_counter(busy, "connections", N_MANY + 1);
	ask_clients(busy, &reply, &result);
	ck_assert_uint_eq(result.clients.n, 1000);
	ck_assert_int_eq(result.left_out, N_MANY + 1 - 1000);
	ck_assert_int_eq(find_client(&result, "busy")->subscriptions, 1);
	wire_reply_fini(&reply);
	for (int i = 0; i < N_MANY; i++)
		close(fds[i]);
	close(busy);
	dut_stop(d);
}
END_TEST

/* Ask until broker number @id is in @state, or, with a "!" before it, is not. */
static void await_state(int fd, int64_t id, const char *state, struct wire_reply *reply,
			struct comm_wire_broker_seen *ret)
{
	bool is_unwanted = *state == '!';
	struct comm_brokers_result result;

	for (;;) {
		wire_call(fd, 8, COMM_METHOD_BROKERS, NULL, reply, &result);
		for (size_t i = 0; i < result.brokers.n; i++) {
			*ret = ((const struct comm_wire_broker_seen *)result.brokers.items)[i];
			if (ret->id == id &&
			    comm_bytes_is(ret->state, state + is_unwanted) != is_unwanted)
				return;
		}
		wire_reply_fini(reply);
	}
}

START_TEST(the_state_of_brokers_is_told)
{
	struct comm_wire_broker_seen seen;
	struct daemon_under_test *d;
	struct wire_reply reply;
	struct broker b;
	int fd;

	broker_init(&b, "statistics.interval.ms=100\n");
	broker_create_topic(&b, "t", 1);
	d = dut_start_files(NULL, b.properties, NULL);
	fd = wire_connect(d);
	do {
		wire_send_numbers(fd, "t", 0, 1);
		await_state(fd, 1, "UP", &reply, &seen);
		ck_assert(comm_bytes_is(seen.profile, "default"));
		ck_assert_ptr_nonnull(memmem(seen.broker.data, seen.broker.len, ":", 1));
		ck_assert_int_ge(seen.connects_total, 1);
		ck_assert_int_ge(seen.requests_total, 1);
		ck_assert_int_lt(seen.age_ms, 9000);
		wire_reply_fini(&reply);
	} while (seen.rtt_us == COMM_NONE || seen.queued_us == COMM_NONE);
	ck_assert_int_gt(seen.rtt_us, 0);
	ck_assert_int_ge(seen.rtt_p99_us, seen.rtt_us / 2);
	broker_set_down(&b);
	await_state(fd, 1, "!UP", &reply, &seen);
	ck_assert_int_ge(seen.lost_total, 1);
	wire_reply_fini(&reply);
	broker_set_up(&b);
	await_state(fd, 1, "UP", &reply, &seen);
	wire_reply_fini(&reply);
	close(fd);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

/* Ask until the only consumer of @group is in @state. */
static void await_consumer(int fd, const char *group, const char *state, struct wire_reply *reply,
			   struct comm_wire_consumer *ret)
{
	struct comm_consumers_result result;

	for (;;) {
		wire_call(fd, 9, COMM_METHOD_CONSUMERS, NULL, reply, &result);
		ck_assert_int_eq(result.left_out, 0);
		for (size_t i = 0; i < result.consumers.n; i++) {
			*ret = ((const struct comm_wire_consumer *)result.consumers.items)[i];
			if (comm_bytes_is(ret->state, state) &&
			    (group ? comm_bytes_is(ret->group, group) : !ret->group.data))
				return;
		}
		wire_reply_fini(reply);
	}
}

static void expect_topic(const struct comm_wire_consumer *c, int64_t n_partitions, int64_t lag)
{
	const struct comm_wire_consumed *topic = c->topics.items;

	ck_assert(comm_bytes_is(c->profile, "default"));
	ck_assert_ptr_null(c->error.data);
	ck_assert_int_eq(c->partitions, n_partitions);
	ck_assert_int_eq(c->lag, lag);
	ck_assert_uint_eq(c->topics.n, 1);
	ck_assert(comm_bytes_is(topic->topic, "t"));
	ck_assert_int_eq(topic->partitions, n_partitions);
	ck_assert_int_eq(topic->lag, lag);
}

START_TEST(consumers_are_told_with_their_lag)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), other = wire_connect(d);
	struct comm_wire_consumer c;
	struct wire_reply reply;

	wire_create_topic(fd, "t", 2);
	wire_send_numbers(fd, "t", 0, 50);
	(void)wire_subscribe(fd, "workers", "t", "earliest");
	receive(other, wire_subscribe(other, NULL, "t", "earliest"), 50);
	await_consumer(fd, NULL, "reading", &reply, &c);
	expect_topic(&c, 2, 0);
	ck_assert_int_eq(c.subscriptions, 1);
	wire_reply_fini(&reply);
	await_consumer(fd, "workers", "reading", &reply, &c);
	ck_assert_int_eq(c.partitions, 2);
	ck_assert_int_eq(c.unacknowledged, 0);
	wire_reply_fini(&reply);
	receive(fd, 1, 50);
	await_consumer(fd, "workers", "reading", &reply, &c);
	expect_topic(&c, 2, 0);
	ck_assert_int_eq(c.subscriptions, 1);
	ck_assert_int_gt(c.unacknowledged, 0);
	wire_reply_fini(&reply);
	close(fd);
	close(other);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire seeing", each_client_is_told, who_is_held_back_is_told_with_the_limit,
	  so_many_requests_of_a_connection_are_under_way, of_many_clients_idle_ones_are_left_out,
	  the_state_of_brokers_is_told, consumers_are_told_with_their_lag)

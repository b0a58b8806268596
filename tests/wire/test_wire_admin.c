/*
 * Topics' settings and partitions, offsets and groups over the wire: what is refused at once, what the
 * embedded cluster can do, and what is said without brokers.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

/* The first of them is answered when the time of all has passed. */
#define SHORT_MS 500

/* Longer than any test takes. */
#define FOREVER_MS (60 * 60 * 1000)

static void create(int fd, const char *name, int64_t n_partitions)
{
	const struct comm_create_topic_params params = { .topic = comm_bytes_of(name),
							 .partitions = n_partitions,
							 .replication = COMM_NONE,
							 .timeout_ms = COMM_NONE };
	struct wire_reply reply;

	wire_call(fd, 1, COMM_METHOD_CREATE_TOPIC, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

/* Send @n records to the partition. */
static void fill(int fd, const char *topic, int64_t partition, size_t n)
{
	struct comm_wire_record records[8];
	const struct comm_send_params params = { .topic = comm_bytes_of(topic),
						 .records = { records, n },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };
	struct wire_reply reply;

	ck_assert_uint_le(n, ARRAY_SIZE(records));
	for (size_t i = 0; i < n; i++)
		records[i] = (struct comm_wire_record){ .value = comm_bytes_of("v"),
							.partition = partition,
							.timestamp_ms = COMM_NONE };
	wire_call(fd, 1, COMM_METHOD_SEND, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

/* All methods of this kind, with parameters that are right. */
struct questions {
	struct comm_wire_change change;
	struct comm_wire_topic_ref ref;
	struct comm_describe_topic_params describe_topic;
	struct comm_add_partitions_params add_partitions;
	struct comm_alter_topic_params alter_topic;
	struct comm_offsets_params offsets;
	struct comm_list_groups_params list_groups;
	struct comm_describe_group_params describe_group;
	struct comm_reset_group_params reset_group;
	struct comm_delete_group_params delete_group;
	struct comm_subscribe_params subscribe;
	struct {
		enum comm_method_id method;
		const void *params;
	} all[9];
};

/* About the topic and the group @name. */
static void prepare(struct questions *q, const char *name, int64_t timeout_ms)
{
	const struct comm_bytes t = comm_bytes_of(name), g = t;

	*q = (struct questions){
		.change = { comm_bytes_of("retention.ms"), comm_bytes_of("60000") },
		.ref = { t, COMM_NONE, COMM_NONE },
		.describe_topic = { t, timeout_ms },
		.add_partitions = { t, 9, timeout_ms },
		.alter_topic = { t, { &q->change, 1 }, timeout_ms },
		.offsets = { t, COMM_NONE, timeout_ms },
		.list_groups = { timeout_ms },
		.describe_group = { g, timeout_ms },
		.reset_group = { .group = g,
				 .topics = { &q->ref, 1 },
				 .start = comm_bytes_of("earliest"),
				 .at = COMM_NONE,
				 .timeout_ms = timeout_ms },
		.delete_group = { g, timeout_ms },
		.subscribe = { .topics = { &q->ref, 1 },
			       .at = COMM_NONE,
			       .timeout_ms = timeout_ms },
		.all = {
			{ COMM_METHOD_DESCRIBE_TOPIC, &q->describe_topic },
			{ COMM_METHOD_ADD_PARTITIONS, &q->add_partitions },
			{ COMM_METHOD_ALTER_TOPIC, &q->alter_topic },
			{ COMM_METHOD_OFFSETS, &q->offsets },
			{ COMM_METHOD_LIST_GROUPS, &q->list_groups },
			{ COMM_METHOD_DESCRIBE_GROUP, &q->describe_group },
			{ COMM_METHOD_RESET_GROUP, &q->reset_group },
			{ COMM_METHOD_DELETE_GROUP, &q->delete_group },
			{ COMM_METHOD_SUBSCRIBE, &q->subscribe },
		},
	};
}

/* ---- the embedded cluster ---- */

START_TEST(a_topic_is_described)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_describe_topic_params params = { comm_bytes_of("t"), COMM_NONE };
	struct comm_describe_topic_result result;
	struct wire_reply reply;

	create(fd, "t", 3);
	wire_call(fd, 2, COMM_METHOD_DESCRIBE_TOPIC, &params, &reply, &result);
	ck_assert(comm_bytes_is(result.topic->name, "t"));
	ck_assert_uint_eq(result.topic->partitions.n, 3);
	ck_assert_uint_eq(result.settings.n, 0);
	wire_reply_fini(&reply);
	params.topic = comm_bytes_of("nosuch");
	wire_request(fd, 3, COMM_METHOD_DESCRIBE_TOPIC, &params);
	wire_expect_error(fd, 3, COMM_ETOPIC_QUERY, "UNKNOWN_TOPIC_OR_PART");
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(offsets_are_told)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct comm_offsets_params params = { comm_bytes_of("t"), COMM_NONE, COMM_NONE };
	const struct comm_wire_watermarks *w;
	struct comm_offsets_result result;
	struct wire_reply reply;

	create(fd, "t", 2);
	fill(fd, "t", 1, 5);
	wire_call(fd, 2, COMM_METHOD_OFFSETS, &params, &reply, &result);
	ck_assert_uint_eq(result.partitions.n, 2);
	w = result.partitions.items;
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(w[i].partition, i);
		ck_assert_int_eq(w[i].low, 0);
		ck_assert_int_eq(w[i].high, i ? 5 : 0);
		ck_assert_int_eq(w[i].at_time, COMM_NONE);
	}
	wire_reply_fini(&reply);
	params.topic = comm_bytes_of("nosuch");
	wire_request(fd, 3, COMM_METHOD_OFFSETS, &params);
	wire_expect_error(fd, 3, COMM_ETOPIC_UNAVAILABLE, "UNKNOWN_TOPIC_OR_PART");
	close(fd);
	dut_stop(d);
}
END_TEST

/* Nobody waits for the time that the mock cluster takes to say nothing. */
START_TEST(what_the_embedded_cluster_cannot_do_is_said_at_once)
{
	static const enum comm_error codes[] = {
		COMM_OK,           COMM_ETOPIC_ALTER, COMM_ETOPIC_ALTER, COMM_OK, COMM_EGROUP_QUERY,
		COMM_EGROUP_QUERY, COMM_EGROUP_ALTER, COMM_EGROUP_ALTER, COMM_OK
	};
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d);
	struct questions q;

	prepare(&q, "t", FOREVER_MS);
	create(fd, "t", 1);
	for (size_t i = 0; i < ARRAY_SIZE(q.all); i++) {
		if (codes[i] == COMM_OK)
			continue;
		wire_request(fd, i, q.all[i].method, q.all[i].params);
		wire_expect_error(fd, i, codes[i], "the mock cluster of --dev");
	}
	close(fd);
	dut_stop(d);
}
END_TEST

/* ---- what is refused ---- */

static void refuse_alter(int fd, size_t n, const struct comm_wire_change *changes, const char *part)
{
	const struct comm_alter_topic_params params = { comm_bytes_of("t"),
							{ changes, n },
							COMM_NONE };

	wire_request(fd, 2, COMM_METHOD_ALTER_TOPIC, &params);
	wire_expect_error(fd, 2, COMM_EBAD_VALUE, part);
}

static void refuse_reset(int fd, const char *group, const struct comm_wire_topic_ref *ref,
			 const char *start, int64_t at, const char *part)
{
	const struct comm_reset_group_params params = { .group = comm_bytes_of(group),
							.topics = { ref, ref != NULL },
							.start = comm_bytes_of(start),
							.at = at,
							.timeout_ms = COMM_NONE };

	wire_request(fd, 2, COMM_METHOD_RESET_GROUP, &params);
	wire_expect_error(fd, 2, COMM_EBAD_VALUE, part);
}

START_TEST(parameters_that_say_nothing_are_refused)
{
	const struct comm_wire_change twice[] = { { comm_bytes_of("a"), comm_bytes_of("1") },
						  { comm_bytes_of("a"), comm_bytes_of(NULL) } };
	const struct comm_wire_change nameless = { comm_bytes_of(""), comm_bytes_of("1") };
	const struct comm_wire_topic_ref whole = { comm_bytes_of("t"), COMM_NONE, COMM_NONE };
	const struct comm_wire_topic_ref offset = { comm_bytes_of("t"), COMM_NONE, 7 };
	const struct comm_add_partitions_params none = { comm_bytes_of("t"), 0, COMM_NONE };
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d);

	refuse_alter(fd, 0, NULL, "settings: at least one");
	refuse_alter(fd, 2, twice, "a is named twice");
	refuse_alter(fd, 1, &nameless, "has no name");
	wire_request(fd, 2, COMM_METHOD_ADD_PARTITIONS, &none);
	wire_expect_error(fd, 2, COMM_ETOPIC_ALTER, "partitions: must be more");
	refuse_reset(fd, "", &whole, "earliest", COMM_NONE, "name of a group");
	refuse_reset(fd, "g", &whole, "somewhere", COMM_NONE, "\"somewhere\" is none of");
	refuse_reset(fd, "g", &whole, NULL, COMM_NONE, "start: it is needed");
	refuse_reset(fd, "g", NULL, NULL, COMM_NONE, "start: it is needed");
	refuse_reset(fd, "g", &whole, "tail", COMM_NONE, "needs a number");
	refuse_reset(fd, "g", NULL, "tail", -1, "needs a number");
	refuse_reset(fd, "g", &offset, "earliest", COMM_NONE, "an offset needs a partition");
	close(fd);
	dut_stop(d);
}
END_TEST

/* ---- without brokers ---- */

static void request_all(int fd, const struct questions *q)
{
	for (size_t i = 0; i < ARRAY_SIZE(q->all); i++)
		wire_request(fd, i, q->all[i].method, q->all[i].params);
}

static void expect_silence(int fd, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct wire_reply reply;

		wire_read(fd, &reply);
		ck_assert_msg(reply.code == COMM_EBROKER, "%.*s", (int)reply.error.message.len,
			      reply.error.message.data);
		ck_assert_ptr_nonnull(strstr(reply.error.message.data, "127.0.0.1:1"));
		wire_reply_fini(&reply);
	}
}

START_TEST(without_brokers_all_are_answered_in_time)
{
	struct daemon_under_test *d = dut_start_files("[timeouts]\nrequest-ms = 3600000\n",
						      "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d), patient = wire_connect(d);
	struct questions q, long_ones;

	prepare(&q, "t", SHORT_MS);
	/* Which broker it is that does not answer is known once one was asked. */
	wire_request(fd, 1, COMM_METHOD_LIST_GROUPS, &q.list_groups);
	wire_expect_error(fd, 1, COMM_EBROKER, NULL);
	wire_await_state(fd, "down");
	request_all(fd, &q);
	expect_silence(fd, ARRAY_SIZE(q.all));
	/* Those that wait in line, behind others that go on for ever, are told as well. */
	prepare(&long_ones, "u", FOREVER_MS);
	request_all(patient, &long_ones);
	wire_ping(patient);
	request_all(fd, &q);
	expect_silence(fd, ARRAY_SIZE(q.all));
	close(patient);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(the_end_does_not_wait_for_brokers)
{
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d);
	struct questions q;

	prepare(&q, "t", FOREVER_MS);
	for (size_t i = 0; i < ARRAY_SIZE(q.all); i++)
		wire_request(fd, i, q.all[i].method, q.all[i].params);
	wire_request(fd, 100, COMM_METHOD_PING, NULL);
	{
		struct wire_reply reply;

		wire_read_id(fd, 100, &reply);
		wire_reply_fini(&reply);
	}
	dut_tell(d);
	for (size_t i = 0; i < ARRAY_SIZE(q.all); i++) {
		struct wire_reply reply;

		wire_read(fd, &reply);
		/* What was to change something may have been asked for. */
		ck_assert(reply.code == COMM_ESHUTDOWN || reply.code == COMM_EUNKNOWN_OUTCOME);
		wire_reply_fini(&reply);
	}
	wire_expect_closed(fd);
	close(fd);
	dut_stop(d);
}
END_TEST

/* More than may be asked at once; those who asked go away, and the next has to wait for its turn. */
START_TEST(what_nobody_waits_for_is_bounded_and_leaves_nothing)
{
	struct daemon_under_test *d =
		dut_start_files(NULL, "bootstrap.servers=127.0.0.1:1\n", NULL);
	int fd = wire_connect(d), n_busy = 0;
	struct questions q;

	prepare(&q, "t", SHORT_MS);
	for (uint64_t i = 0; i < 100; i++)
		wire_request(fd, i, COMM_METHOD_LIST_GROUPS, &q.list_groups);
	for (int i = 0; i < 100 - 64; i++) {
		struct wire_reply reply;

		wire_read(fd, &reply);
		n_busy += reply.code == COMM_EBUSY;
		wire_reply_fini(&reply);
	}
	ck_assert_int_eq(n_busy, 100 - 64);
	close(fd);
	fd = wire_connect(d);
	for (int code = COMM_EBUSY; code == COMM_EBUSY;) {
		struct wire_reply reply;

		wire_request(fd, 1, COMM_METHOD_LIST_GROUPS, &q.list_groups);
		wire_read_id(fd, 1, &reply);
		code = reply.code;
		ck_assert(code == COMM_EBUSY || code == COMM_EBROKER);
		wire_reply_fini(&reply);
	}
	ck_assert_int_eq(wire_counter(fd, "requests_in_flight"), 1);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("wire admin", a_topic_is_described, offsets_are_told,
	  what_the_embedded_cluster_cannot_do_is_said_at_once,
	  parameters_that_say_nothing_are_refused, without_brokers_all_are_answered_in_time,
	  the_end_does_not_wait_for_brokers, what_nobody_waits_for_is_bounded_and_leaves_nothing)

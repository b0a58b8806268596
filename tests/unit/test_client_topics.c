#include "client/commclient.h"

#include <string.h>

#include "proto/util.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client.h"

#define B(text)                        \
	{                              \
		text, sizeof(text) - 1 \
	}

struct listed {
	size_t n;
	int error;
	struct comm_topics *topics; /* owned */
};

static void on_listed(struct comm *c, int error, struct comm_topics *topics, void *arg)
{
	struct listed *listed = arg;

	(void)c;
	listed->n++;
	listed->error = error;
	listed->topics = topics;
}

START_TEST(topics_come_with_partitions_and_brokers)
{
	static const struct comm_wire_id ids[] = { { 1 }, { 2 } };
	static const struct comm_wire_error gone = { COMM_ETOPIC_UNAVAILABLE,
						     B("COMM_ETOPIC_UNAVAILABLE"), B("not there"),
						     false, B("") };
	static const struct comm_wire_partition partitions[] = {
		{ 0, 1, { ids, 2 }, { ids, 1 } },
		{ 1, COMM_NONE, { ids, 2 }, { NULL, 0 } },
	};
	static const struct comm_wire_topic topics[] = {
		{ B("orders"), { partitions, 2 }, NULL },
		{ B("missing"), { NULL, 0 }, &gone },
	};
	static const struct comm_wire_broker brokers[] = { { 1, B("b1.example"), 9092 } };
	const struct comm_list_topics_result result = { { topics, 2 }, { brokers, 1 } };
	const struct comm_topic_info *t;
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct listed listed = { 0 };

	ck_assert_int_eq(comm_list_topics_async(c, NULL, on_listed, &listed), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_LIST_TOPICS), COMM_METHOD_LIST_TOPICS, &result);
	ck_assert_ptr_null(p.params.list_topics_params.topic.data);
	client_until(c, &listed.n, 1);
	client_end(c, &p, f);

	/* It is ours, whatever has become of the handle. */
	ck_assert_int_eq(listed.error, 0);
	ck_assert_uint_eq(listed.topics->n_topics, 2);
	t = listed.topics->topics;
	ck_assert_str_eq(t[0].name, "orders");
	ck_assert_int_eq(t[0].error, 0);
	ck_assert_str_eq(t[0].error_message, "");
	ck_assert_uint_eq(t[0].n_partitions, 2);
	ck_assert_int_eq(t[0].partitions[0].leader, 1);
	ck_assert_uint_eq(t[0].partitions[0].n_replicas, 2);
	ck_assert_int_eq(t[0].partitions[0].replicas[1], 2);
	ck_assert_uint_eq(t[0].partitions[0].n_isr, 1);
	ck_assert_int_eq(t[0].partitions[1].leader, -1);
	ck_assert_uint_eq(t[0].partitions[1].n_isr, 0);
	ck_assert_int_eq(t[1].error, COMM_ETOPIC_UNAVAILABLE);
	ck_assert_str_eq(t[1].error_message, "not there");
	ck_assert_uint_eq(listed.topics->n_brokers, 1);
	ck_assert_str_eq(listed.topics->brokers[0].host, "b1.example");
	ck_assert_int_eq(listed.topics->brokers[0].port, 9092);
	comm_topics_free(listed.topics);
	comm_topics_free(NULL);
}
END_TEST

struct ended {
	size_t n;
	int error;
	char message[128];
};

static void on_ended(struct comm *c, int error, void *arg)
{
	struct ended *ended = arg;

	ended->n++;
	ended->error = error;
	strncpy(ended->message, comm_error_message(c), sizeof ended->message - 1);
}

START_TEST(topics_are_created_and_deleted)
{
	const struct comm_setting settings[] = { { "retention.ms", "1000" }, { "a", "b" } };
	const struct comm_wire_setting *asked;
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct ended ended = { 0 };

	ck_assert_int_eq(comm_create_topic_async(c, "t", 3, 0, settings, 2, on_ended, &ended), 0);
	peer_answer(&p, peer_read(&p, COMM_METHOD_CREATE_TOPIC), COMM_METHOD_CREATE_TOPIC, NULL);
	asked = p.params.create_topic_params.settings.items;
	ck_assert_int_eq(p.params.create_topic_params.partitions, 3);
	ck_assert_int_eq(p.params.create_topic_params.replication, COMM_NONE);
	ck_assert_uint_eq(p.params.create_topic_params.settings.n, 2);
	ck_assert(comm_bytes_is(asked[0].name, "retention.ms"));
	ck_assert(comm_bytes_is(asked[0].value, "1000"));
	client_until(c, &ended.n, 1);
	ck_assert_int_eq(ended.error, 0);

	ck_assert_int_eq(comm_delete_topic_async(c, "t", on_ended, &ended), 0);
	peer_refuse(&p, peer_read(&p, COMM_METHOD_DELETE_TOPIC), COMM_ETOPIC_DELETE,
		    "TOPIC_DELETION_DISABLED: no", NULL);
	client_until(c, &ended.n, 2);
	ck_assert_int_eq(ended.error, COMM_ETOPIC_DELETE);
	ck_assert_str_eq(ended.message, "TOPIC_DELETION_DISABLED: no");
	ck_assert_int_eq(comm_delete_topic_async(c, NULL, on_ended, &ended), COMM_EINVALID);

	/* Whether it was done cannot be known: it is not done twice. */
	ck_assert_int_eq(comm_delete_topic_async(c, "t", on_ended, &ended), 0);
	(void)peer_read(&p, COMM_METHOD_DELETE_TOPIC);
	peer_close(&p);
	client_until(c, &ended.n, 3);
	ck_assert_int_eq(ended.error, COMM_EUNKNOWN_OUTCOME);
	ck_assert_int_eq(comm_timeout(c), -1);
	comm_close(c, 0, NULL);
	fake_free(f);
}
END_TEST

static void answer_status(struct fake *f, void *arg)
{
	static const struct comm_wire_counter counters[] = { { B("connections"), 4 } };
	static const struct comm_wire_profile profiles[] = {
		{ B("default"), B("up"), { NULL, 0 }, 10, 7, 1, 2, 200, 5, 1, { 0 } },
	};
	static const struct comm_wire_subscription subscriptions[] = {
		{ 1, B("tester"), 99, B("default"), B("g"), 3, 5, 2, 40, 1, true, COMM_NONE },
		{ 2,
		  B("tester"),
		  99,
		  B("default"),
		  { NULL, 0 },
		  1,
		  0,
		  0,
		  COMM_NONE,
		  0,
		  false,
		  1500 },
	};
	static const struct comm_wire_topic_ledger topics[] = {
		{ B("default"), B("t"), 10, 7, 1, 2 },
	};
	static const struct comm_wire_client_ledger clients[] = {
		{ B("tester"), 99, 1000, B("default"), 9, 7, 1, 1, true },
		{ B("gone"), 98, 1001, B("default"), 1, 0, 0, 1, false },
	};
	static const struct comm_wire_error error = {
		COMM_ETOO_BIG, B("COMM_ETOO_BIG"), B("refused"), false, { NULL, 0 },
	};
	static const struct comm_wire_discard discards[] = {
		{ 1000, 2000, B("default"), B("t"), B("tester"), 99, 1000, &error, true, 1 },
	};
	static const struct comm_wire_event events[] = {
		{ 3, 4, B("reset"), B("default"), B("g"), B("t"), 5, B("out of range"), 2 },
		{ 1,
		  1,
		  B("rebuilt"),
		  B("default"),
		  { NULL, 0 },
		  { NULL, 0 },
		  COMM_NONE,
		  B("gone"),
		  1 },
	};
	const struct comm_status_result result = {
		B("commd"),
		B("1.2.3"),
		B("dev"),
		B("2.0.2"),
		17,
		5000,
		{ counters, 1 },
		{ profiles, 1 },
		{ subscriptions, 2 },
		{ topics, 1 },
		{ clients, 2 },
		{ discards, 1 },
		{ events, 2 },
	};

	(void)f;
	peer_answer(arg, peer_read(arg, COMM_METHOD_STATUS), COMM_METHOD_STATUS, &result);
}

static void check_ledgers(const struct comm_status *s)
{
	const struct comm_discard *d = s->discards;

	ck_assert_uint_eq(s->n_topics, 1);
	ck_assert_str_eq(s->topics[0].profile, "default");
	ck_assert_str_eq(s->topics[0].topic, "t");
	ck_assert_int_eq(s->topics[0].in_flight, 2);
	ck_assert_uint_eq(s->n_clients, 2);
	ck_assert_str_eq(s->clients[0].client, "tester");
	ck_assert_int_eq(s->clients[0].uid, 1000);
	ck_assert_int_eq(s->clients[0].persisted, 7);
	ck_assert(s->clients[0].is_connected && !s->clients[1].is_connected);
	ck_assert_uint_eq(s->n_discards, 1);
	ck_assert_int_eq(d->first_ms, 1000);
	ck_assert_int_eq(d->last_ms, 2000);
	ck_assert_str_eq(d->client, "tester");
	ck_assert_int_eq(d->pid, 99);
	ck_assert_int_eq(d->error, COMM_ETOO_BIG);
	ck_assert_str_eq(d->error_name, "COMM_ETOO_BIG");
	ck_assert_str_eq(d->message, "refused");
	ck_assert(d->maybe_persisted);
	ck_assert_int_eq(d->n_records, 1);
}

static void check_readers(const struct comm_status *s)
{
	const struct comm_event *e = s->events;

	ck_assert_uint_eq(s->n_subscriptions, 2);
	ck_assert_str_eq(s->subscriptions[0].group, "g");
	ck_assert_ptr_null(s->subscriptions[1].group);
	ck_assert_int_eq(s->subscriptions[0].unacknowledged, 2);
	ck_assert_int_eq(s->subscriptions[0].lag, 40);
	ck_assert_int_eq(s->subscriptions[0].n_paused, 1);
	ck_assert(s->subscriptions[0].is_stalled && !s->subscriptions[1].is_stalled);
	ck_assert_int_eq(s->subscriptions[1].lag, -1);
	ck_assert_int_eq(s->subscriptions[0].idle_ms, -1);
	ck_assert_int_eq(s->subscriptions[1].idle_ms, 1500);
	ck_assert_uint_eq(s->n_events, 2);
	ck_assert_int_eq(e[0].first_ms, 3);
	ck_assert_int_eq(e[0].last_ms, 4);
	ck_assert_str_eq(e[0].event, "reset");
	ck_assert_str_eq(e[0].profile, "default");
	ck_assert_str_eq(e[0].group, "g");
	ck_assert_str_eq(e[0].topic, "t");
	ck_assert_int_eq(e[0].partition, 5);
	ck_assert_str_eq(e[0].message, "out of range");
	ck_assert_int_eq(e[0].n_times, 2);
	ck_assert(!e[1].group && !e[1].topic && e[1].partition == -1);
}

START_TEST(the_daemon_tells_about_itself)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_status *s;

	fake_run(f, answer_status, &p);
	ck_assert_int_eq(comm_status(c, &s), 0);
	fake_join(f);
	ck_assert_str_eq(s->version, "1.2.3");
	ck_assert_str_eq(s->mode, "dev");
	ck_assert_str_eq(s->librdkafka, "2.0.2");
	ck_assert_int_eq(s->pid, 17);
	ck_assert_int_eq(s->uptime_ms, 5000);
	ck_assert_uint_eq(s->n_counters, 1);
	ck_assert_str_eq(s->counters[0].name, "connections");
	ck_assert_int_eq(s->counters[0].value, 4);
	ck_assert_uint_eq(s->n_profiles, 1);
	ck_assert_str_eq(s->profiles[0].state, "up");
	ck_assert_str_eq(s->profiles[0].error, "");
	ck_assert_int_eq(s->profiles[0].persisted, 7);
	ck_assert_int_eq(s->profiles[0].n_consumers, 1);
	check_readers(s);
	check_ledgers(s);
	comm_status_free(s);
	comm_status_free(NULL);
	client_end(c, &p, f);
}
END_TEST

TEST_MAIN("client_topics", topics_come_with_partitions_and_brokers, topics_are_created_and_deleted,
	  the_daemon_tells_about_itself)

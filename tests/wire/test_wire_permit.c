/*
 * Who may do what, as real users of this host with groups of their own: a connection belongs to whom
 * the kernel says.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/said.h"
#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"

static const char *const dev[] = { "--dev", NULL };

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[2]; /* 0: none */
};

/* A daemon with the embedded cluster and two profiles. */
static struct daemon_under_test *start(const char *rules)
{
	static const struct dut_profile profiles[] = { { "default", "bootstrap.servers=mock\n" },
						       { "other", "bootstrap.servers=mock\n" },
						       { 0 } };

	return dut_start_profiles(rules, profiles, dev);
}

static int connect_as(const struct daemon_under_test *d, const struct user *u)
{
	size_t n = 0;

	while (n < ARRAY_SIZE(u->groups) && u->groups[n])
		n++;
	return wire_connect_in(d, u->uid, u->gid, u->groups, n);
}

static const struct user root = { 0 }, alice = { 41001, 41001, { 0 } },
			 bob = { 41002, 41002, { 0 } }, carol = { 41003, 41003, { 42001, 42009 } },
			 dave = { 41004, 42002, { 42000 } }, eve = { 41005, 41005, { 0 } };

/* Ask, and tell whether it was not denied. What else may be wrong is not what is asked. */
static bool may(int fd, enum comm_method_id method, const void *params)
{
	struct wire_reply reply;
	bool yes;

	wire_request(fd, 1, method, params);
	wire_read_id(fd, 1, &reply);
	yes = reply.code != COMM_EDENIED;
	wire_reply_fini(&reply);
	return yes;
}

static bool may_produce(int fd, const char *topic)
{
	const struct comm_send_params params = { .topic = comm_bytes_of(topic),
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };

	return may(fd, COMM_METHOD_SEND, &params);
}

/* With a start that does not exist, so that nothing is opened. */
static bool may_consume(int fd, const char *topic, const char *group)
{
	const struct comm_wire_topic_ref ref = { comm_bytes_of(topic), COMM_NONE, COMM_NONE };
	const struct comm_subscribe_params params = { .group = comm_bytes_of(group),
						      .topics = { &ref, 1 },
						      .start = comm_bytes_of("nowhere"),
						      .at = COMM_NONE,
						      .timeout_ms = COMM_NONE };

	return may(fd, COMM_METHOD_SUBSCRIBE, &params);
}

static bool may_administer(int fd, const char *topic)
{
	const struct comm_add_partitions_params params = { .topic = comm_bytes_of(topic),
							   .timeout_ms = COMM_NONE };

	return may(fd, COMM_METHOD_ADD_PARTITIONS, &params);
}

static const char rules[] = "[rule operators]\n"
			    "users = root\n"
			    "allow = produce consume administer status\n"
			    "[rule no-secrets]\n"
			    "users = *\n"
			    "topics = secret*\n"
			    "deny = produce consume\n"
			    "[rule alice]\n"
			    "users = 41001\n"
			    "topics = orders-* secret-of-alice\n"
			    "consumer-groups = shop-*\n"
			    "allow = produce consume\n"
			    "[rule readers]\n"
			    "groups = 42001\n"
			    "topics = *-public log?\n"
			    "allow = consume\n"
			    "[rule team]\n"
			    "users = 41002\n"
			    "groups = 42000\n"
			    "topics = team-[ab]-*\n"
			    "allow = produce consume administer\n"
			    "[rule watch]\n"
			    "groups = 42002\n"
			    "allow = status\n"
			    "[rule elsewhere]\n"
			    "users = 41005\n"
			    "profiles = oth*\n"
			    "allow = consume\n";

static const char *const topics[] = { "orders-1", "secret-of-alice", "eu-public",
				      "log1",     "team-b-1",        "team-c-1" };

START_TEST(six_users_four_operations_six_patterns)
{
	static const struct {
		const struct user *user;
		bool status;
		const char *cells[ARRAY_SIZE(topics)];
	} table[] = {
		{ &root, true, { "pca", "pca", "pca", "pca", "pca", "pca" } },
		{ &alice, false, { "pc-", "---", "---", "---", "---", "---" } },
		{ &bob, false, { "---", "---", "---", "---", "pca", "---" } },
		{ &carol, false, { "---", "---", "-c-", "-c-", "---", "---" } },
		{ &dave, true, { "---", "---", "---", "---", "pca", "---" } },
		{ &eve, false, { "---", "---", "---", "---", "---", "---" } },
	};
	struct daemon_under_test *d;

	d = start(rules);
	for (size_t u = 0; u < ARRAY_SIZE(table); u++) {
		int fd = connect_as(d, table[u].user);

		for (size_t t = 0; t < ARRAY_SIZE(topics); t++) {
			const char cell[] = { may_produce(fd, topics[t]) ? 'p' : '-',
					      may_consume(fd, topics[t], NULL) ? 'c' : '-',
					      may_administer(fd, topics[t]) ? 'a' : '-', '\0' };

			ck_assert_msg(!strcmp(cell, table[u].cells[t]), "uid %u, %s: %s, not %s",
				      table[u].user->uid, topics[t], cell, table[u].cells[t]);
		}
		ck_assert_int_eq(may(fd, COMM_METHOD_CLIENTS, NULL), table[u].status);
		close(fd);
	}
	dut_stop(d);
}
END_TEST

START_TEST(a_group_and_a_profile_are_permitted_too)
{
	struct daemon_under_test *d;
	int fd;

	d = start(rules);
	fd = connect_as(d, &alice);
	ck_assert(may_consume(fd, "orders-1", "shop-1"));
	ck_assert(!may_consume(fd, "orders-1", "logs"));
	close(fd);
	fd = connect_as(d, &eve);
	ck_assert(!may_consume(fd, "log1", NULL));
	wire_hello(fd, NULL, "other");
	ck_assert(may_consume(fd, "log1", NULL));
	ck_assert(!may_produce(fd, "log1"));
	close(fd);
	dut_stop(d);
}
END_TEST

/* What was permitted once must not be remembered for another topic or profile. */
START_TEST(each_send_is_permitted)
{
	struct daemon_under_test *d;
	int fd;

	d = start("[rule a]\nusers = 41001\nprofiles = default\ntopics = a*\nallow = produce\n");
	fd = connect_as(d, &alice);
	for (int i = 0; i < 2; i++) {
		ck_assert(may_produce(fd, "a1"));
		ck_assert(may_produce(fd, "a1"));
		ck_assert(!may_produce(fd, "b1"));
		ck_assert(may_produce(fd, "a2"));
	}
	wire_hello(fd, NULL, "other");
	ck_assert(!may_produce(fd, "a2"));
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(a_refusal_names_the_rule)
{
	const struct comm_send_params send = { .topic = comm_bytes_of("secret-1"),
					       .timeout_ms = COMM_NONE,
					       .written_ms = COMM_NONE };
	struct daemon_under_test *d;
	int fd;

	d = start(rules);
	fd = connect_as(d, &alice);
	for (uint64_t id = 1; id < 4; id++) {
		wire_request(fd, id, COMM_METHOD_SEND, &send);
		wire_expect_error(fd, id, COMM_EDENIED,
				  "uid 41001 may not produce to topic \"secret-1\": rule "
				  "\"no-secrets\" (");
	}
	ck_assert_int_eq(wire_counter(fd, "denied_total"), 3);
	dut_expect_logged(d, "commd.conf:4) denies it", 1);
	dut_expect_logged(d, "is denied send", 1);
	close(fd);
	dut_stop(d);
}
END_TEST

/* Be denied something, as @u, and then send what is no message, on a connection of its own. */
static void be_refused(const struct daemon_under_test *d, const struct user *u)
{
	int fd = connect_as(d, u);

	ck_assert(!may_produce(fd, "secret-1"));
	wire_write(fd, "\xc1", 1);
	wire_expect_closed(fd);
	close(fd);
}

/* How many lines about what became of @u have @words. */
static const char *line_of(const struct user *u, const char *words)
{
	static char text[80];

	(void)snprintf(text, sizeof text, "uid %u) is %s", (unsigned int)u->uid, words);
	return text;
}

static size_t n_lines(const struct daemon_under_test *d, const struct user *u, const char *words)
{
	return dut_n_logged(d, line_of(u, words));
}

/* The journal takes so many lines of commd, and no more, whoever they are about. */
START_TEST(one_user_leaves_room_in_the_log_for_others)
{
	enum { N = 3 * SAID_LINES_MAX };
	int64_t begun_ms = wire_now_ms();
	struct daemon_under_test *d;
	size_t most;
	int fd;

	d = start(rules);
	for (int i = 0; i < N; i++)
		be_refused(d, &alice);
	be_refused(d, &bob);
	most = SAID_LINES_MAX * (1 + (size_t)(wire_now_ms() - begun_ms) / SAID_PERIOD_MS);
	fd = connect_as(d, &root);
	ck_assert_int_eq(wire_counter(fd, "denied_total"), N + 1);
	ck_assert_int_eq(wire_counter(fd, "connections_broken_total"), N + 1);
	/* These come last. */
	dut_expect_logged(d, line_of(&bob, "denied send"), 1);
	dut_expect_logged(d, line_of(&bob, "disconnected"), 1);
	ck_assert_uint_ge(n_lines(d, &alice, "denied send"), SAID_LINES_MAX);
	ck_assert_uint_le(n_lines(d, &alice, "denied send"), most);
	ck_assert_uint_ge(n_lines(d, &alice, "disconnected"), SAID_LINES_MAX);
	ck_assert_uint_le(n_lines(d, &alice, "disconnected"), most);
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(without_rules_a_stranger_is_told_what_to_do)
{
	const struct comm_send_params send = { .topic = comm_bytes_of("t"),
					       .timeout_ms = COMM_NONE,
					       .written_ms = COMM_NONE };
	struct daemon_under_test *d;
	int fd;

	d = start("");
	fd = connect_as(d, &alice);
	wire_request(fd, 1, COMM_METHOD_SEND, &send);
	wire_expect_error(fd, 1, COMM_EDENIED,
			  "uid 41001 may not produce to topic \"t\": members of group "
			  "commd-clients may");
	ck_assert(may(fd, COMM_METHOD_PING, NULL));
	close(fd);
	fd = connect_as(d, &root);
	ck_assert(may_produce(fd, "t"));
	ck_assert(may_administer(fd, "t"));
	ck_assert(may(fd, COMM_METHOD_CLIENTS, NULL));
	close(fd);
	dut_stop(d);
}
END_TEST

START_TEST(lists_show_what_one_may_see)
{
	const struct comm_list_topics_params all = { .timeout_ms = COMM_NONE };
	const struct comm_list_topics_params one = { .topic = comm_bytes_of("log1"),
						     .timeout_ms = COMM_NONE };
	struct comm_list_topics_result result;
	const struct comm_wire_topic *listed;
	struct daemon_under_test *d;
	struct wire_reply reply;
	int fd;

	d = start(rules);
	fd = connect_as(d, &root);
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		wire_create_topic(fd, topics[i], 1);
	wire_call(fd, 1, COMM_METHOD_LIST_TOPICS, &all, &reply, &result);
	ck_assert_uint_eq(result.topics.n, ARRAY_SIZE(topics));
	wire_reply_fini(&reply);
	close(fd);
	fd = connect_as(d, &alice);
	wire_call(fd, 1, COMM_METHOD_LIST_TOPICS, &all, &reply, &result);
	listed = result.topics.items;
	ck_assert_uint_eq(result.topics.n, 1);
	ck_assert(comm_bytes_is(listed->name, "orders-1"));
	wire_reply_fini(&reply);
	wire_request(fd, 2, COMM_METHOD_LIST_TOPICS, &one);
	wire_expect_error(fd, 2, COMM_EDENIED, "may not see topic \"log1\"");
	close(fd);
	dut_stop(d);
}
END_TEST

/* One answer: the number of its records, which all have to be of @topic. */
static size_t receive(int fd, int64_t subscription, const char *topic)
{
	struct comm_receive_params params = wire_receive(subscription, COMM_NONE, 9000);
	struct comm_receive_result result;
	const struct comm_wire_batch *batch;
	struct wire_reply reply;
	size_t n = 0;

	params.until_end = true;
	wire_call(fd, 1003, COMM_METHOD_RECEIVE, &params, &reply, &result);
	batch = result.topics.items;
	for (size_t i = 0; i < result.topics.n; i++) {
		ck_assert_msg(comm_bytes_is(batch[i].topic, topic), "of topic %.*s",
			      (int)batch[i].topic.len, batch[i].topic.data);
		n += batch[i].records.n;
	}
	wire_reply_fini(&reply);
	return n;
}

START_TEST(status_shows_others_to_those_who_may_see_it)
{
	struct daemon_under_test *d;
	struct comm_status_result result;
	const struct comm_wire_client_ledger *client;
	const struct comm_wire_subscription *subscription;
	struct wire_reply reply;
	int by_root, by_alice, by_eve, by_dave;

	d = start(rules);
	by_root = connect_as(d, &root);
	by_alice = connect_as(d, &alice);
	by_eve = connect_as(d, &eve);
	by_dave = connect_as(d, &dave);
	wire_create_topic(by_root, "orders-1", 1);
	wire_send_numbers(by_root, "orders-1", 0, 2);
	wire_send_numbers(by_alice, "orders-1", 0, 3);
	(void)wire_subscribe(by_root, NULL, "orders-1", "earliest");
	(void)wire_subscribe(by_alice, NULL, "orders-1", "earliest");

	wire_call(by_alice, 1, COMM_METHOD_STATUS, NULL, &reply, &result);
	client = result.clients.items;
	ck_assert_uint_eq(result.clients.n, 1);
	ck_assert_int_eq(client->uid, 41001);
	subscription = result.subscriptions.items;
	ck_assert_uint_eq(result.subscriptions.n, 1);
	ck_assert_int_eq(subscription->delivered, 0);
	ck_assert_uint_eq(result.topics.n, 0);
	ck_assert_uint_eq(result.profiles.n, 2);
	ck_assert_uint_gt(result.counters.n, 0);
	wire_reply_fini(&reply);

	wire_call(by_eve, 1, COMM_METHOD_STATUS, NULL, &reply, &result);
	ck_assert_uint_eq(result.clients.n, 0);
	ck_assert_uint_eq(result.subscriptions.n, 0);
	wire_reply_fini(&reply);

	wire_call(by_dave, 1, COMM_METHOD_STATUS, NULL, &reply, &result);
	ck_assert_uint_eq(result.clients.n, 2);
	ck_assert_uint_eq(result.subscriptions.n, 2);
	ck_assert_uint_eq(result.topics.n, 1);
	wire_reply_fini(&reply);

	close(by_root);
	close(by_alice);
	close(by_eve);
	close(by_dave);
	dut_stop(d);
}
END_TEST

/* Neither those there are nor those that come. */
/* What commd.description is told to @fd as; "" if as nothing. */
static const char *description(int fd)
{
	static char text[600];
	struct comm_status_result result;
	const struct comm_wire_profile *p;
	struct wire_reply reply;

	wire_call(fd, 1, COMM_METHOD_STATUS, NULL, &reply, &result);
	ck_assert_uint_eq(result.profiles.n, 1);
	p = result.profiles.items;
	(void)snprintf(text, sizeof text, "%.*s", (int)p->description.len,
		       p->description.data ? p->description.data : "");
	wire_reply_fini(&reply);
	return text;
}

static void set_description(const struct daemon_under_test *d, int fd, const char *text)
{
	char profile[700];

	(void)snprintf(profile, sizeof profile, "bootstrap.servers=mock\ncommd.description=%s\n",
		       text);
	dut_write_file(d, "profiles/default.conf", profile);
	wire_request(fd, 2, COMM_METHOD_RELOAD, NULL);
	wire_expect_ok(fd, 2);
}

START_TEST(what_a_profile_is_for_is_told_to_operators)
{
	char book[600] = "", beginning[256] = "";
	struct daemon_under_test *d;
	int by_root, by_alice;

	d = dut_start_files(rules, "bootstrap.servers=mock\n", dev);
	by_root = connect_as(d, &root);
	by_alice = connect_as(d, &alice);
	ck_assert_str_eq(description(by_root), "");
	set_description(d, by_root, "of this host");
	ck_assert_str_eq(description(by_root), "of this host");
	ck_assert_str_eq(description(by_alice), "");

	/* It is cut, between characters. */
	memset(book, 'x', 255);
	memcpy(beginning, book, 255);
	strcat(book, "\xc3\xa4 and so on");
	set_description(d, by_root, book);
	ck_assert_str_eq(description(by_root), beginning);
	close(by_root);
	close(by_alice);
	dut_stop(d);
}
END_TEST

START_TEST(a_pattern_reads_what_is_permitted)
{
	struct daemon_under_test *d;
	int64_t subscription;
	int by_root, fd;
	size_t n;

	d = start(rules);
	by_root = connect_as(d, &root);
	wire_create_topic(by_root, "orders-1", 1);
	wire_create_topic(by_root, "team-a-1", 1);
	wire_send_numbers(by_root, "orders-1", 0, 5);
	wire_send_numbers(by_root, "team-a-1", 0, 7);
	fd = connect_as(d, &alice);
	subscription = wire_subscribe(fd, "shop-1", "^[a-z]*-", "earliest");
	for (n = 0; n < 5;)
		n += receive(fd, subscription, "orders-1");
	ck_assert_uint_eq(n, 5);
	wire_create_topic(by_root, "team-b-1", 1);
	wire_create_topic(by_root, "orders-2", 1);
	wire_send_numbers(by_root, "team-b-1", 0, 3);
	wire_send_numbers(by_root, "orders-2", 0, 4);
	for (n = 0; n < 4;)
		n += receive(fd, subscription, "orders-2");
	ck_assert_uint_eq(n, 4);
	close(by_root);
	close(fd);
	dut_stop(d);
}
END_TEST

static bool may_reset(int fd, const char *group, const char *topic)
{
	const struct comm_wire_topic_ref ref = { comm_bytes_of(topic), COMM_NONE, COMM_NONE };
	const struct comm_reset_group_params params = { .group = comm_bytes_of(group),
							.topics = { &ref, 1 },
							.start = comm_bytes_of("latest"),
							.at = COMM_NONE,
							.dry_run = true,
							.timeout_ms = COMM_NONE };

	return may(fd, COMM_METHOD_RESET_GROUP, &params);
}

/* It tells where they end. */
START_TEST(a_reset_is_of_topics_that_one_may_see)
{
	struct daemon_under_test *d;
	int by_bob;

	d = start(rules);
	by_bob = connect_as(d, &bob);
	ck_assert(may_reset(by_bob, "g", "team-a-1"));
	ck_assert(!may_reset(by_bob, "g", "orders-1"));
	close(by_bob);
	dut_stop(d);
}
END_TEST

/* It came when it was permitted, and waited for the brokers. */
START_TEST(a_send_that_waits_is_permitted_when_it_goes)
{
	struct daemon_under_test *d;
	struct broker b;
	int fd, other;

	broker_init(&b, "");
	broker_create_topic(&b, "t", 1);
	broker_set_down(&b);
	d = dut_start_files("", b.properties, NULL);
	fd = wire_connect(d);
	other = wire_connect(d);
	wire_request_send(fd, 1, "t", comm_bytes_of("x"), "broker", 60000);
	while (!wire_counter(other, "waiting_bytes"))
		;
	dut_write_file(d, "commd.conf",
		       "[rule none]\nusers = *\ndeny = produce\n"
		       "[rule all]\nusers = *\nallow = administer status\n");
	wire_request(other, 2, COMM_METHOD_RELOAD, NULL);
	wire_expect_ok(other, 2);
	broker_set_up(&b);
	wire_expect_error(fd, 1, COMM_EDENIED, "none");
	close(fd);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

TEST_MAIN_AS_ROOT("wire permit", six_users_four_operations_six_patterns,
		  a_group_and_a_profile_are_permitted_too, each_send_is_permitted,
		  a_refusal_names_the_rule, one_user_leaves_room_in_the_log_for_others,
		  without_rules_a_stranger_is_told_what_to_do, lists_show_what_one_may_see,
		  status_shows_others_to_those_who_may_see_it,
		  what_a_profile_is_for_is_told_to_operators, a_pattern_reads_what_is_permitted,
		  a_reset_is_of_topics_that_one_may_see,
		  a_send_that_waits_is_permitted_when_it_goes)

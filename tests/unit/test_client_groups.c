/*
 * What the library asks about groups, offsets and topics' settings, and what it makes of the answers.
 */
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

/* What was called back; the result is the test's. */
struct told {
	size_t n;
	int error;
	void *result;
};

static void tell(struct told *told, int error, void *result)
{
	told->n++;
	told->error = error;
	told->result = result;
}

#define ON(name)                                                                                \
	static void on_##name(struct comm *c, int error, struct comm_##name *result, void *arg) \
	{                                                                                       \
		(void)c;                                                                        \
		tell(arg, error, result);                                                       \
	}
ON(groups)
ON(group)
ON(positions)
ON(offsets)
ON(topic_description)

static void on_done(struct comm *c, int error, void *arg)
{
	(void)c;
	tell(arg, error, NULL);
}

/* A handle, a daemon, and the one thing that is asked. */
struct talk {
	struct fake *f;
	struct peer p;
	struct comm *c;
	struct told told;
};

static void begin(struct talk *t)
{
	*t = (struct talk){ .f = fake_new() };
	t->c = client_connect(t->f, &t->p, NULL);
}

/* Read the request, answer it, and wait until that is called back; the parameters stay. */
static void answer(struct talk *t, enum comm_method_id method, const void *result)
{
	size_t n = t->told.n;

	peer_answer(&t->p, peer_read(&t->p, method), method, result);
	client_until(t->c, &t->told.n, n + 1);
	ck_assert_int_eq(t->told.error, 0);
}

static void end(struct talk *t)
{
	client_end(t->c, &t->p, t->f);
}

START_TEST(groups_are_listed)
{
	static const struct comm_wire_group wire[] = {
		{ B("billing"), B("Stable"), false },
		{ B("simple"), B("Empty"), true },
	};
	const struct comm_list_groups_result result = { { wire, 2 } };
	const struct comm_groups *g;
	struct talk t;

	begin(&t);
	ck_assert_int_eq(comm_list_groups_async(t.c, on_groups, &t.told), 0);
	answer(&t, COMM_METHOD_LIST_GROUPS, &result);
	ck_assert_int_gt(t.p.params.list_groups_params.timeout_ms, 0);
	g = t.told.result;
	ck_assert_uint_eq(g->n_groups, 2);
	ck_assert_str_eq(g->groups[0].group, "billing");
	ck_assert_str_eq(g->groups[0].state, "Stable");
	ck_assert_int_eq(g->groups[0].is_simple, 0);
	ck_assert_str_eq(g->groups[1].group, "simple");
	ck_assert_int_eq(g->groups[1].is_simple, 1);
	comm_groups_free(t.told.result);
	comm_groups_free(NULL);
	end(&t);
}
END_TEST

static const struct comm_wire_group billing = { B("billing"), B("Stable"), false };

static const struct comm_wire_topic_ref owned[] = {
	{ B("orders"), 0, COMM_NONE },
	{ B("orders"), 1, COMM_NONE },
};

static const struct comm_wire_member members[] = {
	{ B("m-1"), B("static-1"), B("commd"), B("/10.0.0.1"), true, { owned, 2 } },
	{ B("m-2"), { NULL, 0 }, B("java"), B("/10.0.0.2"), false, { NULL, 0 } },
};

static const struct comm_wire_group_lag lags[] = {
	{ B("orders"), 0, 10, 15, 5, B("m-1") },
	{ B("orders"), 1, COMM_NONE, COMM_NONE, COMM_NONE, { NULL, 0 } },
};

static void check_group(const struct comm_group *g)
{
	ck_assert_str_eq(g->group.group, "billing");
	ck_assert_str_eq(g->group.state, "Stable");
	ck_assert_int_eq(g->coordinator, 3);
	ck_assert_str_eq(g->assignor, "range");
	ck_assert_uint_eq(g->n_members, 2);
	ck_assert_str_eq(g->members[0].member, "m-1");
	ck_assert_str_eq(g->members[0].instance, "static-1");
	ck_assert_str_eq(g->members[0].client, "commd");
	ck_assert_str_eq(g->members[0].host, "/10.0.0.1");
	ck_assert_int_eq(g->members[0].is_here, 1);
	ck_assert_uint_eq(g->members[0].n_partitions, 2);
	ck_assert_str_eq(g->members[0].partitions[1].topic, "orders");
	ck_assert_int_eq(g->members[0].partitions[1].partition, 1);
	ck_assert_int_eq(g->members[0].partitions[1].offset, -1);
	ck_assert_ptr_null(g->members[1].instance);
	ck_assert_int_eq(g->members[1].is_here, 0);
	ck_assert_uint_eq(g->members[1].n_partitions, 0);
	ck_assert_uint_eq(g->n_partitions, 2);
	ck_assert_str_eq(g->partitions[0].topic, "orders");
	ck_assert_int_eq(g->partitions[0].committed, 10);
	ck_assert_int_eq(g->partitions[0].end, 15);
	ck_assert_int_eq(g->partitions[0].lag, 5);
	ck_assert_str_eq(g->partitions[0].member, "m-1");
	ck_assert_int_eq(g->partitions[1].partition, 1);
	ck_assert_int_eq(g->partitions[1].committed, -1);
	ck_assert_int_eq(g->partitions[1].end, -1);
	ck_assert_int_eq(g->partitions[1].lag, -1);
	ck_assert_ptr_null(g->partitions[1].member);
}

START_TEST(a_group_is_described)
{
	const struct comm_describe_group_result result = {
		&billing, 3, B("range"), { members, 2 }, { lags, 2 },
	};
	const struct comm_describe_group_result unknown = {
		&billing, COMM_NONE, B(""), { NULL, 0 }, { NULL, 0 },
	};
	struct talk t;

	begin(&t);
	ck_assert_int_eq(comm_describe_group_async(t.c, "billing", on_group, &t.told), 0);
	answer(&t, COMM_METHOD_DESCRIBE_GROUP, &result);
	ck_assert(comm_bytes_is(t.p.params.describe_group_params.group, "billing"));
	check_group(t.told.result);
	comm_group_free(t.told.result);

	ck_assert_int_eq(comm_describe_group_async(t.c, "billing", on_group, &t.told), 0);
	answer(&t, COMM_METHOD_DESCRIBE_GROUP, &unknown);
	ck_assert_int_eq(((const struct comm_group *)t.told.result)->coordinator, -1);
	comm_group_free(t.told.result);

	ck_assert_int_eq(comm_describe_group_async(t.c, NULL, on_group, &t.told), COMM_EINVALID);
	ck_assert_str_eq(comm_error_message(t.c), "group is NULL");
	ck_assert_int_eq(comm_describe_group_async(t.c, "g", NULL, NULL), COMM_EINVALID);
	end(&t);
}
END_TEST

static const struct comm_wire_position places[] = {
	{ B("orders"), 0, 5 },
	{ B("logs"), 2, 0 },
};

START_TEST(a_group_is_reset)
{
	static const struct comm_position positions[] = {
		{ "orders", -1, -1 },
		{ "logs", 2, -1 },
		{ "logs", 3, 7 },
	};
	const struct comm_reset by_time = {
		COMM_START_TIME, 1700000000000, positions, ARRAY_SIZE(positions), 1,
	};
	const struct comm_reset too_many = { .positions = positions, .n_positions = 5000 };
	const struct comm_reset_group_result result = { { places, 2 } };
	const struct comm_reset_group_params *asked;
	const struct comm_wire_topic_ref *refs;
	const struct comm_positions *told;
	struct talk t;

	begin(&t);
	asked = &t.p.params.reset_group_params;
	ck_assert_int_eq(comm_reset_group_async(t.c, "g", &by_time, on_positions, &t.told), 0);
	answer(&t, COMM_METHOD_RESET_GROUP, &result);
	ck_assert(comm_bytes_is(asked->start, "time"));
	ck_assert_int_eq(asked->at, 1700000000000);
	ck_assert(asked->dry_run);
	ck_assert_uint_eq(asked->topics.n, 3);
	refs = asked->topics.items;
	ck_assert(comm_bytes_is(refs[0].topic, "orders"));
	ck_assert(refs[0].partition == COMM_NONE && refs[0].offset == COMM_NONE);
	ck_assert(refs[1].partition == 2 && refs[1].offset == COMM_NONE);
	ck_assert(refs[2].partition == 3 && refs[2].offset == 7);
	told = t.told.result;
	ck_assert_uint_eq(told->n_positions, 2);
	ck_assert_int_eq(told->positions[0].offset, 5);
	ck_assert_str_eq(told->positions[1].topic, "logs");
	ck_assert_int_eq(told->positions[1].partition, 2);
	ck_assert_int_eq(told->positions[1].offset, 0);
	comm_positions_free(t.told.result);

	ck_assert_int_eq(comm_reset_group_async(t.c, "g", NULL, on_positions, &t.told), 0);
	answer(&t, COMM_METHOD_RESET_GROUP, &result);
	ck_assert_int_eq(comm_reset_group_async(t.c, "g", &(struct comm_reset){ .start = 17 },
						on_positions, &t.told),
			 COMM_EINVALID);
	ck_assert_int_eq(comm_reset_group_async(t.c, "g", &(struct comm_reset){ .n_positions = 2 },
						on_positions, &t.told),
			 COMM_EINVALID);
	ck_assert_str_eq(comm_error_message(t.c), "positions is NULL");
	ck_assert_int_eq(comm_reset_group_async(t.c, "g", &too_many, on_positions, &t.told),
			 COMM_EINVALID);
	ck_assert_str_eq(comm_error_message(t.c), "5000 positions; at most 4096 are allowed");
	ck_assert(!asked->start.data && asked->at == COMM_NONE && !asked->dry_run &&
		  !asked->topics.n);
	comm_positions_free(t.told.result);
	end(&t);
}
END_TEST

/* It may have been done: it is not done twice. */
START_TEST(a_reset_is_not_asked_for_again)
{
	struct talk t;

	begin(&t);
	ck_assert_int_eq(comm_reset_group_async(t.c, "g", NULL, on_positions, &t.told), 0);
	(void)peer_read(&t.p, COMM_METHOD_RESET_GROUP);
	peer_close(&t.p);
	client_until(t.c, &t.told.n, 1);
	ck_assert_int_eq(t.told.error, COMM_EUNKNOWN_OUTCOME);
	ck_assert_ptr_null(t.told.result);
	ck_assert_int_eq(comm_timeout(t.c), -1);
	comm_close(t.c, 0, NULL);
	fake_free(t.f);
}
END_TEST

static void refuse_active(struct fake *f, void *arg)
{
	(void)f;
	peer_refuse(arg, peer_read(arg, COMM_METHOD_DELETE_GROUP), COMM_EGROUP_ACTIVE,
		    "group g has 2 members", NULL);
}

static void answer_reset(struct fake *f, void *arg)
{
	const struct comm_reset_group_result result = { { places, 2 } };

	(void)f;
	peer_answer(arg, peer_read(arg, COMM_METHOD_RESET_GROUP), COMM_METHOD_RESET_GROUP, &result);
}

START_TEST(whoever_waits_gets_the_same)
{
	struct comm_positions *positions;
	struct talk t;

	begin(&t);
	fake_run(t.f, refuse_active, &t.p);
	ck_assert_int_eq(comm_delete_group(t.c, "g"), COMM_EGROUP_ACTIVE);
	ck_assert_str_eq(comm_error_message(t.c), "group g has 2 members");
	fake_join(t.f);
	fake_run(t.f, answer_reset, &t.p);
	ck_assert_int_eq(comm_reset_group(t.c, "g", NULL, &positions), 0);
	fake_join(t.f);
	ck_assert_uint_eq(positions->n_positions, 2);
	comm_positions_free(positions);

	/* Or nothing, if it does not want it. */
	fake_run(t.f, answer_reset, &t.p);
	ck_assert_int_eq(comm_reset_group(t.c, "g", NULL, NULL), 0);
	fake_join(t.f);
	end(&t);
}
END_TEST

START_TEST(offsets_are_told)
{
	static const struct comm_wire_watermarks wire[] = {
		{ 0, 5, 100, 17 },
		{ 1, 0, 0, COMM_NONE },
	};
	const struct comm_offsets_result result = { { wire, 2 } };
	const struct comm_offsets *o;
	struct talk t;

	begin(&t);
	ck_assert_int_eq(comm_offsets_async(t.c, "orders", 0, on_offsets, &t.told), 0);
	answer(&t, COMM_METHOD_OFFSETS, &result);
	ck_assert(comm_bytes_is(t.p.params.offsets_params.topic, "orders"));
	ck_assert_int_eq(t.p.params.offsets_params.time_ms, 0);
	o = t.told.result;
	ck_assert_uint_eq(o->n_partitions, 2);
	ck_assert_int_eq(o->partitions[0].low, 5);
	ck_assert_int_eq(o->partitions[0].high, 100);
	ck_assert_int_eq(o->partitions[0].at_time, 17);
	ck_assert_int_eq(o->partitions[1].partition, 1);
	ck_assert_int_eq(o->partitions[1].at_time, -1);
	comm_offsets_free(t.told.result);
	ck_assert_int_eq(comm_offsets_async(t.c, "orders", -1, on_offsets, &t.told), 0);
	answer(&t, COMM_METHOD_OFFSETS, &result);
	ck_assert_int_eq(t.p.params.offsets_params.time_ms, COMM_NONE);
	comm_offsets_free(t.told.result);
	end(&t);
}
END_TEST

START_TEST(a_topic_is_described)
{
	static const struct comm_wire_id ids[] = { { 1 }, { 2 } };
	static const struct comm_wire_partition partitions[] = { { 0, 2, { ids, 2 }, { ids, 1 } } };
	static const struct comm_wire_topic topic = { B("orders"), { partitions, 1 }, NULL };
	static const struct comm_wire_config settings[] = {
		{ B("retention.ms"), B("1000"), B("topic"), false, false },
		{ B("secret"), { NULL, 0 }, B("broker"), true, true },
	};
	const struct comm_describe_topic_result result = { &topic, { settings, 2 } };
	const struct comm_topic_description *d;
	struct talk t;

	begin(&t);
	ck_assert_int_eq(comm_describe_topic_async(t.c, "orders", on_topic_description, &t.told),
			 0);
	answer(&t, COMM_METHOD_DESCRIBE_TOPIC, &result);
	d = t.told.result;
	ck_assert_str_eq(d->topic.name, "orders");
	ck_assert_int_eq(d->topic.error, 0);
	ck_assert_uint_eq(d->topic.n_partitions, 1);
	ck_assert_int_eq(d->topic.partitions[0].leader, 2);
	ck_assert_int_eq(d->topic.partitions[0].replicas[1], 2);
	ck_assert_uint_eq(d->topic.partitions[0].n_isr, 1);
	ck_assert_uint_eq(d->n_settings, 2);
	ck_assert_str_eq(d->settings[0].name, "retention.ms");
	ck_assert_str_eq(d->settings[0].value, "1000");
	ck_assert_str_eq(d->settings[0].source, "topic");
	ck_assert(!d->settings[0].is_read_only && !d->settings[0].is_sensitive);
	ck_assert_str_eq(d->settings[1].name, "secret");
	ck_assert_ptr_null(d->settings[1].value);
	ck_assert(d->settings[1].is_read_only && d->settings[1].is_sensitive);
	comm_topic_description_free(t.told.result);
	end(&t);
}
END_TEST

START_TEST(topics_are_changed)
{
	const struct comm_setting changes[] = { { "retention.ms", "5" }, { "segment.ms", NULL } };
	const struct comm_setting nameless = { NULL, "1" };
	struct comm_setting many[COMM_SETTINGS_MAX + 1];
	const struct comm_wire_change *asked;
	struct talk t;

	begin(&t);
	ck_assert_int_eq(comm_alter_topic_async(t.c, "t", changes, 2, on_done, &t.told), 0);
	answer(&t, COMM_METHOD_ALTER_TOPIC, NULL);
	ck_assert_uint_eq(t.p.params.alter_topic_params.settings.n, 2);
	asked = t.p.params.alter_topic_params.settings.items;
	ck_assert(comm_bytes_is(asked[0].name, "retention.ms"));
	ck_assert(comm_bytes_is(asked[0].value, "5"));
	ck_assert_ptr_null(asked[1].value.data);

	ck_assert_int_eq(comm_add_partitions_async(t.c, "t", 6, on_done, &t.told), 0);
	answer(&t, COMM_METHOD_ADD_PARTITIONS, NULL);
	ck_assert_int_eq(t.p.params.add_partitions_params.partitions, 6);

	/* What makes no sense is not sent. */
	ck_assert_int_eq(comm_alter_topic_async(t.c, "t", NULL, 1, on_done, NULL), COMM_EINVALID);
	ck_assert_int_eq(comm_alter_topic_async(t.c, "t", &nameless, 1, on_done, NULL),
			 COMM_EINVALID);
	ck_assert_str_eq(comm_error_message(t.c), "name is NULL");
	ck_assert_int_eq(comm_create_topic_async(t.c, "t", 1, 1, &changes[1], 1, on_done, NULL),
			 COMM_EINVALID);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = changes[0];
	ck_assert_int_eq(
		comm_create_topic_async(t.c, "t", 1, 1, many, ARRAY_SIZE(many), on_done, NULL),
		COMM_EINVALID);
	ck_assert_str_eq(comm_error_message(t.c), "129 settings; at most 128 are allowed");
	ck_assert_int_eq(comm_delete_group_async(NULL, "t", on_done, NULL), COMM_EINVALID);
	end(&t);
}
END_TEST

TEST_MAIN("client_groups", groups_are_listed, a_group_is_described, a_group_is_reset,
	  a_reset_is_not_asked_for_again, whoever_waits_gets_the_same, offsets_are_told,
	  a_topic_is_described, topics_are_changed)
